import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { Clock } from "./clock";
import { errorCode } from "./errors";
import type { LeaseStore } from "./lease";
import { withRetry } from "./retry";
import { putCommand, type Bucket } from "./s3Bucket";
import { evidence, keys } from "./store";

/**
 * The lease as an object of the bucket.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export class S3LeaseStore implements LeaseStore {
  constructor(
    private readonly client: S3Client,
    private readonly bucket: Bucket,
    private readonly clock: Clock,
  ) {}

  read(): Promise<{ version: string; bytes: Uint8Array }> {
    const { bucketName: Bucket, bucketOwner: ExpectedBucketOwner } = this.bucket;
    return withRetry(
      async () => {
        const found = await this.client.send(new GetObjectCommand({ Bucket, ExpectedBucketOwner, Key: keys.running }));
        return { version: found.ETag ?? "", bytes: (await found.Body?.transformToByteArray()) ?? Buffer.alloc(0) };
      },
      { clock: this.clock },
    );
  }

  create(bytes: Uint8Array): Promise<string | undefined> {
    return this.write(bytes, { once: true });
  }

  replace(version: string, bytes: Uint8Array): Promise<string | undefined> {
    return this.write(bytes, { once: false, over: version });
  }

  private write(bytes: Uint8Array, condition: { once: boolean; over?: string }): Promise<string | undefined> {
    const command = putCommand(this.bucket, evidence(keys.running, bytes), bytes, condition);
    return withRetry(
      async () => {
        try {
          return (await this.client.send(command)).ETag ?? "";
        } catch (error) {
          if (errorCode(error) === "PreconditionFailed") return undefined;
          throw error;
        }
      },
      { clock: this.clock },
    );
  }
}
