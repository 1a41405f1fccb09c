import { DescribeKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { messageOf, RolloutError } from "../errors";
import type { OrganizationConfig } from "../configuration/organizationConfig";
import {
  bucketPolicyFor,
  configuredKeyArn,
  keyPolicyFor,
  memberPolicyFor,
  memberTemplateFor,
  memberTrustFor,
} from "../ownerPolicies";
import type { PolicySubject } from "../policySubjects";
import { openSession } from "../session";

/** What `policy` prints, and for what. */
export interface PolicyOptions {
  for: PolicySubject;
  /** ARN of the key that a bucket's policy names; by default that of the configuration, or of the deployed key. */
  keyArn?: string;
}

/**
 * The document that the owner of a key, a bucket or a member account has to put in place where these stacks do not: a policy, or for
 * `member-template` a CloudFormation template with the role. AWS is asked nothing, but for the key's ARN where no file tells it.
 *
 * @throws RolloutError where the configuration does not say enough
 */
export async function policy(config: OrganizationConfig, options: PolicyOptions): Promise<object> {
  switch (options.for) {
    case "key":
      return keyPolicyFor(config);
    case "bucket":
      return bucketPolicyFor(config, options.keyArn ?? configuredKeyArn(config) ?? (await deployedKeyArn(config)));
    case "member-role":
      return memberPolicyFor(config);
    case "member-trust":
      return memberTrustFor(config);
    case "member-template":
      return memberTemplateFor(config);
  }
}

async function deployedKeyArn({ security: { file, settings } }: OrganizationConfig): Promise<string> {
  const KeyId = `alias/${settings.keyAlias}`;
  const remedy =
    "Deploy the security stack first (up), set existingKeyArn for a key of your own, or give --key-arn ARN";
  let client: KMSClient | undefined;
  try {
    client = new KMSClient(await openSession(file.region, file.assumeRoles, "stack security"));
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
    if (KeyMetadata?.Arn !== undefined) return KeyMetadata.Arn;
  } catch (cause) {
    throw new RolloutError(
      `The policy of the bucket names the key, and ${KeyId} is not known: ${messageOf(cause)}. ${remedy}`,
      1,
      {
        cause,
      },
    );
  } finally {
    client?.destroy();
  }
  throw new RolloutError(`The policy of the bucket names the key, and ${KeyId} is none. ${remedy}`);
}
