import { accountRootArn } from "./arn";
import type { PolicyStatement } from "./policyDocument";
import { accountsOf } from "./reportKeyPolicy";

/** Statements of a bucket's policy that let the named roles list and read it, old versions too; none where no role is named. */
export function readersPolicy(
  partition: string,
  bucketArn: string,
  readerRoleArns: readonly string[],
): PolicyStatement[] {
  const readers = [...readerRoleArns].sort();
  if (readers.length === 0) return [];
  const reader = {
    Effect: "Allow" as const,
    Principal: { AWS: accountsOf(readers).map((id) => accountRootArn(partition, id)) },
    Condition: { ArnEquals: { "aws:PrincipalArn": readers } },
  };
  return [
    {
      ...reader,
      Sid: "ReadersRead",
      Action: ["s3:GetObject", "s3:GetObjectVersion"],
      Resource: `${bucketArn}/*`,
    },
    {
      ...reader,
      Sid: "ReadersList",
      Action: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketVersions"],
      Resource: bucketArn,
    },
  ];
}
