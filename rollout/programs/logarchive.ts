import { Analysis } from "../../components/analysis";
import { QuickSightData } from "../../components/quickSight";
import { ReportBucket } from "../../components/reportBucket";
import { bucketNameOf, collectorAccountOf, resultsBucketNameOf, thresholdsOf } from "../settings";
import { programContext, type Outputs } from "./context";

/** The bucket of the log-archive account, and the means to ask what it holds. */
export async function logarchiveProgram(): Promise<Outputs> {
  const { settings, where, tags } = await programContext("logarchive", { keyArn: "securityStack" });
  const bucket = new ReportBucket("report-bucket", {
    bucketName: bucketNameOf(settings, where.region),
    keyArn: settings.keyArn,
    organizationId: settings.organizationId,
    collectorAccountId: collectorAccountOf(settings),
    collectorRoleName: settings.collectorRoleName,
    readerRoleArns: settings.readerRoleArns,
    deliverReports: settings.deliverReports,
    retentionDays: settings.retentionDays,
    protect: settings.protectEvidence,
    tags,
  });
  const outputs = { bucketName: bucket.bucketName, bucketArn: bucket.bucketArn };
  if (!settings.analysis) return outputs;
  const analysis = new Analysis("analysis", {
    database: settings.analysisDatabase,
    workgroup: settings.analysisWorkgroup,
    bucketName: bucket.bucketName,
    resultsBucketName: resultsBucketNameOf(settings, where.region),
    keyArn: settings.keyArn,
    readerRoleArns: settings.readerRoleArns,
    retentionDays: settings.retentionDays,
    resultsRetentionDays: settings.resultsRetentionDays,
    scanLimitMiB: settings.queryScanLimitMiB,
    thresholds: thresholdsOf(settings),
    tags,
  });
  if (settings.quickSightPrincipalArn) {
    new QuickSightData("quick-sight", {
      workgroup: analysis.workgroup,
      database: analysis.database,
      principalArn: settings.quickSightPrincipalArn,
      thresholds: thresholdsOf(settings),
      tags,
    });
  }
  return {
    ...outputs,
    analysisDatabase: analysis.database,
    analysisWorkgroup: analysis.workgroup,
    analystPolicy: analysis.analystPolicy,
  };
}
