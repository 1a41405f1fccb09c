import { accountRootArn, roleArn } from "./arn";
import { policyDocument, type PolicyDocument } from "./policyDocument";
import { accountsOf, KEY_ADMINISTRATION } from "./reportKeyPolicy";

/** What the policy of the signing key depends on; all of it is known before any other stack exists. */
export interface ManifestSigningKeyPolicyInput {
  partition: string;
  /** Account that owns the key. */
  securityAccountId: string;
  /** Account in which the collector runs. */
  collectorAccountId: string;
  collectorRoleName: string;
  /** Path of that role; `/` by default. */
  collectorRolePath?: string;
  /** Roles that verify signatures. */
  readerRoleArns: readonly string[];
}

/** How manifests are signed: the SHA-256 of their bytes, with ECDSA on P-256. */
export const SIGNING_CONDITION = {
  StringEquals: { "kms:MessageType": "DIGEST", "kms:SigningAlgorithm": "ECDSA_SHA_256" },
};

/** What sets a rotation going: an asymmetric key has none. Asking for the status stays allowed, deployments do it for every key. */
const ROTATION = ["kms:EnableKeyRotation", "kms:DisableKeyRotation", "kms:RotateKeyOnDemand", "kms:ListKeyRotations"];

/**
 * The policy of the key that signs manifests. Only the collector signs; the key's owner administers it and cannot sign, and gets the
 * public key as the readers do, which is no secret.
 *
 * Roles are named by a condition on `aws:PrincipalArn`, because a principal that does not exist yet is refused by KMS.
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
 */
export function manifestSigningKeyPolicy(input: ManifestSigningKeyPolicyInput): PolicyDocument {
  const owner = { AWS: accountRootArn(input.partition, input.securityAccountId) };
  const collector = roleArn(
    input.partition,
    input.collectorAccountId,
    input.collectorRoleName,
    input.collectorRolePath,
  );
  const readers = [...input.readerRoleArns].sort();
  return policyDocument(
    {
      Sid: "AdministerKey",
      Effect: "Allow",
      Principal: owner,
      Action: KEY_ADMINISTRATION.filter((action) => !ROTATION.includes(action)),
      Resource: "*",
    },
    { Sid: "OwnerGetsPublicKey", Effect: "Allow", Principal: owner, Action: "kms:GetPublicKey", Resource: "*" },
    {
      Sid: "CollectorSigns",
      Effect: "Allow",
      Principal: { AWS: accountRootArn(input.partition, input.collectorAccountId) },
      Action: "kms:Sign",
      Resource: "*",
      Condition: { ...SIGNING_CONDITION, ArnEquals: { "aws:PrincipalArn": collector } },
    },
    readers.length === 0
      ? undefined
      : {
          Sid: "ReadersGetPublicKey",
          Effect: "Allow",
          Principal: { AWS: accountsOf(readers).map((id) => accountRootArn(input.partition, id)) },
          Action: "kms:GetPublicKey",
          Resource: "*",
          Condition: { ArnEquals: { "aws:PrincipalArn": readers } },
        },
  );
}
