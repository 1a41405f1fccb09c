import { accountRootArn, roleArn } from "./arn";
import { policyDocument, type PolicyDocument, type PolicyStatement } from "./policyDocument";

/** What the trust of a member role depends on. */
export interface MemberRoleTrustInput {
  partition: string;
  /** Account in which the collector runs. */
  collectorAccountId: string;
  collectorRoleName: string;
  /** Path of that role; `/` by default. */
  collectorRolePath?: string;
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
        "aws:PrincipalArn": roleArn(
          input.partition,
          input.collectorAccountId,
          input.collectorRoleName,
          input.collectorRolePath,
        ),
      },
      ...(input.externalId ? { StringEquals: { "sts:ExternalId": input.externalId } } : {}),
    },
  });
}

/** What the permissions of a member role depend on. */
export interface MemberRolePolicyInput {
  partition: string;
  /** The collector also imports the account's findings into its Security Hub. */
  securityHub?: boolean | undefined;
}

/**
 * What the member role may do: have the credential report made, and read it; neither action knows resources. Where it is asked for, also
 * import findings into the Security Hub of its account.
 *
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
 */
export function memberRolePolicy({ partition, securityHub }: MemberRolePolicyInput): PolicyDocument {
  return policyDocument(
    {
      Sid: "CredentialReport",
      Effect: "Allow",
      Action: ["iam:GenerateCredentialReport", "iam:GetCredentialReport"],
      Resource: "*",
    },
    securityHub ? importStatement(partition) : undefined,
  );
}

/**
 * Lets a role import findings of the default product of its own account, which is named by a variable, so that one text serves all
 * accounts: the account in the ARN cannot be one, and is that of the product anyway.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function importStatement(partition: string): PolicyStatement {
  return {
    Sid: "ImportFindings",
    Effect: "Allow",
    Action: "securityhub:BatchImportFindings",
    Resource: `arn:${partition}:securityhub:*:*:product/\${aws:PrincipalAccount}/default`,
  };
}

/** The member role, whichever way it gets into an account: what {@link MemberRole} and the StackSet's template are made of. */
export interface MemberRoleDefinition {
  description: string;
  assumeRolePolicy: PolicyDocument;
  /** Seconds; sessions from a role are bound to an hour anyway, and a report takes seconds. */
  maxSessionDuration: number;
  /** The one inline policy. */
  policyName: string;
  policy: PolicyDocument;
}

/** The member role but for its name and tags. */
export function memberRoleDefinition(input: MemberRoleTrustInput & MemberRolePolicyInput): MemberRoleDefinition {
  return {
    description: "Lets the collector of IAM credential reports have this account's report made and read it",
    assumeRolePolicy: memberRoleTrustPolicy(input),
    maxSessionDuration: 3600,
    policyName: "credential-report",
    policy: memberRolePolicy(input),
  };
}
