import { SIGNING_CONDITION } from "../../components/manifestSigningKeyPolicy";
import type { Asset, Site } from "./matrixSite";
import { ALARM, single, throughS3, type MatrixAction } from "./matrixRequests";

type Of = (site: Site) => Asset;
const evidenceKey: Of = (site) => site.evidenceKey;
const signingKey: Of = (site) => site.signingKey;
const replicaKey: Of = (site) => site.replicaKey;
const alertsKey: Of = (site) => site.alertsKey;

const administration = (key: Of): Record<string, MatrixAction> => ({
  "change the key's policy": single(key, "kms:PutKeyPolicy"),
  "schedule the key's deletion": single(key, "kms:ScheduleKeyDeletion"),
  "disable the key": single(key, "kms:DisableKey"),
  "create a grant": single(key, "kms:CreateGrant"),
});

const through = (action: string, bucket: (site: Site) => string): MatrixAction => ({
  requests: (site) => [throughS3(site, site.evidenceKey, action, bucket(site))],
});

/** What is done with the keys and to them. */
export const KEY_ACTIONS: Record<string, Record<string, MatrixAction>> = {
  "Key of the evidence": {
    "encrypt, not through S3": single(evidenceKey, "kms:GenerateDataKey"),
    "decrypt, not through S3": single(evidenceKey, "kms:Decrypt"),
    "encrypt for another bucket": through("kms:GenerateDataKey", () => "arn:aws:s3:::another-bucket"),
    "decrypt for another bucket": through("kms:Decrypt", () => "arn:aws:s3:::another-bucket"),
    ...administration(evidenceKey),
  },
  "Key of the replica": {
    "encrypt, not through S3": single(replicaKey, "kms:GenerateDataKey"),
    "decrypt, not through S3": single(replicaKey, "kms:Decrypt"),
    ...administration(replicaKey),
  },
  "Key of the alerts": {
    "encrypt a message through SNS": {
      ...single(alertsKey, "kms:GenerateDataKey", (site) => ({ "kms:ViaService": `sns.${site.region}.amazonaws.com` })),
      actor: ALARM,
    },
    "encrypt, not through SNS": single(alertsKey, "kms:GenerateDataKey"),
    "decrypt, not through SNS": single(alertsKey, "kms:Decrypt"),
    ...administration(alertsKey),
  },
  "Signing key": {
    "sign a manifest": single(signingKey, "kms:Sign", { ...SIGNING_CONDITION.StringEquals }),
    "sign text of any kind": single(signingKey, "kms:Sign", {
      ...SIGNING_CONDITION.StringEquals,
      "kms:MessageType": "RAW",
    }),
    "get the public key": single(signingKey, "kms:GetPublicKey"),
    ...administration(signingKey),
  },
};
