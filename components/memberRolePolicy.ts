import { accountRootArn, roleArn } from "./arn";
import { policyDocument, type PolicyDocument } from "./policyDocument";

/** What the trust of a member role depends on. */
export interface MemberRoleTrustInput {
  partition: string;
  /** Account in which the collector runs. */
  collectorAccountId: string;
  collectorRoleName: string;
  /** `sts:ExternalId` that the collector must present, or none. */
  externalId?: string;
}

/**
 * Who may assume the member role: the collector's role, and nothing else.
 *
 * The role is named by a condition, because IAM refuses a principal that does not exist yet and turns one that is deleted and
 * made again into an id that no longer matches.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export function memberRoleTrustPolicy(input: MemberRoleTrustInput): PolicyDocument {
  return policyDocument({
    Sid: "CollectorOnly",
    Effect: "Allow",
    Principal: { AWS: accountRootArn(input.partition, input.collectorAccountId) },
    Action: "sts:AssumeRole",
    Condition: {
      ArnEquals: {
        "aws:PrincipalArn": roleArn(input.partition, input.collectorAccountId, input.collectorRoleName),
      },
      ...(input.externalId ? { StringEquals: { "sts:ExternalId": input.externalId } } : {}),
    },
  });
}

/**
 * What the member role may do: have the credential report made, and read it. Neither action knows resources.
 *
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
 */
export function memberRolePolicy(): PolicyDocument {
  return policyDocument({
    Sid: "CredentialReport",
    Effect: "Allow",
    Action: ["iam:GenerateCredentialReport", "iam:GetCredentialReport"],
    Resource: "*",
  });
}
