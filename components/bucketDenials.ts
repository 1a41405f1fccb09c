import type { PolicyStatement } from "./policyDocument";

/**
 * Statements that refuse plain HTTP, another encryption and another key to everybody. A request that names no encryption gets the
 * bucket's default, which is the key.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
 */
export function bucketDenials(bucketArn: string, keyArn: string): [PolicyStatement, PolicyStatement, PolicyStatement] {
  const objects = `${bucketArn}/*`;
  const everybody = { Effect: "Deny", Principal: "*" } as const;
  const unless = (header: string, value: string): PolicyStatement["Condition"] => ({
    Null: { [`s3:${header}`]: "false" },
    StringNotEquals: { [`s3:${header}`]: value },
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
      Condition: unless("x-amz-server-side-encryption", "aws:kms"),
    },
    {
      Sid: "DenyOtherKeys",
      ...everybody,
      Action: "s3:PutObject",
      Resource: objects,
      Condition: unless("x-amz-server-side-encryption-aws-kms-key-id", keyArn),
    },
  ];
}
