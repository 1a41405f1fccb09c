/** One thing that failed, and what to do. */
export interface Failure {
  /** Type and logical name, as in `Bucket report-bucket`; absent where it is the stack as a whole. */
  resource?: string;
  /** Rule of a policy pack that is not kept, as in `s3-versioning`. */
  rule?: string;
  /** What was called in AWS, as in `s3:CreateBucket`. */
  action?: string;
  /** AWS's code, as in `BucketAlreadyExists`. */
  code?: string;
  message: string;
  remedy?: string;
}

/** "Bucket report-bucket: s3:CreateBucket: BucketAlreadyExists: …" */
export function failureInWords({ resource, rule, action, code, message }: Failure): string {
  return [resource, rule, action, code, message].filter((part) => part !== undefined && part !== "").join(": ");
}
