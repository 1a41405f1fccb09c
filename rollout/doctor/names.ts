import { streamRoleName } from "../../components/alertsPolicy";
import { parseArn } from "../../components/arn";
import { GetRoleCommand } from "@aws-sdk/client-iam";
import { GetFunctionCommand } from "@aws-sdk/client-lambda";
import { deadLetterQueueName } from "../../components/collectorDefaults";
import { failureRuleName, machineRoleName } from "../../components/collectorMachineArgs";
import type { OrganizationConfig } from "../configuration/organizationConfig";
import {
  hasAlertsTopic,
  isByStackSet,
  isByStateMachine,
  replicaBucketNameOf,
  resultsBucketNameOf,
  scheduleRoleName,
  stackSetCallAsOf,
} from "../configuration/settings";
import type { StackSummary } from "../engine/stackEngine";
import { STACK_TAG } from "../configuration/tags";
import { ok, unknown, wrong, type Check, type Verdict } from "./check";
import type { CentralName, DoctorFacts } from "./facts";
import {
  alarmHolder,
  aliasHolder,
  dashboardHolder,
  databaseHolder,
  headBucket,
  held,
  logGroupHolder,
  queueHolder,
  ruleHolder,
  scheduleGroupHolder,
  stackSetHolder,
  stateMachineHolder,
  topicHolder,
  workgroupHolder,
  type Holder,
} from "./holders";

interface Name {
  id: string;
  what: string;
  stack: CentralName;
  /** The configuration key to change. */
  key: string;
  /** Undefined where nothing of that name is made. */
  of(config: OrganizationConfig): string | undefined;
  holder(facts: DoctorFacts, name: string): Promise<Holder>;
}

