import { bucketArn, parseArn, roleArn } from "./arn";
import { policyDocument, type PolicyDocument, type PolicyStatement } from "./policyDocument";
import { parseStateBackend } from "./stateBackend";

/*
 * What whoever rolls the stacks out in a pipeline may do. Nothing is deployed with these rights themselves, only with those of the
 * deploy roles, so a role of these rights is worth as much as they are.
 */

/** What the rights of a rollout depend on. */
export interface RolloutRights {
  partition: string;
  /** Roles that lead into the accounts of the stacks: those of `aws:assumeRoles`. */
  deployRoleArns: readonly string[];
  /** The roles have to be of accounts of this organization; not asked for where there is none. */
  organizationId?: string;
  /** Address of Pulumi's state, as `pulumi login` takes it. */
  stateBackend: string;
  /** Key of the state: of its bucket, of its secrets, or of both. */
  stateKeyArn?: string;
  /** Secrets of Secrets Manager and parameters of Systems Manager that the build reads. */
  secretArns?: readonly string[];
}

/** What `up` needs: the deploy roles, the state to read and to write, the secrets. */
export function rolloutPolicy(input: RolloutRights): PolicyDocument {
  return policyDocument(...assuming(input), ...keepingState(input), ...readingSecrets(input));
}

/**
 * What `preview` needs where it has roles of its own: those, and the state to read. Its code is not reviewed yet, and whoever can write the
 * state can have anything deployed by the next rollout.
 */
export function previewPolicy(input: RolloutRights): PolicyDocument {
  return policyDocument(...assuming(input), ...readingState(input), ...readingSecrets(input));
}

/** Roles of another name, without a path, in the same accounts. @throws if an ARN is none of a role */
export function sameAccounts(roleArns: readonly string[], roleName: string): string[] {
  const made = roleArns.map((arn) => {
    const parts = parseArn(arn);
    if (parts?.service !== "iam") throw new Error(`${arn} is not the ARN of a role`);
    return roleArn(parts.partition, parts.accountId, roleName);
  });
  return [...new Set(made)];
}

function assuming({ deployRoleArns, organizationId }: RolloutRights): PolicyStatement[] {
  return [
    {
      Sid: "EnterTheAccounts",
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Resource: [...deployRoleArns].sort(),
      ...(organizationId && { Condition: { StringEquals: { "aws:ResourceOrgID": organizationId } } }),
    },
  ];
}

/** https://www.pulumi.com/docs/iac/concepts/state-and-backends/#aws-s3 */
function keepingState(input: RolloutRights): PolicyStatement[] {
  return ofBucket(input, (objects) => [
    {
      Sid: "KeepTheState",
      Effect: "Allow",
      Action: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
      Resource: `${objects}*`,
    },
    ...usingKey(input, ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]),
  ]);
}

function readingState(input: RolloutRights): PolicyStatement[] {
  return ofBucket(input, (objects) => [
    { Sid: "ReadTheState", Effect: "Allow", Action: "s3:GetObject", Resource: `${objects}*` },
    ...usingKey(input, ["kms:Decrypt"]),
  ]);
}

function ofBucket(
  { partition, stateBackend }: RolloutRights,
  more: (objects: string) => PolicyStatement[],
): PolicyStatement[] {
  const state = parseStateBackend(stateBackend);
  if (state?.kind !== "s3") return [];
  const bucket = bucketArn(partition, state.bucketName);
  return [
    { Sid: "ListTheState", Effect: "Allow", Action: "s3:ListBucket", Resource: bucket },
    ...more(`${bucket}/${state.prefix}`),
  ];
}

function usingKey({ stateKeyArn }: RolloutRights, actions: string[]): PolicyStatement[] {
  return stateKeyArn ? [{ Sid: "UseTheKeyOfTheState", Effect: "Allow", Action: actions, Resource: stateKeyArn }] : [];
}

/** https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html#build-spec.env.secrets-manager */
function readingSecrets({ secretArns = [] }: RolloutRights): PolicyStatement[] {
  const of = (service: string): string[] => secretArns.filter((arn) => parseArn(arn)?.service === service).sort();
  const statement = (Sid: string, Action: string, Resource: string[]): PolicyStatement[] =>
    Resource.length > 0 ? [{ Sid, Effect: "Allow", Action, Resource }] : [];
  return [
    ...statement("ReadSecrets", "secretsmanager:GetSecretValue", of("secretsmanager")),
    ...statement("ReadParameters", "ssm:GetParameters", of("ssm")),
  ];
}

/** A secret as a variable of a build, by its kind; nothing where there is none. */
export function secretVariable(name: string, arn: string | undefined): { name: string; type: string; value: string }[] {
  if (arn === undefined) return [];
  const parts = parseArn(arn);
  if (parts?.service !== "ssm") return [{ name, type: "SECRETS_MANAGER", value: arn }];
  // the name of one in a hierarchy begins with a slash, which its ARN has anyway
  const path = parts.resource.replace(/^parameter/, "");
  return [{ name, type: "PARAMETER_STORE", value: path.lastIndexOf("/") === 0 ? path.slice(1) : path }];
}
