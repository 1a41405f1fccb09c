import { ManifestSigningKey } from "../../components/manifestSigningKey";
import { ReportKey } from "../../components/reportKey";
import { bucketNameOf, collectorAccountOf, resultsBucketNameOf } from "../settings";
import { programContext, type Outputs } from "./context";

/** The key of the security account. */
export async function securityProgram(): Promise<Outputs> {
  const { settings, where, tags } = await programContext("security");
  const key = new ReportKey("report-key", {
    alias: settings.keyAlias,
    collectorAccountId: collectorAccountOf(settings),
    collectorRoleName: settings.collectorRoleName,
    bucketName: bucketNameOf(settings, where.region),
    readerRoleArns: settings.readerRoleArns,
    ...(settings.analysis && { resultsBucketName: resultsBucketNameOf(settings, where.region) }),
    deletionWindowInDays: settings.keyDeletionWindowDays,
    protect: settings.protectEvidence,
    tags,
  });
  const outputs = { keyArn: key.keyArn, keyAlias: key.keyAlias };
  if (!settings.signManifests) return outputs;
  const signing = new ManifestSigningKey("signing-key", {
    alias: `${settings.keyAlias}-signing`,
    collectorAccountId: collectorAccountOf(settings),
    collectorRoleName: settings.collectorRoleName,
    readerRoleArns: settings.readerRoleArns,
    deletionWindowInDays: settings.keyDeletionWindowDays,
    retain: settings.protectEvidence,
    tags,
  });
  return { ...outputs, signingKeyArn: signing.signingKeyArn, signingPublicKey: signing.publicKey };
}
