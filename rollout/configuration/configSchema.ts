import { DEFAULT_THRESHOLDS } from "../../report/controls";
import { subscriptionOf } from "../../components/alertSubscriptions";
import { ALARM_DEFAULTS, LONGEST_EVALUATION_HOURS } from "../../components/alarmDefaults";
import { MACHINE_DEFAULTS } from "../../components/collectorMachineArgs";
import { COLLECTOR_DEFAULTS, SCHEDULE_DEFAULTS } from "../../components/collectorDefaults";
import { scheduleProblem, timeZoneProblem } from "../../components/schedule";
import { parseArn } from "../../components/arn";
import { parseStateBackend } from "../../components/stateBackend";
import { selectorsProblem } from "./selectors";
import { tagsProblem } from "./tags";

/** The kinds of stack; every member account has a stack of its own of that kind. */
export type StackKind = "security" | "logarchive" | "management" | "member" | "pipeline";

/** One configuration key: the source of the `config` section of Pulumi.yaml, which a test compares with this. */
export interface ConfigKey {
  type: "string" | "integer" | "boolean" | "array" | "object";
  default: string | number | boolean | readonly string[] | Readonly<Record<string, string>>;
  description: string;
  /** Stacks that read the key. */
  stacks: readonly StackKind[];
  /** Stacks that cannot do without it; empty means not set. */
  requiredBy?: readonly StackKind[];
  /** What is wrong with a value that is set, in words. */
  problem?: (value: never) => string | undefined;
  /** It may be a secret (`pulumi config set --secret`): what is made of it is then one in the state too. */
  secret?: true;
}

const pattern =
  (expression: RegExp, expected: string) =>
  (value: string): string | undefined =>
    expression.test(value) ? undefined : `"${value}" is not ${expected}`;

const between =
  (min: number, max: number, unit: string) =>
  (value: number): string | undefined =>
    value >= min && value <= max ? undefined : `${value} is outside ${min} to ${max} ${unit}`;

/** What is wrong with an account id, in words. */
export const accountIdProblem = pattern(
  /^\d{12}$/,
  "an account id of twelve digits (quote it in YAML, or its leading zeros are lost)",
);
/** What is wrong with the name of a role, in words. */
export const roleNameProblem = pattern(
  /^[\w+=,.@-]{1,64}$/,
  "a role name (1 to 64 letters, digits and + = , . @ _ -, without a path)",
);

/** What is wrong with the name or ARN of an event bus, in words. */
export const eventBusProblem = pattern(
  /^(arn:[a-z0-9-]+:events:[a-z0-9-]+:\d{12}:event-bus\/)?[\w./-]{1,256}$/,
  "the name of an event bus (letters, digits and . _ - /), or its ARN",
);

/** What is wrong with the name of a Region, in words. */
export const regionProblem = pattern(/^[a-z]{2}(-[a-z]+)+-\d$/, "a Region, as in eu-central-1");

/** What is wrong with the path of a role, in words. */
export const rolePathProblem = pattern(
  /^(?=.{1,512}$)\/([\w+=,.@-]+\/)*$/,
  "the path of a role, as in / or /security/ (begins and ends with /; letters, digits and + = , . @ _ -)",
);

/** What is wrong with an external id, in words. */
export const externalIdProblem = pattern(
  /^[\w+=,.@:/-]{2,1224}$/,
  "an external id (2 to 1224 letters, digits and + = , . @ : / _ -)",
);

