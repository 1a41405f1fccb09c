import { parseArn } from "../components/arn";
import { memberRoleDefinition, memberRolePolicy } from "../components/memberRolePolicy";
import { memberRoleTemplate, type MemberRoleTemplate } from "../components/memberRoleTemplate";
import type { PolicyDocument } from "../components/policyDocument";
import { reportBucketPolicy } from "../components/reportBucketPolicy";
import { reportKeyPolicy } from "../components/reportKeyPolicy";
import { RolloutError } from "./errors";
import type { OrganizationConfig } from "./configuration/organizationConfig";
import { knownPartition } from "./configuration/partition";
import { collectorAccountOf, engineOf, replicationRoleArnOf, resultsBucketNameOf } from "./configuration/settings";
import type { StackFile } from "./configuration/stackFiles";

/**
 * What the owner of a key, a bucket or an account has to put in place where these stacks do not make it: the very documents that they
 * would make.
 */

/** The account that owns the key: that of your own key, or else that of the security stack; undefined where no file names it. */
export function keyOwnerOf({ security: { settings, file } }: OrganizationConfig): string | undefined {
  return parseArn(settings.existingKeyArn)?.accountId ?? file.accountId ?? lastRoleAccount(file);
}

/** ARN of the key as far as the files tell it. */
export function configuredKeyArn({ security, logarchive }: OrganizationConfig): string | undefined {
  return security.settings.existingKeyArn || logarchive.settings.keyArn || undefined;
}

/** The policy of the key that encrypts the evidence. @throws RolloutError where the files do not say whose it is */
export function keyPolicyFor(config: OrganizationConfig): PolicyDocument {
  const { settings, file } = config.security;
  const securityAccountId = keyOwnerOf(config);
  if (securityAccountId === undefined) {
    throw new RolloutError(
      "Whose the key is, Pulumi.security.yaml does not say: set aws:allowedAccountIds there, or existingKeyArn for a key of your own",
    );
  }
  const { name, dnsSuffix } = knownPartition(file);
  return reportKeyPolicy({
    partition: name,
    region: file.region,
    dnsSuffix,
    securityAccountId,
    collectorAccountId: collectorAccountOf(settings),
    collectorRoleName: settings.collectorRoleName,
    collectorRolePath: settings.rolePath,
    bucketName: config.bucketName,
    readerRoleArns: settings.readerRoleArns,
    ...(settings.analysis && { resultsBucketName: resultsBucketNameOf(settings, file.region) }),
    ...(settings.replicaRegion && { replicationRoleArn: replicationRoleArnOf(settings, name) }),
  });
}

/** The policy of the bucket of the evidence. */
export function bucketPolicyFor(config: OrganizationConfig, keyArn: string): PolicyDocument {
  const { settings, file } = config.logarchive;
  return reportBucketPolicy({
    partition: knownPartition(file).name,
    bucketName: config.bucketName,
    keyArn,
    organizationId: settings.organizationId,
    collectorAccountId: collectorAccountOf(settings),
    collectorRoleName: settings.collectorRoleName,
    collectorRolePath: settings.rolePath,
    readerRoleArns: settings.readerRoleArns,
    deliverReports: settings.deliverReports,
    announceFindings: settings.events === "findings",
    engine: engineOf(settings),
  });
}

/** What the member role may do. */
export function memberPolicyFor({ management: { settings, file } }: OrganizationConfig): PolicyDocument {
  return memberRolePolicy({ partition: knownPartition(file).name, securityHub: settings.securityHub });
}

/** Who may assume the member role. */
export function memberTrustFor(config: OrganizationConfig): PolicyDocument {
  return memberRoleDefinition(memberTrustInput(config)).assumeRolePolicy;
}

/** The member role as a CloudFormation template. @param own Tags beside those of the configuration. */
export function memberTemplateFor(
  config: Pick<OrganizationConfig, "management">,
  own: Record<string, string> = {},
): MemberRoleTemplate {
  const { settings } = config.management;
  const tags = { ...settings.tags, ...own };
  return memberRoleTemplate({
    ...memberTrustInput(config),
    roleName: settings.memberRoleName,
    rolePath: settings.rolePath,
    permissionsBoundary: settings.permissionsBoundary,
    ...(Object.keys(tags).length > 0 && { tags }),
  });
}

function memberTrustInput({ management: { settings, file } }: Pick<OrganizationConfig, "management">) {
  return {
    partition: knownPartition(file).name,
    collectorAccountId: collectorAccountOf(settings),
    collectorRoleName: settings.collectorRoleName,
    collectorRolePath: settings.rolePath,
    ...(settings.externalId && { externalId: settings.externalId }),
    securityHub: settings.securityHub,
  };
}

function lastRoleAccount({ assumeRoles }: StackFile): string | undefined {
  return parseArn(assumeRoles.at(-1)?.roleArn ?? "")?.accountId;
}
