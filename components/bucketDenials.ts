import type { PolicyStatement } from "./policyDocument";

/**
 * Statements that refuse plain HTTP, another encryption and another key to everybody. A request that names no encryption gets the
 * bucket's default, which is the key.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
 */
export function bucketDenials(bucketArn: string, keyArn: string): [PolicyStatement, PolicyStatement, PolicyStatement] {
  const objects = `${bucketArn}/*`;
  const everybody = { Effect: "Deny", Principal: "*" } as const;
  const unless = (header: string, differs: "StringNotEquals" | "ArnNotEquals", value: string) => ({
    Null: { [`s3:${header}`]: "false" },
    [differs]: { [`s3:${header}`]: value },
  });
  return [
    {
      Sid: "DenyPlainHttp",
      ...everybody,
      Action: "s3:*",
      Resource: [bucketArn, objects],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
    {
      Sid: "DenyOtherEncryption",
      ...everybody,
      Action: "s3:PutObject",
      Resource: objects,
      Condition: unless("x-amz-server-side-encryption", "StringNotEquals", "aws:kms"),
    },
    {
      Sid: "DenyOtherKeys",
      ...everybody,
      Action: "s3:PutObject",
      Resource: objects,
      Condition: unless("x-amz-server-side-encryption-aws-kms-key-id", "ArnNotEquals", keyArn),
    },
  ];
}

/**
 * Statements that keep everybody from deleting evidence, and from loosening or tightening by hand what locks it: bypassing a lock in
 * governance mode, and giving single objects another retention or a legal hold, which could keep them beyond their time. The default
 * retention of a bucket needs none of these rights.
 *
 * @param objects ARN of everything in the bucket.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
 */
export function permanence(objects: string): [PolicyStatement, PolicyStatement] {
  const everybody = { Effect: "Deny", Principal: "*", Resource: objects } as const;
  return [
    { Sid: "DenyDeletes", ...everybody, Action: ["s3:DeleteObject", "s3:DeleteObjectVersion"] },
    {
      Sid: "DenyLockChanges",
      ...everybody,
      Action: ["s3:BypassGovernanceRetention", "s3:PutObjectLegalHold", "s3:PutObjectRetention"],
    },
  ];
}
