import type { PolicyPackArgs } from "@pulumi/policy";
import { resourcePolicy, stackPolicy, type EnginePolicy } from "./rule";
import {
  bucketEncryption,
  bucketKey,
  bucketLifecycle,
  bucketVersioning,
  ownerEnforced,
  publicAccessBlock,
  tlsOnly,
} from "./rules/buckets";
import { deletionWindow, keyRotation } from "./rules/kms";
import { environmentSecrets, failureDestination, reservedConcurrency } from "./rules/lambda";
import { broadManagedPolicy, publicPrincipal, wildcardAction } from "./rules/rights";
import { logRetention, partition, queueEncryption, topicEncryption } from "./rules/services";
import { conditionedTrust, oneTrustedRole, serviceSource } from "./rules/trust";

/** Every rule, in the order of docs/policy.md. */
export const POLICIES: readonly EnginePolicy[] = [
  resourcePolicy(keyRotation),
  resourcePolicy(deletionWindow),
  stackPolicy(bucketEncryption),
  stackPolicy(bucketKey),
  stackPolicy(bucketVersioning),
  stackPolicy(publicAccessBlock),
  stackPolicy(ownerEnforced),
  stackPolicy(tlsOnly),
  stackPolicy(bucketLifecycle),
  resourcePolicy(wildcardAction),
  resourcePolicy(publicPrincipal),
  stackPolicy(broadManagedPolicy),
  resourcePolicy(conditionedTrust),
  resourcePolicy(oneTrustedRole),
  resourcePolicy(serviceSource),
  resourcePolicy(reservedConcurrency),
  stackPolicy(failureDestination),
  resourcePolicy(environmentSecrets),
  resourcePolicy(logRetention),
  resourcePolicy(topicEncryption),
  resourcePolicy(queueEncryption),
  resourcePolicy(partition),
];

/** The pack, as index.cjs starts it. */
export const PACK: PolicyPackArgs = {
  displayName: "IAM credential reports",
  provider: "aws",
  policies: [...POLICIES],
};
