import { KMSClient, SignCommand } from "@aws-sdk/client-kms";

import type { EvidenceObject } from "../report/manifest";
import type { AwsClients } from "./clients";
import type { Clock } from "./clock";
import { RunError } from "./errors";
import { withRetry } from "./retry";
import { keys, type Store } from "./store";

/** Signs a SHA-256 and gives the signature in DER. */
export type ManifestSigner = (sha256: Uint8Array) => Promise<Uint8Array>;

const REMEDY =
  "The manifest stands, unsigned, and latest.json does not point to it. Check that the signing key exists, is enabled, and lets " +
  "the collector's role sign (deploy the stacks security and management again), then run again";

/**
 * Signs with an asymmetric key of KMS: ECDSA on P-256 with SHA-256. The digest is sent, so a manifest may have any size.
 *
 * Needs `kms:Sign` on the key. https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
 *
 * @param keyArn The key; it is asked in its own Region.
 */
export function kmsSigner(keyArn: string, clients: Pick<AwsClients, "sts">, clock: Clock): ManifestSigner {
  const { credentials, requestHandler, endpoint } = clients.sts.config;
  const client = new KMSClient({
    region: keyArn.split(":")[3] ?? "",
    credentials,
    requestHandler,
    // `withRetry` does
    maxAttempts: 1,
    ...(endpoint ? { endpoint } : {}),
  });
  return async (sha256) => {
    const command = new SignCommand({
      KeyId: keyArn,
      Message: sha256,
      MessageType: "DIGEST",
      SigningAlgorithm: "ECDSA_SHA_256",
    });
    const { Signature: signature } = await withRetry(() => client.send(command), { clock });
    if (!signature) throw new Error("KMS answered without a signature");
    return signature;
  };
}

/**
 * Stores the signature of a manifest beside it; without a signer there is none.
 *
 * @throws {RunError} if it cannot be signed or stored
 */
export async function signManifest(
  store: Store,
  runId: string,
  manifest: EvidenceObject,
  sign: ManifestSigner | undefined,
): Promise<void> {
  if (!sign) return;
  try {
    await store.put(keys.signature(runId), await sign(Buffer.from(manifest.sha256, "hex")));
  } catch (error) {
    throw RunError.because(`The manifest of run ${runId} cannot be signed`, REMEDY, error);
  }
}
