import { ReportKey } from "../../components/reportKey";
import { bucketNameOf } from "../settings";
import { programContext, type Outputs } from "./context";

/** The key of the security account. */
export async function securityProgram(): Promise<Outputs> {
  const { settings, where, tags } = await programContext("security");
  const key = new ReportKey("report-key", {
    alias: settings.keyAlias,
    collectorAccountId: settings.managementAccountId,
    collectorRoleName: settings.collectorRoleName,
    bucketName: bucketNameOf(settings, where.region),
    readerRoleArns: settings.readerRoleArns,
    deletionWindowInDays: settings.keyDeletionWindowDays,
    protect: settings.protectEvidence,
    tags,
  });
  return { keyArn: key.keyArn, keyAlias: key.keyAlias };
}
