import { parseArn } from "../../components/arn";
import { errorCode } from "../../runtime/errors";
import { CENTRAL_STACKS } from "../configuration/organizationConfig";
import type { StackFile } from "../configuration/stackFiles";
import { isForeignCredential, refused, rootCause } from "./awsErrors";
import { ok, unknown, Unmet, wrong, type Check, type Verdict } from "./check";
import type { CentralName, DoctorFacts } from "./facts";

/** Where things are put, and whether AWS takes the accounts' credentials there. */
export const REGION_CHECKS: Check<DoctorFacts>[] = [
  {
    id: "evidence-region",
    what: "Region of key and bucket",
    look: async ({ file }) => evidenceRegionVerdict(...(await Promise.all([file("security"), file("logarchive")]))),
  },
  ...CENTRAL_STACKS.map(regionCheck),
];

/** S3 encrypts with keys of its own Region only. */
export function evidenceRegionVerdict(
  security: Pick<StackFile, "region">,
  logarchive: Pick<StackFile, "region" | "values">,
): Verdict {
  const remedy = "Give Pulumi.security.yaml and Pulumi.logarchive.yaml the same aws:region";
  if (security.region !== logarchive.region) {
    return wrong(`the key would be in ${security.region} and the bucket in ${logarchive.region}`, remedy);
  }
  const { keyArn } = logarchive.values;
  const given = typeof keyArn === "string" ? parseArn(keyArn)?.region : undefined;
  return given !== undefined && given !== logarchive.region
    ? wrong(`keyArn is of a key in ${given}, and the bucket would be in ${logarchive.region}`, remedy)
    : ok(`both in ${security.region}`);
}

/**
 * An account's credentials work in a Region where it is enabled, and nowhere else: STS of the Region is asked, which needs no right
 * and tells at once.
 *
 * https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
 */
function regionCheck(stack: CentralName): Check<DoctorFacts> {
  return {
    id: `region-${stack}`,
    what: `Region of stack ${stack}`,
    look: async ({ file, enter, obstacle }) => {
      const { region } = await file(stack);
      try {
        const { caller } = await enter(stack);
        return ok(`${region} is enabled in account ${caller.accountId}`);
      } catch (error) {
        const obstacleId = await obstacle(stack);
        if (obstacleId !== `region-${stack}`) throw new Unmet(obstacleId, error);
        return regionVerdict(region, error, stack);
      }
    },
  };
}

/** What an error of STS in a Region says of the Region, where the same credentials work elsewhere. */
export function regionVerdict(region: string, error: unknown, stack: string): Verdict {
  const cause = rootCause(error);
  if (isForeignCredential(cause)) {
    return wrong(
      `AWS does not take the credentials in ${region}, though it does elsewhere (${errorCode(cause)}): the Region is not enabled`,
      `Enable ${region} in the account and in the management account (Account, AWS Regions), or choose another in Pulumi.${stack}.yaml`,
    );
  }
  if (/^(ENOTFOUND|UnknownEndpoint)$/.test(errorCode(cause))) {
    return wrong(`there is no STS in ${region}`, `Correct aws:region in Pulumi.${stack}.yaml`);
  }
  return unknown(`not known: the account cannot be entered (${refused("sts", cause)})`);
}
