import { policyDocument, type PolicyDocument } from "../../components/policyDocument";
import type { Site, SiteRole } from "./matrixSite";
import type { Caller } from "./policyEvaluator";

/** An account of another organization. */
export const ELSEWHERE = { accountId: "999988887777", organizationId: "o-otherorgid1" };

/** What may do everything that its account may, as AWS's managed policy AdministratorAccess. */
export const ADMINISTRATOR = policyDocument({ Sid: "All", Effect: "Allow", Action: "*", Resource: "*" });

/** A service of AWS that acts for a resource: what an action of the matrix is done by where a service does it. */
export interface ServiceActor {
  /** @example "lambda.amazonaws.com" */
  service: string;
  /** ARN of what it acts for, in the deployment; undefined where the service does not say. */
  sourceArn: string | undefined;
  /** Account of that; undefined where the service does not say. */
  sourceAccount: string | undefined;
}

type CallerOf = (site: Site, actor: ServiceActor) => Caller;

/** Everybody in the matrix, by the head of the column. */
export const CALLERS: Readonly<Record<string, CallerOf>> = {
  "collector role": roleOf("collector"),
  "member role": roleOf("member"),
  "schedule role": roleOf("schedule"),
  "state machine role": roleOf("machine"),
  "replication role": roleOf("replication"),
  "deploy role": roleOf("deploy"),
  "preview role": roleOf("preview"),
  auditor: (site) =>
    auditor(site, [
      ...site.identity.auditor,
      readersRights([site.evidence.arn, site.replica.arn], site.replicaKey.arn, site.signingKey.arn),
    ]),
  "auditor who administers the archive": (site) => auditor(site, [ADMINISTRATOR]),
  "archive administrator": (site) => administrator(site, site.accounts.logArchive),
  "security administrator": (site) => administrator(site, site.accounts.security),
  "member administrator": (site) => administrator(site, site.accounts.member),
  "management administrator": (site) => administrator(site, site.accounts.management),
  "other management role": (site) => session(site, site.accounts.management, "role/Other", []),
  "service, here": (_site, actor) => serviceFor(actor),
  "service, elsewhere": (site, actor) => serviceFor(elsewhere(site, actor)),
  "other organization": (site) => ({
    ...session(site, ELSEWHERE.accountId, "role/Administrator", [ADMINISTRATOR]),
    context: callerContext(ELSEWHERE.accountId, "role/Administrator", ELSEWHERE.organizationId),
  }),
  anonymous: () => ({ principal: undefined, identityPolicies: [], context: { "aws:PrincipalIsAWSService": "false" } }),
};

function roleOf(role: SiteRole): CallerOf {
  return (site) => {
    const { accountId, arn } = site.roles[role];
    return session(site, accountId, arn.split(":")[5] ?? "", site.identity[role]);
  };
}

const AUDITOR = "role/audit/Auditor";

/** ARN of a role that may read the evidence: the one in the log-archive account. */
export function auditorArn(site: Site): string {
  return `arn:aws:iam::${site.accounts.logArchive}:${AUDITOR}`;
}

function auditor(site: Site, policies: PolicyDocument[]): Caller {
  return session(site, site.accounts.logArchive, AUDITOR, policies);
}

/**
 * What an auditor needs beside the analyst's policy, which reads what the tables are made of: to read and list all of the evidence and of
 * its replica, and the public key that signatures are checked with.
 */
export function readersRights(
  buckets: readonly string[],
  replicaKeyArn: string,
  signingKeyArn: string,
): PolicyDocument {
  return policyDocument(
    {
      Sid: "ReadEverything",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:GetObjectVersion"],
      Resource: buckets.map((arn) => `${arn}/*`),
    },
    {
      Sid: "ListEverything",
      Effect: "Allow",
      Action: ["s3:ListBucket", "s3:ListBucketVersions"],
      Resource: [...buckets],
    },
    { Sid: "DecryptReplica", Effect: "Allow", Action: "kms:Decrypt", Resource: replicaKeyArn },
    { Sid: "VerifySignatures", Effect: "Allow", Action: "kms:GetPublicKey", Resource: signingKeyArn },
  );
}

function administrator(site: Site, accountId: string): Caller {
  return session(site, accountId, "role/Administrator", [ADMINISTRATOR]);
}

function session(site: Site, accountId: string, role: string, policies: PolicyDocument[]): Caller {
  return {
    principal: `arn:aws:sts::${accountId}:assumed-role/${role.split("/").at(-1)}/session`,
    accountId,
    identityPolicies: policies,
    context: callerContext(accountId, role, site.organizationId),
  };
}

function callerContext(accountId: string, role: string, organizationId: string): Record<string, string> {
  return {
    "aws:PrincipalArn": `arn:aws:iam::${accountId}:${role}`,
    "aws:PrincipalAccount": accountId,
    "aws:PrincipalOrgID": organizationId,
    "aws:PrincipalIsAWSService": "false",
  };
}

function serviceFor({ service, sourceArn, sourceAccount }: ServiceActor): Caller {
  return {
    principal: service,
    identityPolicies: [],
    context: {
      "aws:PrincipalIsAWSService": "true",
      "aws:PrincipalServiceName": service,
      ...(sourceArn !== undefined && { "aws:SourceArn": sourceArn }),
      ...(sourceAccount !== undefined && { "aws:SourceAccount": sourceAccount }),
    },
  };
}

/** The same service, for a resource of the same name in an account of another organization. */
function elsewhere(site: Site, { service, sourceArn, sourceAccount }: ServiceActor): ServiceActor {
  const own = Object.values(site.accounts);
  const moved = own.reduce((arn, id) => arn?.replace(`:${id}:`, `:${ELSEWHERE.accountId}:`), sourceArn);
  // the ARN of a bucket names no account: another's bucket has another name
  const named = moved?.startsWith("arn:aws:s3:::") ? `${moved}-of-somebody-else` : moved;
  return { service, sourceArn: named, sourceAccount: sourceAccount && ELSEWHERE.accountId };
}