const NAMES: Name[] = [
  {
    id: "name-key-alias",
    what: "Alias of the key",
    stack: "security",
    key: "keyAlias",
    of: ({ security: { settings } }) => (settings.existingKeyArn ? undefined : `alias/${settings.keyAlias}`),
    holder: async ({ account }, name) => aliasHolder((await account("security")).kms, name),
  },
  {
    id: "name-signing-alias",
    what: "Alias of the key that signs",
    stack: "security",
    key: "keyAlias",
    of: ({ security: { settings } }) => (settings.signManifests ? `alias/${settings.keyAlias}-signing` : undefined),
    holder: async ({ account }, name) => aliasHolder((await account("security")).kms, name),
  },
  {
    id: "name-bucket",
    what: "Name of the bucket",
    stack: "logarchive",
    key: "bucketName",
    of: ({ bucketName, logarchive }) => (logarchive.settings.existingBucketName ? undefined : bucketName),
    holder: bucketHolder,
  },
  {
    id: "name-replica-bucket",
    what: "Name of the replica's bucket",
    stack: "logarchive",
    key: "replicaBucketName",
    of: ({ logarchive: { settings, file } }) =>
      settings.replicaRegion ? replicaBucketNameOf(settings, file.region) : undefined,
    holder: bucketHolder,
  },
  {
    id: "name-replication-role",
    what: "Name of the replication's role",
    stack: "logarchive",
    key: "replicationRoleName",
    of: ({ logarchive: { settings } }) => (settings.replicaRegion ? settings.replicationRoleName : undefined),
    holder: (facts, name) => roleHolder(facts, name, "logarchive"),
  },
  {
    id: "name-results-bucket",
    what: "Name of the bucket for query results",
    stack: "logarchive",
    key: "resultsBucketName",
    of: ({ logarchive: { settings, file } }) =>
      settings.analysis ? resultsBucketNameOf(settings, file.region) : undefined,
    holder: bucketHolder,
  },
  {
    id: "name-role",
    what: "Name of the collector's role",
    stack: "management",
    key: "collectorRoleName",
    of: ({ management }) => management.settings.collectorRoleName,
    holder: (facts, name) => roleHolder(facts, name),
  },
  {
    id: "name-function",
    what: "Name of the function",
    stack: "management",
    key: "functionName",
    of: ({ management }) => management.settings.functionName,
    holder: async ({ account }, FunctionName) => {
      const { lambda } = await account("management");
      return held(
        "lambda:GetFunction",
        async () => (await lambda.send(new GetFunctionCommand({ FunctionName }))).Tags?.[STACK_TAG],
      );
    },
  },
  {
    id: "name-log-group",
    what: "Name of the log group",
    stack: "management",
    key: "functionName",
    of: ({ management }) => `/aws/lambda/${management.settings.functionName}`,
    holder: async ({ account }, name) => logGroupHolder(await account("management"), name),
  },
  {
    id: "name-state-machine",
    what: "Name of the state machine",
    stack: "management",
    key: "functionName",
    of: machineName,
    holder: async ({ account }, name) => stateMachineHolder(await account("management"), name),
  },
  {
    id: "name-machine-role",
    what: "Name of the state machine's role",
    stack: "management",
    key: "functionName",
    of: (config) => madeOf(machineName(config), machineRoleName),
    holder: (facts, name) => roleHolder(facts, name),
  },
  {
    id: "name-failure-rule",
    what: "Name of the rule on failed runs",
    stack: "management",
    key: "functionName",
    of: (config) => madeOf(machineName(config), failureRuleName),
    holder: async ({ account }, name) => ruleHolder(await account("management"), name),
  },
  {
    id: "name-dead-letter-queue",
    what: "Name of the dead-letter queue",
    stack: "management",
    key: "functionName",
    of: ({ management }) => deadLetterQueueName(management.settings.functionName),
    holder: async ({ account }, name) => queueHolder(await account("management"), name),
  },
  {
    id: "name-schedule",
    what: "Name of the schedule and its group",
    stack: "management",
    key: "functionName",
    of: ({ management }) => management.settings.functionName,
    holder: async ({ account }, name) => scheduleGroupHolder(await account("management"), name),
  },
  {
    id: "name-schedule-role",
    what: "Name of the schedule's role",
    stack: "management",
    key: "functionName",
    of: ({ management }) => scheduleRoleName(management.settings.functionName),
    holder: (facts, name) => roleHolder(facts, name),
  },
  {
    id: "name-alerts-topic",
    what: "Name of the alerts topic",
    stack: "management",
    key: "functionName",
    of: alertsTopicName,
    holder: async ({ account }, name) => topicHolder(await account("management"), name),
  },
  {
    id: "name-alerts-stream-role",
    what: "Name of the role for streams that get alerts",
    stack: "management",
    key: "functionName",
    of: (config) => {
      const topic = alertsTopicName(config);
      const streams = config.management.settings.alertSubscriptions.some(
        (arn) => parseArn(arn)?.service === "firehose",
      );
      return topic !== undefined && streams ? streamRoleName(topic) : undefined;
    },
    holder: (facts, name) => roleHolder(facts, name),
  },
  {
    id: "name-alerts-alias",
    what: "Alias of the topic's key",
    stack: "management",
    key: "functionName",
    of: (config) => {
      const name = alertsTopicName(config);
      return name && `alias/${name}`;
    },
    holder: async ({ account }, name) => aliasHolder((await account("management")).kms, name),
  },
  {
    id: "name-alarms",
    what: "Names of the alarms",
    stack: "management",
    key: "functionName",
    // all of them are made together
    of: ({ management: { settings } }) => (settings.alarms ? `${settings.functionName}-failed` : undefined),
    holder: async ({ account }, name) => alarmHolder(await account("management"), name),
  },
  {
    id: "name-dashboard",
    what: "Name of the dashboard",
    stack: "management",
    key: "functionName",
    of: ({ management: { settings } }) => (settings.alarms && settings.dashboard ? settings.functionName : undefined),
    holder: async ({ account }, name) => dashboardHolder(await account("management"), name),
  },
  {
    id: "name-stack-set",
    what: "Name of the StackSet",
    stack: "management",
    key: "stackSetName",
    of: ({ management: { settings } }) => (isByStackSet(settings) ? settings.stackSetName : undefined),
    holder: async ({ account, config }, name) =>
      stackSetHolder(await account("management"), name, stackSetCallAsOf((await config()).management.settings)),
  },
  {
    id: "name-database",
    what: "Name of the Glue database",
    stack: "logarchive",
    key: "analysisDatabase",
    of: ({ logarchive: { settings } }) => (settings.analysis ? settings.analysisDatabase : undefined),
    holder: async ({ account }, name) => databaseHolder(await account("logarchive"), name),
  },
  {
    id: "name-workgroup",
    what: "Name of the Athena workgroup",
    stack: "logarchive",
    key: "analysisWorkgroup",
    of: ({ logarchive: { settings } }) => (settings.analysis ? settings.analysisWorkgroup : undefined),
    holder: async ({ account }, name) => workgroupHolder(await account("logarchive"), name),
  },
];

