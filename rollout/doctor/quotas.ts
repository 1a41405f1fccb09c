import { GetAccountSummaryCommand } from "@aws-sdk/client-iam";
import { GetAccountSettingsCommand, GetFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import { reservedExecutionsOf } from "../configuration/settings";
import { CENTRAL_STACKS } from "../configuration/organizationConfig";
import { refused, rootCause } from "./awsErrors";
import { ok, unknown, wrong, type Check, type Verdict } from "./check";
import type { CentralName, DoctorFacts } from "./facts";

/** Executions that Lambda keeps for functions that reserve none. https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
const KEPT_UNRESERVED = 100;

/** Whether the accounts have room for what the stacks make. */
export const QUOTA_CHECKS: Check<DoctorFacts>[] = [
  {
    id: "quota-concurrency",
    what: "Lambda's concurrent executions",
    look: async ({ account, config }) => {
      const { lambda } = await account("management");
      const { settings } = (await config()).management;
      const FunctionName = settings.functionName;
      const reserved = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName })).then(
        ({ ReservedConcurrentExecutions = 0 }) => ReservedConcurrentExecutions,
        () => 0,
      );
      try {
        const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
        return concurrencyVerdict(AccountLimit ?? {}, reserved, reservedExecutionsOf(settings));
      } catch (error) {
        return unknown(refused("lambda:GetAccountSettings", rootCause(error)));
      }
    },
  },
  ...CENTRAL_STACKS.map(roleQuotaCheck),
];

/**
 * Whether the collector's executions can be reserved.
 *
 * @param reserved What it has reserved already; 0 where it is not there
 * @param wanted What it is to reserve
 */
export function concurrencyVerdict(
  limit: { ConcurrentExecutions?: number; UnreservedConcurrentExecutions?: number },
  reserved: number,
  wanted: number,
): Verdict {
  if (reserved >= wanted) return ok(`the collector has ${reserved} reserved`);
  const { ConcurrentExecutions: all, UnreservedConcurrentExecutions: free } = limit;
  if (free === undefined) return unknown("lambda:GetAccountSettings names no limit");
  const more = wanted - reserved;
  return free - KEPT_UNRESERVED >= more
    ? ok(`${free} of ${all ?? "?"} are not reserved; the collector reserves ${more}${reserved > 0 ? " more" : ""}`)
    : wrong(
        `${free} of ${all ?? "?"} are not reserved, of which Lambda keeps ${KEPT_UNRESERVED}: the collector could not reserve ${more}`,
        "Ask for more concurrent executions in this Region (Service Quotas, Lambda, L-B99A9384), or reserve fewer for other functions" +
          (wanted > 2 ? ", or set a smaller batchConcurrency" : ""),
      );
}

function roleQuotaCheck(stack: CentralName): Check<DoctorFacts> {
  return {
    id: `quota-roles-${stack}`,
    what: `Roles in the account of stack ${stack}`,
    look: async (facts) => {
      const { iam } = await facts.account(stack);
      try {
        const { SummaryMap = {} } = await iam.send(new GetAccountSummaryCommand({}));
        return rolesVerdict(SummaryMap["Roles"], SummaryMap["RolesQuota"]);
      } catch (error) {
        return unknown(refused("iam:GetAccountSummary", rootCause(error)));
      }
    },
  };
}

/** Whether an account has room for one role more: the collector's or a member's. Where it is made already, none is needed. */
export function rolesVerdict(roles: number | undefined, quota: number | undefined): Verdict {
  if (roles === undefined || quota === undefined) return unknown("iam:GetAccountSummary names no number of roles");
  return roles < quota
    ? ok(`${roles} of ${quota}`)
    : unknown(
        `${roles} of ${quota}: no role more can be made; if the project's are there already, none is needed`,
        "Remove roles that nobody uses, or ask for more (Service Quotas, IAM, L-FE177D64)",
      );
}
