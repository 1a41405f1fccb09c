import { ReportBucket } from "../../components/reportBucket";
import { bucketNameOf } from "../settings";
import { programContext, type Outputs } from "./context";

/** The bucket of the log-archive account. */
export async function logarchiveProgram(): Promise<Outputs> {
  const { settings, where, tags } = await programContext("logarchive", { keyArn: "securityStack" });
  const bucket = new ReportBucket("report-bucket", {
    bucketName: bucketNameOf(settings, where.region),
    keyArn: settings.keyArn,
    organizationId: settings.organizationId,
    collectorAccountId: settings.managementAccountId,
    collectorRoleName: settings.collectorRoleName,
    readerRoleArns: settings.readerRoleArns,
    retentionDays: settings.retentionDays,
    protect: settings.protectEvidence,
    tags,
  });
  return { bucketName: bucket.bucketName, bucketArn: bucket.bucketArn };
}
