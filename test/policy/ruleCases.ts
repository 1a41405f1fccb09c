import type { PolicySubject } from "../support/policyRunner";

/** A resource of AWS, in Frankfurt. */
export const aws = (
  token: string,
  inputs: Record<string, unknown>,
  more: Partial<PolicySubject> = {},
): PolicySubject => ({
  type: `aws:${token}:${(token.split("/")[1] ?? "").replace(/^./, (letter) => letter.toUpperCase())}`,
  name: "it",
  region: "eu-central-1",
  inputs,
  ...more,
});

/** A document of these statements, as text. */
export const policy = (...statements: object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

/** The role that a statement lets somebody assume. */
export const trusting = (Principal: object, Condition?: object): string =>
  policy({ Sid: "Trust", Effect: "Allow", Principal, Action: "sts:AssumeRole", ...(Condition && { Condition }) });

export const ACCOUNT = "111122223333";
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/collector`;
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const MEMBER = ["iam-credential-reports:index:MemberRole"];

/** What a bucket is made of; leave a part out by `undefined`. */
export function bucketParts(
  parts: Partial<Record<"versioning" | "encryption" | "block" | "ownership" | "policy" | "lifecycle", object>> = {},
): PolicySubject[] {
  const whole = {
    versioning: { versioningConfiguration: { status: "Enabled" } },
    encryption: {
      rules: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: "arn:aws:kms:::key/1" },
          bucketKeyEnabled: true,
        },
      ],
    },
    block: { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
    ownership: { rule: { objectOwnership: "BucketOwnerEnforced" } },
    policy: {
      policy: policy({
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: ["arn:aws:s3:::evidence", "arn:aws:s3:::evidence/*"],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      }),
    },
    lifecycle: {
      rules: [
        {
          status: "Enabled",
          filter: { prefix: "" },
          expiration: { days: 2555 },
          noncurrentVersionExpiration: { noncurrentDays: 30 },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
      ],
    },
    ...parts,
  };
  const tokens = {
    versioning: "s3/bucketVersioning",
    encryption: "s3/bucketServerSideEncryptionConfiguration",
    block: "s3/bucketPublicAccessBlock",
    ownership: "s3/bucketOwnershipControls",
    policy: "s3/bucketPolicy",
    lifecycle: "s3/bucketLifecycleConfiguration",
  } as const;
  const settings = (Object.keys(tokens) as (keyof typeof tokens)[]).flatMap((part) =>
    whole[part] ? [aws(tokens[part], { bucket: "evidence", ...whole[part] }, { name: part })] : [],
  );
  return [aws("s3/bucket", { bucket: "evidence" }), ...settings];
}

/** A life cycle that takes everything away after these days. */
const expiring = (days: number, filter: object = { prefix: "" }): object => ({
  rules: [
    { status: "Enabled", filter, expiration: { days }, abortIncompleteMultipartUpload: { daysAfterInitiation: 1 } },
  ],
});

const encrypted = (rule: object, bucketKeyEnabled?: boolean): object => ({
  rules: [{ applyServerSideEncryptionByDefault: rule, bucketKeyEnabled }],
});

const lambdaRole = (more: Record<string, unknown> = {}): PolicySubject =>
  aws("iam/role", { name: "fn", assumeRolePolicy: trusting({ Service: "lambda.amazonaws.com" }), ...more });

const attached = (policyArn: string): PolicySubject =>
  aws("iam/rolePolicyAttachment", { role: "fn", policyArn }, { name: "attachment" });

const allows = (Action: string | string[]): PolicySubject =>
  aws("iam/rolePolicy", { policy: policy({ Sid: "Do", Effect: "Allow", Action, Resource: "*" }) });

const fn = (inputs: Record<string, unknown>): PolicySubject =>
  aws("lambda/function", { name: "fn", reservedConcurrentExecutions: 1, ...inputs });

const keeping = (destination: string): PolicySubject =>
  aws(
    "lambda/functionEventInvokeConfig",
    { functionName: "fn", destinationConfig: { onFailure: { destination } } },
    { name: "config" },
  );

const template = (trust: string): PolicySubject => ({
  type: "aws-native:cloudformation:StackSet",
  name: "it",
  components: ["iam-credential-reports:index:MemberRoleStackSet"],
  inputs: {
    templateBody: JSON.stringify({
      Resources: {
        MemberRole: { Type: "AWS::IAM::Role", Properties: { AssumeRolePolicyDocument: JSON.parse(trust) as object } },
      },
    }),
  },
});

/** What keeps a rule and what does not, and what is said of the latter. */
export interface RuleCase {
  keeps: Record<string, PolicySubject[]>;
  breaks: Record<string, { stack: PolicySubject[]; says: string | RegExp }>;
}

const one = (says: string | RegExp, ...stack: PolicySubject[]): { stack: PolicySubject[]; says: string | RegExp } => ({
  stack,
  says,
});

/** Of every rule of the pack, by its name. */
export const RULE_CASES: Record<string, RuleCase> = {
  "kms-key-rotation": {
    keeps: {
      "a key that rotates": [aws("kms/key", { enableKeyRotation: true })],
      "a key that signs": [aws("kms/key", { customerMasterKeySpec: "ECC_NIST_P256", keyUsage: "SIGN_VERIFY" })],
    },
    breaks: {
      "a key that does not": one("enableKeyRotation is not set", aws("kms/key", {})),
      "a key whose rotation is off": one("enableKeyRotation is false", aws("kms/key", { enableKeyRotation: false })),
    },
  },
  "kms-deletion-window": {
    keeps: {
      "AWS's own default": [aws("kms/key", {}, { protect: true })],
      "a week for a key that is not protected": [aws("kms/key", { deletionWindowInDays: 7 })],
    },
    breaks: {
      "a week for a protected key": one(
        "deletionWindowInDays is 7, and at least 30 are asked for of a protected key",
        aws("kms/key", { deletionWindowInDays: 7 }, { protect: true }),
      ),
    },
  },
  "s3-kms-encryption": {
    keeps: {
      "a key that is named": bucketParts(),
      "AWS's key where all expires soon": bucketParts({
        encryption: encrypted({ sseAlgorithm: "aws:kms" }),
        lifecycle: expiring(30),
      }),
    },
    breaks: {
      "no encryption": one("no default encryption is set", ...bucketParts({ encryption: undefined })),
      "S3's own keys": one(
        "the default encryption is AES256",
        ...bucketParts({ encryption: encrypted({ sseAlgorithm: "AES256" }) }),
      ),
      "no key": one("no key is named", ...bucketParts({ encryption: encrypted({ sseAlgorithm: "aws:kms" }) })),
    },
  },
  "s3-bucket-key": {
    keeps: { "a bucket key": bucketParts(), "another encryption": bucketParts({ encryption: undefined }) },
    breaks: {
      "no bucket key": one(
        "bucketKeyEnabled is not set",
        ...bucketParts({ encryption: encrypted({ sseAlgorithm: "aws:kms", kmsMasterKeyId: "key" }) }),
      ),
    },
  },
  "s3-versioning": {
    keeps: {
      versions: bucketParts(),
      "none where all expires soon": bucketParts({ versioning: undefined, lifecycle: expiring(90) }),
    },
    breaks: {
      "no versions": one("versioning is not set", ...bucketParts({ versioning: undefined })),
      "versions that are off": one(
        "versioning is Suspended",
        ...bucketParts({ versioning: { versioningConfiguration: { status: "Suspended" } } }),
      ),
      "what expires only in part": one(
        "versioning is not set",
        ...bucketParts({ versioning: undefined, lifecycle: expiring(30, { prefix: "work/" }) }),
      ),
    },
  },
  "s3-public-access-block": {
    keeps: { "all four": bucketParts() },
    breaks: {
      nothing: one("nothing blocks public access", ...bucketParts({ block: undefined })),
      "three of four": one(
        "restrictPublicBuckets is not true",
        ...bucketParts({ block: { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true } }),
      ),
    },
  },
  "s3-owner-enforced": {
    keeps: { "the owner alone": bucketParts() },
    breaks: {
      "no ownership": one("no ownership of objects is set", ...bucketParts({ ownership: undefined })),
      "a writer's ownership": one(
        "objectOwnership is ObjectWriter",
        ...bucketParts({ ownership: { rule: { objectOwnership: "ObjectWriter" } } }),
      ),
      "an access control list": one(
        "an access control list is set (BucketAcl list)",
        ...bucketParts(),
        aws("s3/bucketAcl", { bucket: "evidence", acl: "private" }, { name: "list" }),
      ),
    },
  },
  "s3-tls-only": {
    keeps: { "a policy that refuses the rest": bucketParts() },
    breaks: {
      "no policy": one("no statement of its policy refuses plain HTTP", ...bucketParts({ policy: undefined })),
      "a policy that refuses it to one only": one(
        "no statement of its policy refuses plain HTTP",
        ...bucketParts({
          policy: {
            policy: policy({
              Effect: "Deny",
              Principal: { AWS: ROOT },
              Action: "s3:*",
              Resource: "*",
              Condition: { Bool: { "aws:SecureTransport": "false" } },
            }),
          },
        }),
      ),
      "a policy that refuses it under one more condition": one(
        "no statement of its policy refuses plain HTTP",
        ...bucketParts({
          policy: {
            policy: policy({
              Effect: "Deny",
              Principal: "*",
              Action: "s3:*",
              Resource: "*",
              Condition: { Bool: { "aws:SecureTransport": "false" }, StringEquals: { "aws:username": "nobody" } },
            }),
          },
        }),
      ),
    },
  },
  "s3-lifecycle": {
    keeps: { "a life cycle": bucketParts() },
    breaks: {
      none: one("no life cycle is set", ...bucketParts({ lifecycle: undefined })),
      "one that is off": one(
        "no life cycle is set",
        ...bucketParts({ lifecycle: { rules: [{ status: "Disabled", expiration: { days: 1 } }] } }),
      ),
      "versions that stay": one("old versions stay for ever", ...bucketParts({ lifecycle: expiring(30) })),
      "uploads that stay": one(
        "uploads that were given up stay for ever",
        ...bucketParts({
          lifecycle: { rules: [{ status: "Enabled", noncurrentVersionExpiration: { noncurrentDays: 1 } }] },
        }),
      ),
    },
  },
  "iam-wildcard-action": {
    keeps: {
      "actions by name": [allows(["s3:GetObject"])],
      "what is denied": [
        aws("s3/bucketPolicy", { policy: policy({ Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*" }) }),
      ],
    },
    breaks: {
      "all of a service": one("Do allows s3:*", allows("s3:*")),
      everything: one("Do allows *", allows(["*"])),
      "everything but some": one(
        "statement 1 allows everything but some actions (NotAction)",
        aws("iam/policy", { policy: policy({ Effect: "Allow", NotAction: "iam:*", Resource: "*" }) }),
      ),
      "an inline policy of a role": one(
        "statement 1 allows kms:*",
        aws("iam/role", {
          inlinePolicies: [{ name: "p", policy: policy({ Effect: "Allow", Action: "kms:*", Resource: "*" }) }],
        }),
      ),
      "a role of a template": one("P of MemberRole in the template allows iam:*", {
        ...template(trusting({ AWS: ROLE_ARN })),
        inputs: {
          templateBody: JSON.stringify({
            Resources: {
              MemberRole: {
                Type: "AWS::IAM::Role",
                Properties: {
                  Policies: [{ PolicyDocument: { Statement: { Sid: "P", Effect: "Allow", Action: "iam:*" } } }],
                },
              },
            },
          }),
        },
      }),
    },
  },
  "iam-public-principal": {
    keeps: {
      "everybody of an organization": [
        aws("sns/topicPolicy", {
          policy: policy({
            Effect: "Allow",
            Principal: { AWS: "*" },
            Action: "sns:Publish",
            Resource: "*",
            Condition: { StringEquals: { "aws:PrincipalOrgID": "o-exampleorgid" } },
          }),
        }),
      ],
      "a function for an organization": [
        aws("lambda/permission", { action: "lambda:InvokeFunction", principal: "*", principalOrgId: "o-exampleorgid" }),
      ],
    },
    breaks: {
      everybody: one(
        "statement 1 lets in everybody",
        aws("kms/key", {
          enableKeyRotation: true,
          policy: policy({ Effect: "Allow", Principal: "*", Action: "kms:Decrypt", Resource: "*" }),
        }),
      ),
      "a condition that holds where its key is absent": one(
        "statement 1 lets in everybody",
        aws("sqs/queuePolicy", {
          policy: policy({
            Effect: "Allow",
            Principal: "*",
            Action: "sqs:SendMessage",
            Condition: { StringEqualsIfExists: { "aws:PrincipalOrgID": "o-exampleorgid" } },
          }),
        }),
      ),
      "a condition that fits everybody's accounts": one(
        "statement 1 lets in everybody",
        aws("sqs/queuePolicy", {
          policy: policy({
            Effect: "Allow",
            Principal: "*",
            Action: "sqs:SendMessage",
            Condition: { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/collector" } },
          }),
        }),
      ),
      "a function for everybody": one(
        "permission lets in everybody",
        aws("lambda/permission", { action: "lambda:InvokeFunction", principal: "*" }),
      ),
    },
  },
  "iam-broad-managed-policy": {
    keeps: {
      "a policy of one's own": [lambdaRole(), attached(`arn:aws:iam::${ACCOUNT}:policy/AdministratorAccess`)],
      "what AWS made for functions": [
        lambdaRole(),
        attached("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"),
      ],
      "another service's role": [
        lambdaRole({ assumeRolePolicy: trusting({ AWS: ROLE_ARN }) }),
        attached("arn:aws:iam::aws:policy/AdministratorAccess"),
      ],
    },
    breaks: {
      "everything, attached": one(
        "it has arn:aws:iam::aws:policy/AdministratorAccess",
        lambdaRole(),
        attached("arn:aws:iam::aws:policy/AdministratorAccess"),
      ),
      "all of a service, said by the role": one("it has arn:aws-us-gov:iam::aws:policy/AmazonS3FullAccess", {
        ...lambdaRole({ managedPolicyArns: ["arn:aws-us-gov:iam::aws:policy/AmazonS3FullAccess"] }),
        region: undefined,
      }),
    },
  },
  "iam-conditioned-trust": {
    keeps: {
      "one role": [aws("iam/role", { assumeRolePolicy: trusting({ AWS: ROLE_ARN }) })],
      "an account with a condition": [
        aws("iam/role", {
          assumeRolePolicy: trusting({ AWS: ROOT }, { StringEquals: { "sts:ExternalId": "1234" } }),
        }),
      ],
      "jobs of one repository": [
        aws("iam/role", {
          assumeRolePolicy: trusting(
            { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com` },
            { StringEquals: { "token.actions.githubusercontent.com:sub": "repo:a/b:environment:c" } },
          ),
        }),
      ],
    },
    breaks: {
      "an account": one(
        `Trust trusts all of ${ROOT}`,
        aws("iam/role", { assumeRolePolicy: trusting({ AWS: [ROOT, ROLE_ARN] }) }),
      ),
      "an account by its number": one("Trust trusts all of 444455556666", template(trusting({ AWS: "444455556666" }))),
      "everybody of a provider": one(
        "Trust trusts everybody of",
        aws("iam/role", {
          assumeRolePolicy: trusting(
            { Federated: "arn:aws:iam::1:oidc-provider/x" },
            { StringEquals: { "x:aud": "sts.amazonaws.com" } },
          ),
        }),
      ),
    },
  },
  "iam-one-trusted-role": {
    keeps: {
      "the one role, by a condition": [
        aws(
          "iam/role",
          { assumeRolePolicy: trusting({ AWS: ROOT }, { ArnEquals: { "aws:PrincipalArn": ROLE_ARN } }) },
          { components: MEMBER },
        ),
      ],
      "the one role in a template": [template(trusting({ AWS: ROLE_ARN }))],
      "any other role": [aws("iam/role", { assumeRolePolicy: trusting({ AWS: [ROLE_ARN, `${ROLE_ARN}2`] }) })],
    },
    breaks: {
      "two roles": one(
        `it trusts ${ROLE_ARN}, ${ROLE_ARN}2`,
        aws("iam/role", { assumeRolePolicy: trusting({ AWS: [ROLE_ARN, `${ROLE_ARN}2`] }) }, { components: MEMBER }),
      ),
      "roles of a pattern": one(
        "it trusts arn:aws:iam::111122223333:role/*",
        aws(
          "iam/role",
          {
            assumeRolePolicy: trusting(
              { AWS: ROOT },
              { ArnLike: { "aws:PrincipalArn": `arn:aws:iam::${ACCOUNT}:role/*` } },
            ),
          },
          { components: MEMBER },
        ),
      ),
      "an account, in a template": one(`it trusts ${ROOT}`, template(trusting({ AWS: ROOT }))),
    },
  },
  "iam-service-source-account": {
    keeps: {
      "a service for one account": [
        aws("iam/role", {
          assumeRolePolicy: trusting(
            { Service: "scheduler.amazonaws.com" },
            { StringEquals: { "aws:SourceAccount": ACCOUNT } },
          ),
        }),
      ],
      "Lambda, which does not say": [lambdaRole()],
      "a service that encrypts for one log group": [
        aws("kms/keyPolicy", {
          policy: policy({
            Effect: "Allow",
            Principal: { Service: "logs.eu-central-1.amazonaws.com" },
            Action: "kms:GenerateDataKey",
            Resource: "*",
            Condition: { ArnEquals: { "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:::log-group:g" } },
          }),
        }),
      ],
      "a function's permission for a rule": [
        aws("lambda/permission", { principal: "events.amazonaws.com", sourceArn: "arn:aws:events:::rule/r" }),
      ],
    },
    breaks: {
      "a service for anybody": one(
        "Trust lets in scheduler.amazonaws.com, for whomever it works",
        aws("iam/role", { assumeRolePolicy: trusting({ Service: "scheduler.amazonaws.com" }) }),
      ),
      "a service for all accounts but one": one(
        "Trust lets in scheduler.amazonaws.com, for whomever it works",
        aws("iam/role", {
          assumeRolePolicy: trusting(
            { Service: "scheduler.amazonaws.com" },
            { StringNotEquals: { "aws:SourceAccount": ACCOUNT } },
          ),
        }),
      ),
      "a function's permission for any bucket": one(
        "permission lets in s3.amazonaws.com",
        aws("lambda/permission", { principal: "s3.amazonaws.com" }),
      ),
    },
  },
  "lambda-reserved-concurrency": {
    keeps: { "a function with its own": [fn({})] },
    breaks: {
      none: one("reservedConcurrentExecutions is not set", fn({ reservedConcurrentExecutions: undefined })),
      "AWS's word for none": one("reservedConcurrentExecutions is -1", fn({ reservedConcurrentExecutions: -1 })),
    },
  },
  "lambda-failure-destination": {
    keeps: {
      "a destination": [fn({}), keeping("arn:aws:sqs:eu-central-1:111122223333:failed")],
      "a dead-letter queue": [fn({ deadLetterConfig: { targetArn: "arn:aws:sqs:eu-central-1:111122223333:failed" } })],
    },
    breaks: {
      neither: one("events that it failed on are lost", fn({})),
      "that of another function": one("events that it failed on are lost", fn({ name: "other" }), keeping("arn")),
    },
  },
  "lambda-environment-secrets": {
    keeps: {
      "where a secret is": [
        fn({
          environment: {
            variables: { DB_PASSWORD_ARN: "arn:aws:secretsmanager:x", TOKEN: "/app/token", LEVEL: "info", API_KEY: "" },
          },
        }),
      ],
    },
    breaks: {
      "a password": one(
        "the variable DB_PASSWORD holds a secret",
        fn({ environment: { variables: { DB_PASSWORD: "hunter2" } } }),
      ),
      "an access key under any name": one(
        "the variable HARMLESS holds a secret",
        fn({ environment: { variables: { HARMLESS: "AKIAIOSFODNN7EXAMPLE" } } }),
      ),
    },
  },
  "logs-retention": {
    keeps: { "a year": [aws("cloudwatch/logGroup", { retentionInDays: 365 })] },
    breaks: {
      "for ever": one("its lines are kept for ever", aws("cloudwatch/logGroup", {})),
      "a month": one(
        "retentionInDays is 30, and at least 365 are asked for",
        aws("cloudwatch/logGroup", { retentionInDays: 30 }),
      ),
    },
  },
  "sns-encryption": {
    keeps: { "a key": [aws("sns/topic", { kmsMasterKeyId: "alias/topics" })] },
    breaks: { "no key": one("kmsMasterKeyId is not set", aws("sns/topic", {})) },
  },
  "sqs-encryption": {
    keeps: {
      "keys of SQS": [aws("sqs/queue", { sqsManagedSseEnabled: true })],
      "a key of one's own": [aws("sqs/queue", { kmsMasterKeyId: "alias/queues" })],
    },
    breaks: {
      neither: one("sqsManagedSseEnabled is not set", aws("sqs/queue", {})),
      "switched off": one("sqsManagedSseEnabled is false", aws("sqs/queue", { sqsManagedSseEnabled: false })),
    },
  },
  "arn-partition": {
    keeps: {
      "the partition of the Region": [
        aws(
          "sfn/stateMachine",
          { definition: '{"Resource":"arn:aws-cn:states:::lambda:invoke"}' },
          { region: "cn-north-1" },
        ),
      ],
    },
    breaks: {
      "that of the commercial Regions, written down": one(
        "it has an ARN of the partition aws, and us-gov-west-1 is in aws-us-gov",
        aws(
          "sfn/stateMachine",
          { definition: '{"Resource":"arn:aws:states:::lambda:invoke"}' },
          { region: "us-gov-west-1" },
        ),
      ),
      "that of another Region, deep in a list": one(
        "it has an ARN of the partition aws-cn, and eu-central-1 is in aws",
        aws("sns/topic", { kmsMasterKeyId: "k", tags: { of: ["arn:aws-cn:s3:::x"] } }),
      ),
    },
  },
};
