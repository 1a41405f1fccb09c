import { ManifestSigningKey } from "../../components/manifestSigningKey";
import { ReplicaKey } from "../../components/replicaKey";
import { ReportKey } from "../../components/reportKey";
import {
  bucketNameOf,
  collectorAccountOf,
  replicaBucketNameOf,
  replicationRoleArnOf,
  resultsBucketNameOf,
} from "../configuration/settings";
import { programContext, type Outputs, type ProgramContext } from "./context";

/** The key of the security account, or the ARN of one of your own; and the key that signs. */
export async function securityProgram(): Promise<Outputs> {
  const context = await programContext("security");
  const { settings, tags } = context;
  const outputs: Outputs = {
    ...(settings.existingKeyArn ? { keyArn: settings.existingKeyArn } : makeKey(context)),
    ...(settings.replicaRegion && makeReplicaKey(context)),
  };
  if (!settings.signManifests) return outputs;
  const signing = new ManifestSigningKey("signing-key", {
    alias: `${settings.keyAlias}-signing`,
    collectorAccountId: collectorAccountOf(settings),
    collectorRoleName: settings.collectorRoleName,
    collectorRolePath: settings.rolePath,
    readerRoleArns: settings.readerRoleArns,
    deletionWindowInDays: settings.keyDeletionWindowDays,
    retain: settings.protectEvidence,
    tags,
  });
  return { ...outputs, signingKeyArn: signing.signingKeyArn, signingPublicKey: signing.publicKey };
}

function makeKey({ settings, where, tags }: ProgramContext): Outputs {
  const key = new ReportKey("report-key", {
    alias: settings.keyAlias,
    collectorAccountId: collectorAccountOf(settings),
    collectorRoleName: settings.collectorRoleName,
    collectorRolePath: settings.rolePath,
    bucketName: bucketNameOf(settings, where.region),
    readerRoleArns: settings.readerRoleArns,
    ...(settings.analysis && { resultsBucketName: resultsBucketNameOf(settings, where.region) }),
    replicationRoleArn: replicationRoleArnOf(settings, where.partition),
    deletionWindowInDays: settings.keyDeletionWindowDays,
    protect: settings.protectEvidence,
    tags,
  });
  return { keyArn: key.keyArn, keyAlias: key.keyAlias };
}

function makeReplicaKey({ settings, where, tags }: ProgramContext): Outputs {
  const { keyArn } = new ReplicaKey("replica-key", {
    region: settings.replicaRegion,
    alias: settings.keyAlias,
    bucketName: replicaBucketNameOf(settings, where.region),
    replicationRoleArn: replicationRoleArnOf(settings, where.partition) ?? "",
    readerRoleArns: settings.readerRoleArns,
    deletionWindowInDays: settings.keyDeletionWindowDays,
    protect: settings.protectEvidence,
    tags,
  });
  return { replicaKeyArn: keyArn };
}
