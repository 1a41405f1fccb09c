import { permissionsBoundaryArn } from "./arn";
import { memberRoleDefinition, type MemberRolePolicyInput, type MemberRoleTrustInput } from "./memberRolePolicy";
import type { PolicyDocument } from "./policyDocument";

/** What the template of the member role depends on. */
export interface MemberRoleTemplateInput extends MemberRoleTrustInput, MemberRolePolicyInput {
  /** Name of the role, the same in every member account. */
  roleName: string;
  /** Path of the role; `/` by default. */
  rolePath?: string;
  /** Name of a managed policy that every account has, or the ARN of one of AWS's own; none by default. */
  permissionsBoundary?: string;
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
  Path?: string;
  PermissionsBoundary?: string | { "Fn::Sub": string };
  Policies: { PolicyName: string; PolicyDocument: PolicyDocument }[];
  Tags?: { Key: string; Value: string }[];
}

/**
 * The member role as a CloudFormation template: the same role that `MemberRole` makes, for a StackSet to carry into accounts. It
 * takes no parameters: an organization is in one partition, so one text serves all accounts; CloudFormation puts in the account of a
 * permissions boundary.
 */
export function memberRoleTemplate({
  roleName,
  rolePath,
  permissionsBoundary,
  tags,
  ...trust
}: MemberRoleTemplateInput): MemberRoleTemplate {
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
          ...(rolePath !== undefined && rolePath !== "/" && { Path: rolePath }),
          ...(permissionsBoundary && {
            PermissionsBoundary: boundaryInEachAccount(permissionsBoundary),
          }),
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

function boundaryInEachAccount(boundary: string): RoleProperties["PermissionsBoundary"] {
  const arn = permissionsBoundaryArn("${AWS::Partition}", "${AWS::AccountId}", boundary);
  return arn === boundary ? arn : { "Fn::Sub": arn };
}