/** Periods that CloudWatch Logs knows, in days; 0 is for ever. */
const LOG_RETENTION = [
  0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const CENTRAL = ["security", "logarchive", "management"] as const;
const ALL = [...CENTRAL, "member"] as const;

/** Every configuration key of the project, by name without the namespace. */
export const CONFIG_SCHEMA = {
  organizationId: {
    type: "string",
    default: "",
    description: "Id of the organization, as in o-exampleorgid; none for one account that is in no organization",
    stacks: ["logarchive", "management", "pipeline"],
    requiredBy: ["logarchive", "management"],
    problem: pattern(
      /^(o-[a-z0-9]{10,32}|none)$/,
      "an organization id (o- and 10 to 32 lower-case letters or digits), nor none, for one account that is in no organization",
    ),
  },
  managementAccountId: {
    type: "string",
    default: "",
    description: "Management account of the organization",
    stacks: ALL,
    problem: accountIdProblem,
  },
  collectorAccountId: {
    type: "string",
    default: "",
    description:
      "Account in which the collector runs: the management account by default, else that of a delegated administrator, or the one account that is in no organization",
    stacks: ALL,
    problem: accountIdProblem,
  },
  logArchiveAccountId: {
    type: "string",
    default: "",
    description: "Account that owns the bucket",
    stacks: CENTRAL,
    requiredBy: CENTRAL,
    problem: accountIdProblem,
  },
  bucketName: {
    type: "string",
    default: "",
    description: "Name of the bucket; by default iam-credential-reports-LOGARCHIVEACCOUNTID-REGION",
    stacks: CENTRAL,
    problem: bucketNameProblem,
  },
  existingBucketName: {
    type: "string",
    default: "",
    description:
      "Name of a bucket of your own for the evidence: none is made, and yours is checked (the same in the stacks security and logarchive)",
    stacks: ["security", "logarchive"],
    problem: bucketNameProblem,
  },
  keyAlias: {
    type: "string",
    default: "iam-credential-reports",
    description: "Alias of the key, without alias/",
    stacks: ["security"],
    requiredBy: ["security"],
    problem: pattern(/^(?!aws\/)[\w/-]{1,250}$/, "an alias (letters, digits and / _ -, not starting with aws/)"),
  },
  keyArn: {
    type: "string",
    default: "",
    description: "ARN of the key; by default the output keyArn of the security stack",
    stacks: ["logarchive", "management"],
    problem: keyArnProblem,
  },
  existingKeyArn: {
    type: "string",
    default: "",
    description: "ARN of a key of your own for the evidence: none is made, and yours is checked",
    stacks: ["security"],
    problem: keyArnProblem,
  },
  keyDeletionWindowDays: {
    type: "integer",
    default: 30,
    description: "Days between scheduling the key's deletion and losing it, 7 to 30",
    stacks: ["security"],
    problem: between(7, 30, "days"),
  },
  signManifests: {
    type: "boolean",
    default: false,
    description: "Make a key in the security account with which the collector signs each manifest",
    stacks: ["security"],
  },
  signingKeyArn: {
    type: "string",
    default: "",
    description:
      "ARN of the key that signs manifests; where keyArn is not set either, the output signingKeyArn of the security stack, if it signs",
    stacks: ["management"],
    problem: keyArnProblem,
  },
  readerRoleArns: {
    type: "array",
    default: [],
    description: "Roles that may read and decrypt the evidence, by ARN",
    stacks: ["security", "logarchive"],
    problem: roleArnsProblem,
  },
  retentionDays: {
    type: "integer",
    default: 2555,
    description: "Days after which evidence expires; 0 keeps it for ever",
    stacks: ["logarchive"],
    problem: between(0, 36500, "days"),
  },
  rawRetentionDays: {
    type: "integer",
    default: 0,
    description:
      "Days after which raw reports expire, where that is to be earlier than retentionDays; 0 sets no earlier day, and they are kept as long as all else",
    stacks: ["logarchive"],
    problem: between(0, 36500, "days"),
  },
  consolidatedRetentionDays: {
    type: "integer",
    default: 0,
    description:
      "The same for what is made of them: consolidated CSV, typed file, findings and the page that is delivered; 0 sets no earlier day",
    stacks: ["logarchive"],
    problem: between(0, 36500, "days"),
  },
  objectLockMode: {
    type: "string",
    default: "none",
    description:
      "S3 Object Lock, chosen when the bucket is made and never taken away: none, governance (only who may bypass it deletes before the time) or compliance (nobody does, not even root or AWS)",
    stacks: ["logarchive"],
    problem: pattern(/^(none|governance|compliance)$/, "one of none, governance and compliance"),
  },
  objectLockDays: {
    type: "integer",
    default: 0,
    description:
      "With objectLockMode: days for which each object is locked, at most the shortest of the retention periods",
    stacks: ["logarchive"],
    problem: between(0, 36500, "days"),
  },
  replicaRegion: {
    type: "string",
    default: "",
    description:
      "Second Region to which S3 replicates the evidence, with a key and a bucket of their own there; none by default (the same in the stacks security and logarchive)",
    stacks: ["security", "logarchive"],
    problem: regionProblem,
  },
  replicaBucketName: {
    type: "string",
    default: "",
    description: "Name of the replica's bucket; by default that of the evidence and -replica",
    stacks: ["security", "logarchive"],
    problem: bucketNameProblem,
  },
  replicaKeyArn: {
    type: "string",
    default: "",
    description:
      "With replicaRegion: ARN of the replica's key; by default the output replicaKeyArn of the security stack",
    stacks: ["logarchive"],
    problem: keyArnProblem,
  },
  replicationRoleName: {
    type: "string",
    default: "iam-credential-reports-replication",
    description: "With replicaRegion: name of the role that S3 replicates with; both keys name it in their policies",
    stacks: ["security", "logarchive"],
    requiredBy: ["security", "logarchive"],
    problem: roleNameProblem,
  },
  analysis: {
    type: "boolean",
    default: true,
    description: "Make tables, an Athena workgroup and saved queries over the evidence",
    stacks: ["security", "logarchive"],
  },
  analysisDatabase: {
    type: "string",
    default: "iam_credential_reports",
    description: "Name of the Glue database",
    stacks: ["logarchive"],
    requiredBy: ["logarchive"],
    problem: pattern(/^[a-z0-9_]{1,255}$/, "a database name (lower-case letters, digits and _)"),
  },
  analysisWorkgroup: {
    type: "string",
    default: "iam-credential-reports",
    description: "Name of the Athena workgroup; names of saved queries begin with it",
    stacks: ["logarchive"],
    requiredBy: ["logarchive"],
    problem: pattern(/^[\w.-]{1,64}$/, "a workgroup name (1 to 64 letters, digits and . _ -)"),
  },
  resultsBucketName: {
    type: "string",
    default: "",
    description: "Name of the bucket for query results; by default that of the evidence and -results",
    stacks: ["security", "logarchive"],
    problem: bucketNameProblem,
  },
  resultsRetentionDays: {
    type: "integer",
    default: 30,
    description: "Days after which query results expire",
    stacks: ["logarchive"],
    problem: between(1, 3650, "days"),
  },
  queryScanLimitMiB: {
    type: "integer",
    default: 10240,
    description: "The most that one query may read, in MiB; Athena cancels it there",
    stacks: ["logarchive"],
    problem: between(10, 7_000_000, "MiB"),
  },
  quickSightPrincipalArn: {
    type: "string",
    default: "",
    description:
      "QuickSight user or group that gets a data source and data sets; none by default, and then there are none",
    stacks: ["logarchive"],
    problem: quickSightPrincipalProblem,
  },
  protectEvidence: {
    type: "boolean",
    default: true,
    description: "Refuse to delete key and bucket; destroy --delete-evidence turns it off first",
    stacks: ["security", "logarchive"],
  },
  collectorRoleName: {
    type: "string",
    default: "iam-credential-reports-collector",
    description: "Name of the collector's role; key, bucket and member roles name it in their policies",
    stacks: ALL,
    requiredBy: ALL,
    problem: roleNameProblem,
  },
  functionName: {
    type: "string",
    default: "iam-credential-reports-collector",
    description: "Name of the collector's function, log group, schedule and dead-letter queue",
    stacks: ["management"],
    requiredBy: ["management"],
    problem: pattern(/^[\w-]{1,64}$/, "a function name (1 to 64 letters, digits, _ and -)"),
  },
  memberRoleName: {
    type: "string",
    default: "iam-credential-reports-member",
    description: "Name of the role that the collector assumes in each member account",
    stacks: ["management", "member"],
    requiredBy: ["management", "member"],
    problem: roleNameProblem,
  },
  externalId: {
    type: "string",
    default: "",
    description: "sts:ExternalId that member roles ask for; none by default; may be a secret",
    stacks: ["management", "member"],
    problem: externalIdProblem,
    secret: true,
  },
  rolePath: {
    type: "string",
    default: "/",
    description: "Path of every role that is made, as in /security/",
    stacks: [...ALL, "pipeline"],
    requiredBy: ALL,
    problem: rolePathProblem,
  },
  permissionsBoundary: {
    type: "string",
    default: "",
    description:
      "Permissions boundary of every role that is made: the name of a managed policy that each account has (with its path, if any), or the ARN of one of AWS's own",
    stacks: ["logarchive", "management", "member", "pipeline"],
    problem: permissionsBoundaryProblem,
  },
  memberRoles: {
    type: "string",
    default: "stackset",
    description:
      "How member accounts get their role: stackset (one service-managed StackSet, which needs trusted access), stacks (one small stack an account) or external (something else carries it, as with export)",
    stacks: ["management"],
    problem: pattern(/^(stackset|stacks|external)$/, "a known way; use stackset, stacks or external"),
  },
  stackSetName: {
    type: "string",
    default: "iam-credential-reports-member",
    description: "With memberRoles stackset: name of the StackSet",
    stacks: ["management"],
    requiredBy: ["management"],
    problem: pattern(
      /^[A-Za-z][A-Za-z0-9-]{0,127}$/,
      "a StackSet name (a letter, then up to 127 letters, digits and hyphens)",
    ),
  },
  stackSetTargets: {
    type: "array",
    default: [],
    description:
      "With memberRoles stackset: the units whose accounts get the role, by id (ou-…, or r-… for all); the root of the organization by default",
    stacks: ["management"],
    problem: unitIdsProblem,
  },
  stackSetCallAs: {
    type: "string",
    default: "SELF",
    description: "With memberRoles stackset: DELEGATED_ADMIN where the stack's account is a delegated administrator",
    stacks: ["management"],
    problem: pattern(/^(SELF|DELEGATED_ADMIN)$/, "one of SELF and DELEGATED_ADMIN"),
  },
  stackSetTolerancePercent: {
    type: "integer",
    default: 100,
    description: "With memberRoles stackset: accounts that may fail before an operation stops, in percent",
    stacks: ["management"],
    problem: between(0, 100, "percent"),
  },
  stackSetConcurrentPercent: {
    type: "integer",
    default: 100,
    description: "With memberRoles stackset: accounts that an operation works on at the same time, in percent",
    stacks: ["management"],
    problem: between(1, 100, "percent"),
  },
  deployRoleName: {
    type: "string",
    default: "OrganizationAccountAccessRole",
    description: "Role that the orchestrator assumes in a member account to deploy its stack",
    stacks: ["management"],
    requiredBy: ["management"],
    problem: roleNameProblem,
  },
  collectorEngine: {
    type: "string",
    default: "lambda",
    description:
      "What drives a run: lambda (one function, 15 minutes at most) or stepfunctions (a state machine that calls it batch by batch)",
    stacks: ["logarchive", "management"],
    problem: pattern(/^(lambda|stepfunctions)$/, "a known engine; use lambda or stepfunctions"),
  },
  batchSize: {
    type: "integer",
    default: MACHINE_DEFAULTS.batchSize,
    description: "With collectorEngine stepfunctions: accounts of a batch",
    stacks: ["management"],
    problem: between(2, 1000, "accounts"),
  },
  batchConcurrency: {
    type: "integer",
    default: MACHINE_DEFAULTS.batchConcurrency,
    description:
      "With collectorEngine stepfunctions: batches that are collected at the same time; the function reserves one concurrent execution more",
    stacks: ["management"],
    problem: between(1, 1000, "batches"),
  },
  toleratedFailurePercent: {
    type: "integer",
    default: MACHINE_DEFAULTS.toleratedFailurePercent,
    description:
      "With collectorEngine stepfunctions: batches that may fail for good, in percent; with more, the run fails and can be redriven",
    stacks: ["management"],
    problem: between(0, 100, "percent"),
  },
  runTimeoutMinutes: {
    type: "integer",
    default: MACHINE_DEFAULTS.runTimeoutMinutes,
    description: "With collectorEngine stepfunctions: longest run in minutes, 20 to 1440",
    stacks: ["management"],
    problem: between(20, 1440, "minutes"),
  },
  schedule: {
    type: "string",
    default: SCHEDULE_DEFAULTS.schedule,
    description: "When the collector runs: rate(…) or cron(…)",
    stacks: ["management"],
    requiredBy: ["management"],
    problem: (value: string) => {
      const problem = scheduleProblem(value);
      return problem && `"${value}" is no schedule expression: ${problem}`;
    },
  },
  scheduleTimeZone: {
    type: "string",
    default: SCHEDULE_DEFAULTS.scheduleTimeZone,
    description: "Time zone of cron(…), by its name in the IANA database, as in Europe/Berlin",
    stacks: ["management"],
    requiredBy: ["management"],
    problem: timeZoneProblem,
  },
  scheduleWindowMinutes: {
    type: "integer",
    default: SCHEDULE_DEFAULTS.scheduleWindowMinutes,
    description: "Minutes within which AWS may start the collector, at most 1440; 0 is the time itself",
    stacks: ["management"],
    problem: between(0, 1440, "minutes"),
  },
  scheduleEnabled: {
    type: "boolean",
    default: SCHEDULE_DEFAULTS.scheduleEnabled,
    description: "Whether the schedule is on",
    stacks: ["management"],
  },
  retryAttempts: {
    type: "integer",
    default: COLLECTOR_DEFAULTS.retryAttempts,
    description: "How often a run that the schedule started and that failed is tried again, 0 to 2",
    stacks: ["management"],
    problem: between(0, 2, "times"),
  },
  architecture: {
    type: "string",
    default: "arm64",
    description: "Processor of the collector: arm64, or x86_64 where the Region has no other",
    stacks: ["management"],
    problem: pattern(/^(arm64|x86_64)$/, "one of arm64 and x86_64"),
  },
  memorySize: {
    type: "integer",
    default: COLLECTOR_DEFAULTS.memorySize,
    description: "Memory of the collector in MiB, 128 to 10240",
    stacks: ["management"],
    problem: between(128, 10240, "MiB"),
  },
  timeoutSeconds: {
    type: "integer",
    default: COLLECTOR_DEFAULTS.timeoutSeconds,
    description: "Longest run of the collector in seconds, at most 900",
    stacks: ["management"],
    problem: between(30, 900, "seconds"),
  },
  logRetentionDays: {
    type: "integer",
    default: COLLECTOR_DEFAULTS.logRetentionDays,
    description: "Days that the collector's logs are kept; 0 is for ever",
    stacks: ["management"],
    problem: (value: number) =>
      LOG_RETENTION.includes(value)
        ? undefined
        : `${value} is no retention period of CloudWatch Logs; use one of ${LOG_RETENTION.join(", ")}`,
  },
  include: {
    type: "array",
    default: [],
    description:
      "Accounts to collect, all if empty: account ids, organizational units by id (ou-…) or path (Root/Workloads), tags (tag:Key=Value, tag:Key)",
    stacks: ["management"],
    problem: selectorsProblem,
  },
  exclude: {
    type: "array",
    default: [],
    description: "Accounts to leave out, in the words of include, and stronger than it",
    stacks: ["management"],
    problem: selectorsProblem,
  },
  concurrency: {
    type: "integer",
    default: COLLECTOR_DEFAULTS.concurrency,
    description: "Calls that the collector has under way at the same time",
    stacks: ["management"],
    problem: between(1, 1000, "calls"),
  },
  stsPerSecond: {
    type: "integer",
    default: COLLECTOR_DEFAULTS.stsPerSecond,
    description: "Sessions that the collector begins in a second; the quota of STS is 600 an account and Region",
    stacks: ["management"],
    problem: between(1, 10_000, "sessions a second"),
  },
  generating: {
    type: "integer",
    default: COLLECTOR_DEFAULTS.generating,
    description:
      "Reports that AWS may be making for the collector at the same time; it finds out by itself where AWS takes fewer",
    stacks: ["management"],
    problem: between(1, 10_000, "reports"),
  },
  rootUseDays: {
    type: "integer",
    default: DEFAULT_THRESHOLDS.rootUseDays,
    description: "A root user used within fewer days before its report fails the control root-use",
    stacks: ["logarchive", "management"],
    problem: between(1, 3650, "days"),
  },
  unusedDays: {
    type: "integer",
    default: DEFAULT_THRESHOLDS.unusedDays,
    description:
      "A credential unused for so many days or more fails the control unused-credentials (CIS, Security Hub IAM.22)",
    stacks: ["logarchive", "management"],
    problem: between(1, 3650, "days"),
  },
  dormantDays: {
    type: "integer",
    default: DEFAULT_THRESHOLDS.dormantDays,
    description:
      "A credential unused for so many days or more fails the control dormant-credentials (Security Hub IAM.8)",
    stacks: ["logarchive", "management"],
    problem: between(1, 3650, "days"),
  },
  keyAgeDays: {
    type: "integer",
    default: DEFAULT_THRESHOLDS.keyAgeDays,
    description: "An active access key older than so many days fails the control access-key-rotation",
    stacks: ["logarchive", "management"],
    problem: between(1, 3650, "days"),
  },
  deliverReports: {
    type: "boolean",
    default: false,
    description: "Store the HTML page beside each run and send its summary to the alerts topic",
    stacks: ["logarchive", "management"],
  },
  events: {
    type: "string",
    default: "runs",
    description:
      "What the collector tells EventBridge: runs, or findings, which is runs and the findings that opened, with the names of users, or none",
    stacks: ["logarchive", "management"],
    problem: pattern(/^(runs|findings|none)$/, "runs, findings or none"),
  },
  eventBusName: {
    type: "string",
    default: "default",
    description:
      "Bus of EventBridge that gets the events: its name in the collector's account and Region, or the ARN of a bus elsewhere, whose policy has to allow it",
    stacks: ["management"],
    problem: eventBusProblem,
  },
  securityHub: {
    type: "boolean",
    default: false,
    description:
      "Import the findings of each account into its Security Hub after each run, in the Region of the collector; the member roles then allow it",
    stacks: ["management", "member"],
  },
  tracing: {
    type: "boolean",
    default: false,
    description: "Trace the collector's function with AWS X-Ray, which AWS charges for",
    stacks: ["management"],
  },
  alarms: {
    type: "boolean",
    default: true,
    description: "Make alarms on the collector, the alerts topic that they tell, and saved queries of its log",
    stacks: ["management"],
  },
  alertEmails: {
    type: "array",
    default: [],
    description: "E-mail addresses that get what is sent to the alerts topic; each has to confirm first",
    stacks: ["management"],
    problem: emailsProblem,
  },
  alertSubscriptions: {
    type: "array",
    default: [],
    description:
      "Queues of SQS, functions of Lambda, streams of Data Firehose and endpoints of mobile applications that get what is sent to the alerts topic, by ARN",
    stacks: ["management"],
    problem: subscriptionsProblem,
  },
  evidenceMaxAgeHours: {
    type: "integer",
    default: ALARM_DEFAULTS.evidenceMaxAgeHours,
    description: "Hours without a complete run after which an alarm goes off, at most 168; 0 for no such alarm",
    stacks: ["management"],
    problem: between(0, LONGEST_EVALUATION_HOURS, "hours"),
  },
  durationAlarmPercent: {
    type: "integer",
    default: ALARM_DEFAULTS.durationAlarmPercent,
    description: "Share of the longest run after which an alarm goes off, in percent",
    stacks: ["management"],
    problem: between(1, 100, "percent"),
  },
  dashboard: {
    type: "boolean",
    default: true,
    description: "With alarms: make a dashboard of the collector",
    stacks: ["management"],
  },
  exceptionsFile: {
    type: "string",
    default: "",
    description:
      "File with the reviewed exceptions, YAML or JSON, by its path in the project; none by default, and nothing is excepted",
    stacks: ["management"],
  },
  tags: {
    type: "object",
    default: {},
    description:
      "Tags of everything that can carry tags, by key; the roles of member accounts take those of the management stack",
    stacks: [...ALL, "pipeline"],
    problem: tagsProblem,
  },
  securityStack: {
    type: "string",
    default: "security",
    description: "Stack that gives keyArn where it is not set",
    stacks: ["logarchive", "management"],
  },
  logarchiveStack: {
    type: "string",
    default: "logarchive",
    description: "Stack that gives bucketName where it is not set",
    stacks: ["management"],
  },
  deliverBy: {
    type: "string",
    default: "codepipeline",
    description:
      "What the stack pipeline makes: codepipeline (a pipeline that rolls out) or github (roles for GitHub Actions to do so)",
    stacks: ["pipeline"],
    problem: pattern(/^(codepipeline|github)$/, "a known way; use codepipeline or github"),
  },
  deliveryName: {
    type: "string",
    default: "iam-credential-reports-delivery",
    description: "What names of the stack pipeline begin with: of the pipeline, its roles and all else",
    stacks: ["pipeline"],
    requiredBy: ["pipeline"],
    problem: pattern(
      /^[a-z][a-z0-9-]{1,33}[a-z0-9]$/,
      "a name of 3 to 35 lower-case letters, digits and hyphens (what it is a part of has 63 at most)",
    ),
  },
  repository: {
    type: "string",
    default: "",
    description:
      "Repository that is rolled out, by owner and name; for GitHub Actions as its tokens name it, which may be owner@id/name@id",
    stacks: ["pipeline"],
    requiredBy: ["pipeline"],
    problem: pattern(/^[\w.-]+(@\d+)?(\/[\w.-]+(@\d+)?)+$/, "a repository, as in example/iam-credential-reports"),
  },
  branch: {
    type: "string",
    default: "main",
    description: "Branch that the pipeline rolls out",
    stacks: ["pipeline"],
    requiredBy: ["pipeline"],
    problem: pattern(/^[\w./-]{1,255}$/, "the name of a branch"),
  },
  connectionArn: {
    type: "string",
    default: "",
    description: "ARN of the connection that the pipeline fetches the repository by",
    stacks: ["pipeline"],
    problem: connectionArnProblem,
  },
  stateBackend: {
    type: "string",
    default: "",
    description: "Address of Pulumi's state, as pulumi login takes it: s3://BUCKET/FOLDER or https://…",
    stacks: ["pipeline"],
    requiredBy: ["pipeline"],
    problem: stateBackendProblem,
  },
  stateKeyArn: {
    type: "string",
    default: "",
    description: "ARN of the key of the state: of its bucket, of its secrets, or of both",
    stacks: ["pipeline"],
    problem: keyArnProblem,
  },
  passphraseSecretArn: {
    type: "string",
    default: "",
    description:
      "ARN of the secret or parameter with PULUMI_CONFIG_PASSPHRASE; none where the stacks' secrets provider is a key",
    stacks: ["pipeline"],
    problem: secretArnProblem,
  },
  accessTokenSecretArn: {
    type: "string",
    default: "",
    description: "ARN of the secret or parameter with PULUMI_ACCESS_TOKEN, where the state is in Pulumi Cloud",
    stacks: ["pipeline"],
    problem: secretArnProblem,
  },
  deployRoleArns: {
    type: "array",
    default: [],
    description: "Roles that a rollout may assume, by ARN: the first of aws:assumeRoles in the file of each stack",
    stacks: ["pipeline"],
    requiredBy: ["pipeline"],
    problem: roleArnsProblem,
  },
  previewRoleName: {
    type: "string",
    default: "",
    description:
      "Role that a preview assumes in place of those, in the same accounts; by default it may do what a rollout may",
    stacks: ["pipeline"],
    problem: roleNameProblem,
  },
  approvalEmails: {
    type: "array",
    default: [],
    description: "E-mail addresses that are told of a rollout that waits for approval",
    stacks: ["pipeline"],
    problem: emailsProblem,
  },
} as const satisfies Record<string, ConfigKey>;

/** Name of a configuration key. */
export type ConfigKeyName = keyof typeof CONFIG_SCHEMA;

type ValueOf<K extends ConfigKey> = K["type"] extends "integer"
  ? number
  : K["type"] extends "boolean"
    ? boolean
    : K["type"] extends "array"
      ? string[]
      : K["type"] extends "object"
        ? Record<string, string>
        : string;

/** The settings of a stack: every key with its value or default; an empty string is "not set". */
export type Settings = { -readonly [K in ConfigKeyName]: ValueOf<(typeof CONFIG_SCHEMA)[K]> };

/** What S3 would refuse about a bucket name. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
function bucketNameProblem(name: string): string | undefined {
  const refused = (why: string): string => `"${name}" is no bucket name that S3 takes: ${why}`;
  if (name.length < 3 || name.length > 63) return refused(`it has ${name.length} characters, not 3 to 63`);
  if (!/^[a-z0-9.-]+$/.test(name)) return refused("only lower-case letters, digits, dots and hyphens are allowed");
  if (!/^[a-z0-9].*[a-z0-9]$/.test(name)) return refused("it must begin and end with a letter or digit");
  if (name.includes(".")) return refused("a dot breaks TLS to the bucket, and this bucket is reached over TLS only");
  if (/^(xn--|sthree-|amzn-s3-demo-)/.test(name)) return refused("this prefix is reserved");
  if (/(-s3alias|--ol-s3|--x-s3|--table-s3)$/.test(name)) return refused("this suffix is reserved");
  return undefined;
}

/** What is wrong with the ARN of a key, in words. */
export function keyArnProblem(arn: string): string | undefined {
  const parts = parseArn(arn);
  const isKey = parts?.service === "kms" && parts.region !== "" && /^key\/[\w-]+$/.test(parts.resource);
  return isKey ? undefined : `"${arn}" is not the ARN of a KMS key, as in arn:PARTITION:kms:REGION:ACCOUNT:key/ID`;
}

/** A policy of one account would do for the role of that account only, so it is named, or AWS's own. */
function permissionsBoundaryProblem(boundary: string): string | undefined {
  const name = /^([\w+=,.@-]+\/)*[\w+=,.@-]{1,128}$/;
  const ownedByAws = /^arn:[a-z0-9-]+:iam::aws:policy\/(.+)$/.exec(boundary)?.[1];
  return name.test(ownedByAws ?? boundary)
    ? undefined
    : `"${boundary}" is neither the name of a managed policy (with its path, without a slash before it) nor the ARN of one of AWS's own, ` +
        `as in arn:PARTITION:iam::aws:policy/NAME; a policy of yours is found by its name in each account`;
}

function connectionArnProblem(arn: string): string | undefined {
  const parts = parseArn(arn);
  const isConnection = /^(codeconnections|codestar-connections)$/.test(parts?.service ?? "");
  return isConnection && /^connection\/[\w-]+$/.test(parts?.resource ?? "")
    ? undefined
    : `"${arn}" is not the ARN of a connection, as in arn:PARTITION:codeconnections:REGION:ACCOUNT:connection/ID`;
}

function secretArnProblem(arn: string): string | undefined {
  const { service, resource = "" } = parseArn(arn) ?? {};
  if (service === "secretsmanager" && /^secret:.+/.test(resource)) return undefined;
  if (service === "ssm" && /^parameter\/.+/.test(resource)) return undefined;
  return `"${arn}" is not the ARN of a secret (arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME) or a parameter (arn:PARTITION:ssm:REGION:ACCOUNT:parameter/NAME); the secret itself has no place here`;
}

function stateBackendProblem(url: string): string | undefined {
  return parseStateBackend(url)
    ? undefined
    : `"${url}" is no state that a pipeline can reach with a role: use s3://BUCKET, s3://BUCKET/FOLDER or https://…`;
}

function quickSightPrincipalProblem(arn: string): string | undefined {
  const parts = parseArn(arn);
  const isPrincipal = parts?.service === "quicksight" && /^(user|group)\/[^/]+\/.+$/.test(parts.resource);
  return isPrincipal
    ? undefined
    : `"${arn}" is not the ARN of a QuickSight user or group, as in arn:PARTITION:quicksight:REGION:ACCOUNT:group/default/NAME`;
}

function unitIdsProblem(ids: string[]): string | undefined {
  const wrong = ids.filter((id) => !/^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})$/.test(id));
  return wrong.length === 0 ? undefined : `no id of a root (r-…) or an organizational unit (ou-…): ${wrong.join(", ")}`;
}

