import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** Where a component's provider works. */
export interface ProviderContext {
  /** Account of the provider's credentials, after any role that it assumes. */
  accountId: string;
  /** `aws`, `aws-us-gov` or `aws-cn`. */
  partition: string;
  /** `amazonaws.com`, or `amazonaws.com.cn` in the China Regions. */
  dnsSuffix: string;
  region: string;
}

/** Asks the provider (of `options.parent`, or the stack's default one) for its account, partition and Region. */
export async function providerContext(options: pulumi.InvokeOptions = {}): Promise<ProviderContext> {
  const [identity, partition, region] = await Promise.all([
    aws.getCallerIdentity({}, options),
    aws.getPartition({}, options),
    aws.getRegion({}, options),
  ]);
  return {
    accountId: identity.accountId,
    partition: partition.partition,
    dnsSuffix: partition.dnsSuffix,
    region: region.region,
  };
}
