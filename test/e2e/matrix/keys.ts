import {
  CancelKeyDeletionCommand,
  CreateGrantCommand,
  DecryptCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  GenerateDataKeyCommand,
  GetKeyPolicyCommand,
  GetPublicKeyCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  type KMSClient,
  type MessageType,
} from "@aws-sdk/client-kms";
import type { Attempt, Clients, World } from "./world";

type Key = "keyArn" | "replicaKeyArn" | "alertsKeyArn" | "signingKeyArn";
const ownerOf = (key: Key): "management" | "security" => (key === "alertsKeyArn" ? "management" : "security");

const kmsOf = (world: World, clients: Clients, key: Key): KMSClient =>
  key === "replicaKeyArn" ? clients.in(world.replicaRegion).kms : clients.kms;

const withKey = (
  key: Key,
  call: (kms: KMSClient, KeyId: string, owned: KMSClient) => Promise<unknown>,
  undo?: (owned: KMSClient, KeyId: string) => Promise<unknown>,
): Attempt => {
  const owned = (world: World): KMSClient => kmsOf(world, world.as[ownerOf(key)], key);
  return {
    owner: ownerOf(key),
    call: (world, clients) => call(kmsOf(world, clients, key), world[key], owned(world)),
    ...(undo && { undo: (world: World) => undo(owned(world), world[key]) }),
  };
};

const administration = (key: Key): Record<string, Attempt> => ({
  "change the key's policy": withKey(key, async (kms, KeyId, owned) => {
    const { Policy } = await owned.send(new GetKeyPolicyCommand({ KeyId }));
    return kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
  }),
  "schedule the key's deletion": withKey(
    key,
    (kms, KeyId) => kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 })),
    async (owned, KeyId) => {
      await owned.send(new CancelKeyDeletionCommand({ KeyId }));
      return owned.send(new EnableKeyCommand({ KeyId }));
    },
  ),
  "disable the key": withKey(
    key,
    (kms, KeyId) => kms.send(new DisableKeyCommand({ KeyId })),
    (owned, KeyId) => owned.send(new EnableKeyCommand({ KeyId })),
  ),
  "create a grant": withKey(key, (kms, KeyId) => {
    const GranteePrincipal = "arn:aws:iam::444400000003:role/OrganizationAccountAccessRole";
    return kms.send(new CreateGrantCommand({ KeyId, GranteePrincipal, Operations: ["DescribeKey"] }));
  }),
});

const use = (key: Key, service: string): Record<string, Attempt> => ({
  [`encrypt, not through ${service}`]: withKey(key, (kms, KeyId) =>
    kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256" })),
  ),
  [`decrypt, not through ${service}`]: withKey(key, (kms, KeyId) =>
    kms.send(new DecryptCommand({ KeyId, CiphertextBlob: Buffer.from("ciphertext") })),
  ),
});

const sign = (MessageType: MessageType): Attempt =>
  withKey("signingKeyArn", (kms, KeyId) =>
    kms.send(new SignCommand({ KeyId, Message: Buffer.alloc(32), MessageType, SigningAlgorithm: "ECDSA_SHA_256" })),
  );

/** The keys, by asset and action of the matrix. */
export const KEY_ATTEMPTS: Record<string, Record<string, Attempt>> = {
  "Key of the evidence": { ...use("keyArn", "S3"), ...administration("keyArn") },
  "Key of the replica": { ...use("replicaKeyArn", "S3"), ...administration("replicaKeyArn") },
  "Key of the alerts": { ...use("alertsKeyArn", "SNS"), ...administration("alertsKeyArn") },
  "Signing key": {
    "sign a manifest": sign("DIGEST"),
    "sign text of any kind": sign("RAW"),
    "get the public key": withKey("signingKeyArn", (kms, KeyId) => kms.send(new GetPublicKeyCommand({ KeyId }))),
    ...administration("signingKeyArn"),
  },
};