function roleArnsProblem(arns: string[]): string | undefined {
  const wrong = arns.filter((arn) => {
    const parts = parseArn(arn);
    return parts?.service !== "iam" || parts.accountId === "" || !/^role\/[\w+=,.@/-]+$/.test(parts.resource);
  });
  return wrong.length === 0 ? undefined : `not the ARN of a role: ${wrong.join(", ")}`;
}

function emailsProblem(emails: string[]): string | undefined {
  const wrong = emails.filter(
    (email) => email.length > 254 || !/^[^\s@"(),:;<>[\]\\]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(email),
  );
  if (wrong.length > 0)
    return `no e-mail address, as in security@example.com: ${wrong.map((email) => `"${email}"`).join(", ")}`;
  return twiceProblem(emails);
}

function subscriptionsProblem(arns: string[]): string | undefined {
  const problems = arns
    .map((arn) => subscriptionOf(arn))
    .flatMap((known) => ("problem" in known ? [known.problem] : []));
  return problems.length > 0 ? problems.join("; ") : twiceProblem(arns);
}

function twiceProblem(values: string[]): string | undefined {
  const twice = values.filter((value, index) => values.indexOf(value) !== index);
  return twice.length === 0 ? undefined : `named more than once: ${[...new Set(twice)].join(", ")}`;
}
