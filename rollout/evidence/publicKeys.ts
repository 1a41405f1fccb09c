import { createHash, createPublicKey, verify, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { GetPublicKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { messageOf, RolloutError } from "../errors";
import type { Session } from "../session";

/** The keys that signatures are checked with, and where they are from, for people. */
export interface PublicKeys {
  from: string;
  keys: KeyObject[];
}

const PEM = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g;

/**
 * The public keys of a PEM file; several may follow each other, as when the signing key was exchanged.
 *
 * @throws RolloutError if it cannot be read or holds none
 */
export function readPublicKeys(file: string): PublicKeys {
  try {
    const found = (readFileSync(file, "utf8").match(PEM) ?? []).map((pem) => createPublicKey(pem));
    if (found.length === 0) throw new Error("it holds no PUBLIC KEY in PEM");
    return { from: `${file} (${found.map(fingerprint).join(", ")})`, keys: found };
  } catch (cause) {
    throw new RolloutError(
      `The public key in ${file} cannot be used: ${messageOf(cause)}. ` +
        `Save it with: pulumi stack output signingPublicKey --stack security > ${file}`,
      1,
      { cause },
    );
  }
}

/**
 * The public key of a signing key, as KMS gives it.
 *
 * @param keyId ARN of the key or of its alias
 * @throws RolloutError if it cannot be read
 */
export async function fetchPublicKeys(keyId: string, session: Session): Promise<PublicKeys> {
  const client = new KMSClient(session);
  try {
    const { PublicKey: der, KeyId: arn = keyId } = await client.send(new GetPublicKeyCommand({ KeyId: keyId }));
    const key = createPublicKey({ key: Buffer.from(der ?? []), format: "der", type: "spki" });
    return { from: `${arn} (${fingerprint(key)})`, keys: [key] };
  } catch (cause) {
    throw new RolloutError(
      `Manifests are signed, and the public key of ${keyId} cannot be read: ${messageOf(cause)}. The reading role needs ` +
        `kms:GetPublicKey; or give the saved key with --public-key FILE; or --public-key none to leave signatures unchecked`,
      1,
      { cause },
    );
  } finally {
    client.destroy();
  }
}

/** Whether one of the keys signed these bytes: ECDSA with SHA-256, the signature in DER, as KMS makes it. */
export function signedBy(trusted: PublicKeys, bytes: Uint8Array, signature: Uint8Array): boolean {
  return trusted.keys.some((key) => {
    try {
      return verify("sha256", bytes, { key, dsaEncoding: "der" }, signature);
    } catch {
      return false;
    }
  });
}

function fingerprint(key: KeyObject): string {
  const hash = createHash("sha256").update(key.export({ format: "der", type: "spki" }));
  return `SHA-256 ${hash.digest("hex")}`;
}
