/**
 * The components, for programs of others (docs/components.md).
 *
 * @example import { ReportKey } from "iam-credential-reports/components";
 */
export { Alerts, type AlertsArgs, type AlertsChildren } from "./alerts";
export { Analysis, type AnalysisArgs, type AnalysisChildren } from "./analysis";
export { Collector } from "./collector";
export { CollectorAlarms, type CollectorAlarmsArgs, type CollectorAlarmsChildren } from "./collectorAlarms";
export type { CollectorArgs, CollectorChildren } from "./collectorArgs";
export { CollectorSchedule, type CollectorScheduleArgs, type CollectorScheduleChildren } from "./collectorSchedule";
export { CollectorMachine } from "./collectorMachine";
export type { CollectorMachineArgs, CollectorMachineChildren } from "./collectorMachineArgs";
export { DeliveryPipeline } from "./deliveryPipeline";
export type { DeliveryPipelineArgs, DeliveryPipelineChildren } from "./deliveryPipelineArgs";
export { GitHubDelivery, type GitHubDeliveryArgs, type GitHubDeliveryChildren } from "./gitHubDelivery";
export { ManifestSigningKey, type ManifestSigningKeyArgs, type ManifestSigningKeyChildren } from "./manifestSigningKey";
export { MemberRole, type MemberRoleArgs, type MemberRoleChildren } from "./memberRole";
export { MemberRoleStackSet, type MemberRoleStackSetArgs, type MemberRoleStackSetChildren } from "./memberRoleStackSet";
export { QueryResultsBucket, type QueryResultsBucketArgs, type QueryResultsBucketChildren } from "./queryResultsBucket";
export { QuickSightData, type QuickSightDataArgs, type QuickSightDataChildren } from "./quickSight";
export { ReplicaKey, type ReplicaKeyArgs, type ReplicaKeyChildren } from "./replicaKey";
export { ReportBucket, type ReportBucketArgs, type ReportBucketChildren } from "./reportBucket";
export { ReportKey, type ReportKeyArgs, type ReportKeyChildren } from "./reportKey";
export { ReportReplica, type ReportReplicaArgs, type ReportReplicaChildren } from "./reportReplica";
export type { Transform, TransformFunction, Transforms } from "./transform";