function machineName({ management: { settings } }: OrganizationConfig): string | undefined {
  return isByStateMachine(settings) ? settings.functionName : undefined;
}

function madeOf(name: string | undefined, make: (name: string) => string): string | undefined {
  return name === undefined ? undefined : make(name);
}

function alertsTopicName({ management: { settings } }: OrganizationConfig): string | undefined {
  return hasAlertsTopic(settings) ? `${settings.functionName}-alerts` : undefined;
}

/** Whether the names that the stacks give are still free, or their own. */
export const NAME_CHECKS: Check<DoctorFacts>[] = NAMES.map((name) => ({
  id: name.id,
  what: name.what,
  look: async (facts) => {
    const text = name.of(await facts.config());
    if (text === undefined) return ok("nothing of that kind is made by this configuration");
    const [holder, stacks] = await Promise.all([name.holder(facts, text), facts.stacks().catch(() => undefined)]);
    return nameVerdict(text, name, holder, stacks);
  },
}));

/**
 * Whether a stack can have a name.
 *
 * @param stacks What the backend knows; undefined where it cannot be asked.
 */
export function nameVerdict(
  name: string,
  { stack, key }: { stack: string; key: string },
  holder: Holder,
  stacks: readonly Pick<StackSummary, "name" | "resourceCount">[] | undefined,
): Verdict {
  const another = `Choose another ${key} in Pulumi.${stack}.yaml, and wherever else it stands`;
  switch (holder.state) {
    case "free":
      return ok(`${name} is free`);
    case "unknown":
      return unknown(`${name}: ${holder.why}`);
    case "foreign":
      return wrong(`${name} ${holder.why}`, another);
    case "held": {
      if (!stacks) return unknown(`${name} is there, and the backend does not say whether stack ${stack} made it`);
      const deployed = stacks.some((known) => known.name === stack && (known.resourceCount ?? 0) > 0);
      if (holder.stack === null) {
        return deployed
          ? unknown(
              `${name} is there and has no tag of this project; whether it is that of stack ${stack}, status tells`,
            )
          : wrong(`${name} is there, and is not of this project`, another);
      }
      if (holder.stack !== undefined && holder.stack !== stack) {
        return wrong(`${name} is there, and belongs to stack ${holder.stack}`, another);
      }
      if (deployed) return ok(`${name} is of stack ${stack}`);
      return wrong(
        `${name} is there${holder.stack === stack ? `, made by a stack ${stack}` : ""}, and the backend knows of no stack ${stack} that has it`,
        `If it is left from an earlier deployment, use the backend of that one (pulumi login), or pulumi import it, or remove it. Else: ${another}`,
      );
    }
  }
}

async function bucketHolder({ account }: DoctorFacts, Bucket: string): Promise<Holder> {
  const { s3, caller } = await account("logarchive");
  return headBucket(s3, Bucket, caller.accountId);
}

async function roleHolder(
  { account }: DoctorFacts,
  RoleName: string,
  stack: CentralName = "management",
): Promise<Holder> {
  const { iam } = await account(stack);
  return held("iam:GetRole", async () => {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    return Role?.Tags?.find(({ Key }) => Key === STACK_TAG)?.Value ?? null;
  });
}
