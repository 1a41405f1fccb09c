import type * as pulumi from "@pulumi/pulumi";
import { Analysis } from "../../components/analysis";
import { bucketArn } from "../../components/arn";
import { QuickSightData } from "../../components/quickSight";
import { ReportBucket } from "../../components/reportBucket";
import { ReportReplica } from "../../components/reportReplica";
import { retentionDaysOf } from "../../report/retention";
import { objectLockOf } from "../configuration/retentionProblems";
import {
  bucketNameOf,
  collectorAccountOf,
  engineOf,
  replicaBucketNameOf,
  resultsBucketNameOf,
  thresholdsOf,
} from "../configuration/settings";
import { programContext, type Outputs, type ProgramContext } from "./context";

/** The bucket of the log-archive account, or the name of one of your own; and the means to ask what it holds. */
export async function logarchiveProgram(): Promise<Outputs> {
  const context = await programContext("logarchive", { keyArn: "securityStack" });
  const { settings, where, tags } = context;
  const outputs = settings.existingBucketName
    ? { bucketName: settings.existingBucketName, bucketArn: bucketArn(where.partition, settings.existingBucketName) }
    : makeBucket(context);
  const replica = settings.replicaRegion ? makeReplica(context, outputs.bucketName) : {};
  if (!settings.analysis) return { ...outputs, ...replica };
  const analysis = new Analysis("analysis", {
    database: settings.analysisDatabase,
    workgroup: settings.analysisWorkgroup,
    bucketName: outputs.bucketName,
    resultsBucketName: resultsBucketNameOf(settings, where.region),
    keyArn: settings.keyArn,
    readerRoleArns: settings.readerRoleArns,
    retentionDays: retentionDaysOf(settings).consolidated,
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
    ...replica,
    analysisDatabase: analysis.database,
    analysisWorkgroup: analysis.workgroup,
    analystPolicy: analysis.analystPolicy,
  };
}

function makeBucket({ settings, where, tags }: ProgramContext): Pick<ReportBucket, "bucketName" | "bucketArn"> {
  const { bucketName, bucketArn } = new ReportBucket("report-bucket", {
    bucketName: bucketNameOf(settings, where.region),
    keyArn: settings.keyArn,
    organizationId: settings.organizationId,
    collectorAccountId: collectorAccountOf(settings),
    collectorRoleName: settings.collectorRoleName,
    collectorRolePath: settings.rolePath,
    readerRoleArns: settings.readerRoleArns,
    deliverReports: settings.deliverReports,
    announceFindings: settings.events === "findings",
    engine: engineOf(settings),
    retentionDays: settings.retentionDays,
    rawRetentionDays: settings.rawRetentionDays,
    consolidatedRetentionDays: settings.consolidatedRetentionDays,
    objectLock: objectLockOf(settings),
    protect: settings.protectEvidence,
    tags,
  });
  return { bucketName, bucketArn };
}

function makeReplica({ settings, where, tags }: ProgramContext, sourceBucketName: pulumi.Input<string>): Outputs {
  const { bucketName } = new ReportReplica("report-replica", {
    region: settings.replicaRegion,
    bucketName: replicaBucketNameOf(settings, where.region),
    keyArn: settings.replicaKeyArn,
    sourceBucketName,
    sourceKeyArn: settings.keyArn,
    roleName: settings.replicationRoleName,
    rolePath: settings.rolePath,
    permissionsBoundary: settings.permissionsBoundary || undefined,
    readerRoleArns: settings.readerRoleArns,
    retentionDays: settings.retentionDays,
    rawRetentionDays: settings.rawRetentionDays,
    consolidatedRetentionDays: settings.consolidatedRetentionDays,
    objectLock: objectLockOf(settings),
    protect: settings.protectEvidence,
    tags,
  });
  return { replicaBucketName: bucketName, replicaKeyArn: settings.replicaKeyArn };
}
