import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Collector, CollectorSchedule, ReportBucket, ReportKey } from "iam-credential-reports/components";

/*
 * The evidence of an organization in one account, the management account, as part of a program that makes other things too: the
 * components, changed where this company wants it otherwise.
 */

const names = { collectorRoleName: "audit-collector", memberRoleName: "audit-credential-report" };
const accountId = aws.getCallerIdentityOutput().accountId;
const region = aws.getRegionOutput().region;
const organizationId = new pulumi.Config().require("organizationId");
const bucketName = pulumi.interpolate`audit-evidence-${accountId}-${region}`;
const common = {
  collectorAccountId: accountId,
  collectorRoleName: names.collectorRoleName,
  readerRoleArns: [],
  tags: { team: "audit" },
};

const key = new ReportKey("evidence", {
  ...common,
  alias: "audit-evidence",
  bucketName,
  deletionWindowInDays: 30,
  protect: false,
  transform: { key: { description: "Evidence of the audit team" } },
});

const bucket = new ReportBucket("evidence", {
  ...common,
  bucketName,
  keyArn: key.keyArn,
  organizationId,
  retentionDays: 3650,
  protect: false,
  transform: {
    // a function sees what the component would give
    bucket: (args) => ({ tags: pulumi.output(args.tags).apply((tags) => ({ ...tags, classification: "secret" })) }),
  },
});

const collector = new Collector("collector", {
  functionName: "audit-collector",
  roleName: names.collectorRoleName,
  organizationId,
  memberRoleName: names.memberRoleName,
  bucketName: bucket.bucketName,
  bucketOwner: accountId,
  keyArn: key.keyArn,
  tags: common.tags,
  transform: {
    logGroup: { retentionInDays: 90 },
    function: (args, opts) => {
      args.architectures = ["x86_64"];
      opts.customTimeouts = { create: "5m" };
    },
  },
});

new CollectorSchedule("collector", {
  scheduleName: "audit-collector",
  roleName: "audit-collector-schedule",
  target: { arn: collector.functionArn, kind: "function" },
  schedule: "cron(0 6 ? * MON-FRI *)",
  scheduleTimeZone: "Europe/Berlin",
  tags: common.tags,
});

export const evidence = bucket.bucketName;
export const functionName = collector.functionName;
