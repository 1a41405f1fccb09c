import { bucketArn } from "./arn";
import { bucketDenials } from "./bucketDenials";
import { policyDocument, type PolicyDocument } from "./policyDocument";

/** What the policy of the bucket for query results depends on. */
export interface QueryResultsBucketPolicyInput {
  partition: string;
  bucketName: string;
  /** The only key that results may be encrypted with: that of the evidence. */
  keyArn: string;
  /** Roles that may ask; their results are here. */
  readerRoleArns: readonly string[];
}

/**
 * The policy of the bucket that holds what queries answered.
 *
 * Results say what the evidence says, so nobody but the readers of the evidence may put or get them, the account's
 * administrators included. Athena writes in the name of the one who asks. What each reader may do is given by the reader's own
 * policy ({@link analystPolicy}), as it is an account's own bucket.
 */
export function queryResultsBucketPolicy(input: QueryResultsBucketPolicyInput): PolicyDocument {
  const bucket = bucketArn(input.partition, input.bucketName);
  const objects = `${bucket}/*`;
  const readers = [...input.readerRoleArns].sort();
  return policyDocument(...bucketDenials(bucket, input.keyArn), {
    Sid: "DenyOthers",
    Effect: "Deny",
    Principal: "*",
    Action: ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:ReplicateObject"],
    Resource: objects,
    // without readers nobody may
    ...(readers.length > 0 && { Condition: { ArnNotEquals: { "aws:PrincipalArn": readers } } }),
  });
}
