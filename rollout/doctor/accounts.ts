import { DescribeAccountCommand, type Account, type OrganizationsClient } from "@aws-sdk/client-organizations";
import { parseArn } from "../../components/arn";
import { stateOf } from "../../runtime/accounts";
import { errorCode } from "../../runtime/errors";
import { ConfigurationError, messageOf, RolloutError } from "../errors";
import type { Caller } from "../session";
import type { AssumeRole } from "../configuration/stackFiles";
import { CENTRAL_STACKS } from "../configuration/organizationConfig";
import { isRefusal, refused, rootCause } from "./awsErrors";
import { withOrganization } from "./standalone";
import { ok, unknown, Unmet, wrong, type Check, type Verdict } from "./check";
import { collectorAccountOf } from "../configuration/settings";
import { intendedAccount, type CentralName, type DoctorFacts } from "./facts";

/** Who calls, which accounts the configuration names, and whether they can be entered. */
export const ACCOUNT_CHECKS: Check<DoctorFacts>[] = [
  {
    id: "configuration",
    what: "Configuration",
    look: async ({ readConfig }) => {
      try {
        await readConfig();
        return ok("the files of the three stacks can be used, and agree");
      } catch (error) {
        if (!(error instanceof RolloutError)) throw error;
        return wrong(
          error instanceof ConfigurationError
            ? error.problems.map(({ key, problem }) => `${key}: ${problem}`).join("; ")
            : error.message,
          `Correct Pulumi.${error instanceof ConfigurationError ? error.stackName : "*"}.yaml`,
        );
      }
    },
  },
  {
    id: "caller",
    what: "Your credentials",
    look: async ({ callerAt, file }) => {
      const { region } = await file("management");
      try {
        const { accountId, arn } = await callerAt(region);
        return ok(`${arn} of account ${accountId}`);
      } catch (error) {
        return wrong(
          `AWS does not take them: ${messageOf(rootCause(error))}`,
          "Sign in to the management account (aws sso login, or AWS_PROFILE), or try it without an AWS account: --emulated",
        );
      }
    },
  },
  ...CENTRAL_STACKS.map(roleCheck),
  ...CENTRAL_STACKS.map(accountCheck).map(withOrganization),
  withOrganization({
    id: "reader-accounts",
    what: "Accounts of the readers",
    look: async ({ account, config }) => {
      const { settings } = (await config()).logarchive;
      const ids = [...new Set(settings.readerRoleArns.map((arn) => parseArn(arn)?.accountId ?? ""))].sort();
      if (ids.length === 0) return ok("readerRoleArns is empty: nobody but the collector's account reads the evidence");
      const { organizations } = await account("management");
      return readersVerdict(await Promise.all(ids.map(async (id) => [id, await describe(organizations, id)] as const)));
    },
  }),
];

function roleCheck(stack: CentralName): Check<DoctorFacts> {
  return {
    id: `role-${stack}`,
    what: `Way into the account of stack ${stack}`,
    look: async ({ enter, file, obstacle }) => {
      const { assumeRoles, ...rest } = await file(stack);
      try {
        return entryVerdict((await enter(stack)).caller, assumeRoles, intendedAccount({ assumeRoles, ...rest }), stack);
      } catch (error) {
        const obstacleId = await obstacle(stack);
        if (obstacleId !== `role-${stack}`) throw new Unmet(obstacleId, error);
        return noEntryVerdict(error, assumeRoles);
      }
    },
  };
}

/** Whether the roles of a stack led into the account that it is meant for. */
export function entryVerdict(
  caller: Caller,
  roles: readonly AssumeRole[],
  intended: string | undefined,
  stack: string,
): Verdict {
  const by =
    roles.length === 0 ? "with your own credentials" : `as ${roles.map(({ roleArn }) => roleArn).join(", then ")}`;
  if (intended !== undefined && caller.accountId !== intended) {
    return wrong(
      `${by} one is in account ${caller.accountId}, and the stack is meant for ${intended}`,
      `Correct aws:assumeRoles or aws:allowedAccountIds in Pulumi.${stack}.yaml, or sign in to the account that you mean`,
    );
  }
  return ok(`account ${caller.accountId}, ${by}`);
}

/** Why the roles of a stack lead nowhere. */
export function noEntryVerdict(error: unknown, roles: readonly AssumeRole[]): Verdict {
  const cause = rootCause(error);
  const names = roles.map(({ roleArn }) => roleArn).join(", ");
  const why = `${names || "your credentials"}: ${errorCode(cause)}: ${messageOf(cause)}`;
  if (isRefusal(cause) || errorCode(cause) === "ValidationError") {
    return wrong(
      why,
      "See that the role exists in that account and trusts your credentials, and that these may sts:AssumeRole it",
    );
  }
  return unknown(why);
}

function accountCheck(stack: CentralName): Check<DoctorFacts> {
  return {
    id: `account-${stack}`,
    what: `Account of stack ${stack}`,
    look: async (facts) => {
      const [file, config] = await Promise.all([facts.file(stack), facts.config()]);
      const configured = {
        security: undefined,
        logarchive: config.logarchive.settings.logArchiveAccountId,
        management: collectorAccountOf(config.management.settings),
      };
      const accountId = configured[stack] ?? intendedAccount(file);
      if (accountId === undefined) {
        return unknown(
          `Pulumi.${stack}.yaml does not name it`,
          `Set aws:allowedAccountIds in Pulumi.${stack}.yaml: the stack then refuses to deploy into any other account`,
        );
      }
      const { organizations } = await facts.account("management");
      return accountVerdict(accountId, await describe(organizations, accountId), stack);
    },
  };
}

/** What Organizations says of an account: itself, that there is none, or why that is not known. */
export type Described = Account | "absent" | { unknown: string };

/** Whether a configured account is a living member of the organization. */
export function accountVerdict(accountId: string, found: Described, stack: string): Verdict {
  if (found === "absent") {
    return wrong(`the organization has no account ${accountId}`, `Correct the account id in Pulumi.${stack}.yaml`);
  }
  if ("unknown" in found) return unknown(found.unknown);
  const state = stateOf(found);
  const named = `${accountId} ${found.Name ?? ""}`.trim();
  if (state === undefined) return unknown(`${named}: Organizations gives no state for it`);
  return state === "ACTIVE"
    ? ok(`${named} is ACTIVE`)
    : wrong(`${named} is ${state}`, `Name an active account in Pulumi.${stack}.yaml, or reopen this one`);
}

/** A policy that names an account which does not exist is refused, so the readers' accounts must be there. */
export function readersVerdict(accounts: readonly (readonly [id: string, found: Described])[]): Verdict {
  const names: string[] = [];
  const outside: string[] = [];
  for (const [id, found] of accounts) {
    if (found === "absent") outside.push(id);
    else if ("unknown" in found) return unknown(found.unknown);
    else names.push(`${id} ${found.Name ?? ""}`.trim());
  }
  return outside.length === 0
    ? ok(names.join(", "))
    : unknown(
        `${outside.join(", ")} of readerRoleArns is not in the organization, so it cannot be looked up`,
        "See that the account ids in readerRoleArns are right: AWS refuses policies that name an account that does not exist",
      );
}

async function describe(client: OrganizationsClient, AccountId: string): Promise<Described> {
  try {
    return (await client.send(new DescribeAccountCommand({ AccountId }))).Account ?? {};
  } catch (error) {
    if (errorCode(error) === "AccountNotFoundException") return "absent";
    return { unknown: refused("organizations:DescribeAccount", error) };
  }
}
