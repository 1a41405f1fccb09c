import { Alerts } from "../../components/alerts";
import { Analysis } from "../../components/analysis";
import { Collector } from "../../components/collector";
import { CollectorAlarms } from "../../components/collectorAlarms";
import { CollectorSchedule } from "../../components/collectorSchedule";
import { CollectorMachine } from "../../components/collectorMachine";
import { DeliveryPipeline } from "../../components/deliveryPipeline";
import { GitHubDelivery } from "../../components/gitHubDelivery";
import { ManifestSigningKey } from "../../components/manifestSigningKey";
import { MemberRole } from "../../components/memberRole";
import { MemberRoleStackSet } from "../../components/memberRoleStackSet";
import { QueryResultsBucket } from "../../components/queryResultsBucket";
import { QuickSightData } from "../../components/quickSight";
import { ReplicaKey } from "../../components/replicaKey";
import { ReportBucket } from "../../components/reportBucket";
import { ReportReplica } from "../../components/reportReplica";
import { ReportKey } from "../../components/reportKey";

/** Makes a component with every child that it can have, transformed or not. */
export interface ComponentCase {
  /** Name of its class. */
  component: string;
  make: (transform?: object) => unknown;
}

const KEY_ARN = "arn:aws:kms:eu-central-1:222233334444:key/1234abcd";
const READERS = ["arn:aws:iam::333344445555:role/Auditor"];
const COLLECTOR = { collectorAccountId: "111122223333", collectorRoleName: "collector" };
const KEY = { ...COLLECTOR, alias: "reports", readerRoleArns: READERS, deletionWindowInDays: 30 };
const BUCKET = { bucketName: "evidence", keyArn: KEY_ARN, readerRoleArns: READERS, retentionDays: 30 };
const DELIVERY = {
  repository: "example/reports",
  stateBackend: "s3://state",
  deployRoleArns: ["arn:aws:iam::222233334444:role/rollout"],
  previewRoleName: "preview",
};
const TAGS = { team: "audit" };

/** Every component of these stacks, with every child. */
export const COMPONENTS: ComponentCase[] = [
  {
    component: "ReportKey",
    make: (transform) => new ReportKey("c", { ...KEY, bucketName: "evidence", protect: false, tags: TAGS, transform }),
  },
  {
    component: "ManifestSigningKey",
    make: (transform) => new ManifestSigningKey("c", { ...KEY, retain: false, tags: TAGS, transform }),
  },
  {
    component: "ReportBucket",
    make: (transform) =>
      new ReportBucket("c", {
        ...BUCKET,
        ...COLLECTOR,
        organizationId: "o-exampleorgid",
        objectLock: { mode: "governance", days: 30 },
        protect: false,
        tags: TAGS,
        transform,
      }),
  },
  {
    component: "ReplicaKey",
    make: (transform) =>
      new ReplicaKey("c", {
        alias: "reports",
        region: "eu-west-1",
        bucketName: "evidence-replica",
        replicationRoleArn: "arn:aws:iam::333344445555:role/replication",
        readerRoleArns: READERS,
        deletionWindowInDays: 30,
        protect: false,
        tags: TAGS,
        transform,
      }),
  },
  {
    component: "ReportReplica",
    make: (transform) =>
      new ReportReplica("c", {
        ...BUCKET,
        region: "eu-west-1",
        sourceBucketName: "evidence",
        sourceKeyArn: KEY_ARN,
        roleName: "replication",
        objectLock: { mode: "governance", days: 30 },
        protect: false,
        tags: TAGS,
        transform,
      }),
  },
  {
    component: "QueryResultsBucket",
    make: (transform) => new QueryResultsBucket("c", { ...BUCKET, tags: TAGS, transform }),
  },
  {
    component: "Collector",
    make: (transform) =>
      new Collector("c", {
        functionName: "reports",
        roleName: "collector",
        organizationId: "o-exampleorgid",
        memberRoleName: "member",
        bucketName: "evidence",
        bucketOwner: "333344445555",
        keyArn: KEY_ARN,
        tags: TAGS,
        transform,
      }),
  },
  {
    component: "CollectorSchedule",
    make: (transform) =>
      new CollectorSchedule("c", {
        scheduleName: "reports",
        roleName: "reports-schedule",
        target: { arn: "arn:aws:lambda:eu-central-1:111122223333:function:reports", kind: "function" },
        schedule: "rate(1 day)",
        tags: TAGS,
        transform,
      }),
  },
  {
    component: "CollectorMachine",
    make: (transform) =>
      new CollectorMachine("c", {
        machineName: "reports",
        functionArn: "arn:aws:lambda:eu-central-1:111122223333:function:reports",
        logLevel: "ERROR",
        tags: TAGS,
        transform,
      }),
  },
  {
    component: "MemberRole",
    make: (transform) => new MemberRole("c", { ...COLLECTOR, roleName: "member", tags: TAGS, transform }),
  },
  {
    component: "MemberRoleStackSet",
    make: (transform) =>
      new MemberRoleStackSet("c", {
        ...COLLECTOR,
        stackSetName: "members",
        targets: ["r-exam"],
        roleName: "member",
        callAs: "SELF",
        failureTolerancePercentage: 100,
        maxConcurrentPercentage: 100,
        tags: TAGS,
        transform,
      }),
  },
  {
    component: "Alerts",
    make: (transform) =>
      new Alerts("c", {
        topicName: "reports-alerts",
        collectorRoleName: "collector",
        emails: ["one@example.com", "two@example.com"],
        subscriptions: [
          "arn:aws:sqs:eu-central-1:111122223333:alerts",
          "arn:aws:lambda:eu-central-1:222233334444:function:page",
          "arn:aws:firehose:eu-central-1:222233334444:deliverystream/alerts",
        ],
        tags: TAGS,
        transform,
      }),
  },
  {
    component: "CollectorAlarms",
    make: (transform) =>
      new CollectorAlarms("c", {
        functionName: "reports",
        logGroupName: "/aws/lambda/reports",
        timeoutSeconds: 900,
        topicArn: "arn:aws:sns:eu-central-1:111122223333:reports-alerts",
        deadLetterQueueArn: "arn:aws:sqs:eu-central-1:111122223333:reports-dead-letters",
        tags: TAGS,
        transform,
      }),
  },
  {
    component: "Analysis",
    make: (transform) =>
      new Analysis("c", {
        ...BUCKET,
        database: "reports",
        workgroup: "audit",
        resultsBucketName: "evidence-results",
        resultsRetentionDays: 30,
        scanLimitMiB: 10,
        tags: TAGS,
        transform,
      }),
  },
  {
    component: "QuickSightData",
    make: (transform) =>
      new QuickSightData("c", {
        workgroup: "audit",
        database: "reports",
        principalArn: "arn:aws:quicksight:eu-central-1:333344445555:group/default/auditors",
        tags: TAGS,
        transform,
      }),
  },
  {
    component: "DeliveryPipeline",
    make: (transform) =>
      new DeliveryPipeline("c", {
        ...DELIVERY,
        pipelineName: "delivery",
        connectionArn: "arn:aws:codeconnections:eu-central-1:111122223333:connection/1",
        branch: "main",
        pulumiVersion: "3.259.0",
        approvalEmails: ["one@example.com", "two@example.com"],
        tags: TAGS,
        transform,
      }),
  },
  {
    component: "GitHubDelivery",
    make: (transform) => new GitHubDelivery("c", { ...DELIVERY, roleName: "delivery", tags: TAGS, transform }),
  },
];
