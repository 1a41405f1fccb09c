import { memberRoleDefinition, type MemberRoleTrustInput } from "./memberRolePolicy";
import type { PolicyDocument } from "./policyDocument";

/** What the template of the member role depends on. */
export interface MemberRoleTemplateInput extends MemberRoleTrustInput {
  /** Name of the role, the same in every member account. */
  roleName: string;
  /** Tags of the role. */
  tags?: Record<string, string>;
}

/** A CloudFormation template with the one role, as JSON. */
export interface MemberRoleTemplate {
  AWSTemplateFormatVersion: "2010-09-09";
  Description: string;
  Resources: { MemberRole: { Type: "AWS::IAM::Role"; Properties: RoleProperties } };
  Outputs: { MemberRoleArn: { Description: string; Value: { "Fn::GetAtt": [string, string] } } };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html */
export interface RoleProperties {
  RoleName: string;
  Description: string;
  AssumeRolePolicyDocument: PolicyDocument;
  MaxSessionDuration: number;
  Policies: { PolicyName: string; PolicyDocument: PolicyDocument }[];
  Tags?: { Key: string; Value: string }[];
}

/**
 * The member role as a CloudFormation template: the same role that `MemberRole` makes, for a StackSet to carry into accounts. It
 * takes no parameters: an organization is in one partition, so one text serves all accounts.
 */
export function memberRoleTemplate({ roleName, tags, ...trust }: MemberRoleTemplateInput): MemberRoleTemplate {
  const role = memberRoleDefinition(trust);
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "Role for the collector of IAM credential reports",
    Resources: {
      MemberRole: {
        Type: "AWS::IAM::Role",
        Properties: {
          RoleName: roleName,
          Description: role.description,
          AssumeRolePolicyDocument: role.assumeRolePolicy,
          MaxSessionDuration: role.maxSessionDuration,
          Policies: [{ PolicyName: role.policyName, PolicyDocument: role.policy }],
          ...(tags && { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
        },
      },
    },
    Outputs: {
      MemberRoleArn: { Description: "ARN of the role", Value: { "Fn::GetAtt": ["MemberRole", "Arn"] } },
    },
  };
}
