import {
  DeleteAlarmsCommand,
  DeleteDashboardsCommand,
  DescribeAlarmsCommand,
  GetDashboardCommand,
  ListTagsForResourceCommand,
  PutDashboardCommand,
  PutMetricAlarmCommand,
  TagResourceCommand,
  UntagResourceCommand,
  type ComparisonOperator,
  type Statistic,
  type Tag,
} from "@aws-sdk/client-cloudwatch";
import {
  DeleteQueryDefinitionCommand,
  DescribeQueryDefinitionsCommand,
  PutQueryDefinitionCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import type { Aws } from "./clients";
import { sameDocument, tagChanges } from "./compare";
import { orNothing } from "./errors";
import type { ResourceType, Tagged, Tags } from "./types";

type AlarmInputs = {
  name?: string;
  alarmDescription?: string;
  namespace?: string;
  metricName?: string;
  dimensions?: Record<string, string>;
  statistic?: string;
  period?: number;
  evaluationPeriods: number;
  datapointsToAlarm?: number;
  threshold?: number;
  comparisonOperator: string;
  treatMissingData?: string;
  actionsEnabled?: boolean;
  alarmActions?: string[];
  okActions?: string[];
};

/** An alarm on one metric; its id is its name. */
export const metricAlarm: ResourceType<AlarmInputs> = {
  properties: {
    name: { replaces: true },
    alarmDescription: { fallback: "" },
    namespace: {},
    metricName: {},
    dimensions: { fallback: {} },
    statistic: {},
    period: {},
    evaluationPeriods: { required: true },
    datapointsToAlarm: {},
    threshold: {},
    comparisonOperator: { required: true },
    treatMissingData: { fallback: "missing" },
    actionsEnabled: { fallback: true },
    alarmActions: { fallback: [] },
    okActions: { fallback: [] },
  },
  regional: true,
  tagged: true,
  identity: ["name"],
  naming: { property: "name", maxLength: 255 },
  computed: ["arn"],

  async create(aws, inputs) {
    await putAlarm(aws, inputs.name ?? "", inputs);
    return inputs.name ?? "";
  },

  async configure(aws, name, inputs, before) {
    if (!before) return;
    await putAlarm(aws, name, inputs);
    // the call that changes an alarm leaves its tags alone
    const { set, remove } = tagChanges(before.tags ?? {}, inputs.tags ?? {});
    const ResourceARN = (await describeAlarm(aws, name))?.AlarmArn;
    if (remove.length > 0) await aws.cloudwatch.send(new UntagResourceCommand({ ResourceARN, TagKeys: remove }));
    if (Object.keys(set).length > 0) {
      await aws.cloudwatch.send(new TagResourceCommand({ ResourceARN, Tags: tagList(set) }));
    }
  },

  async read(aws, name) {
    const found = await describeAlarm(aws, name);
    if (!found) return undefined;
    const { Tags } = await aws.cloudwatch.send(new ListTagsForResourceCommand({ ResourceARN: found.AlarmArn }));
    return {
      arn: found.AlarmArn,
      name,
      alarmDescription: found.AlarmDescription ?? "",
      namespace: found.Namespace,
      metricName: found.MetricName,
      dimensions: Object.fromEntries((found.Dimensions ?? []).map(({ Name = "", Value = "" }) => [Name, Value])),
      statistic: found.Statistic,
      period: found.Period,
      evaluationPeriods: found.EvaluationPeriods,
      datapointsToAlarm: found.DatapointsToAlarm,
      threshold: found.Threshold,
      comparisonOperator: found.ComparisonOperator,
      treatMissingData: found.TreatMissingData ?? "missing",
      actionsEnabled: found.ActionsEnabled ?? true,
      alarmActions: found.AlarmActions ?? [],
      okActions: found.OKActions ?? [],
      tags: Object.fromEntries((Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value])),
    };
  },

  async delete(aws, name) {
    await aws.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [name] }));
  },
};

async function putAlarm(aws: Aws, AlarmName: string, inputs: Tagged<AlarmInputs>): Promise<void> {
  await aws.cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName,
      AlarmDescription: inputs.alarmDescription,
      Namespace: inputs.namespace,
      MetricName: inputs.metricName,
      Dimensions: Object.entries(inputs.dimensions ?? {}).map(([Name, Value]) => ({ Name, Value })),
      Statistic: inputs.statistic as Statistic | undefined,
      Period: inputs.period,
      EvaluationPeriods: inputs.evaluationPeriods,
      DatapointsToAlarm: inputs.datapointsToAlarm,
      Threshold: inputs.threshold,
      ComparisonOperator: inputs.comparisonOperator as ComparisonOperator,
      TreatMissingData: inputs.treatMissingData,
      ActionsEnabled: inputs.actionsEnabled ?? true,
      AlarmActions: inputs.alarmActions,
      OKActions: inputs.okActions,
      Tags: tagList(inputs.tags),
    }),
  );
}

async function describeAlarm(aws: Aws, name: string) {
  const answer = await aws.cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }));
  return answer.MetricAlarms?.find(({ AlarmName }) => AlarmName === name);
}

type DashboardInputs = { dashboardName: string; dashboardBody: string };

/** A dashboard; its id is its name. */
export const dashboard: ResourceType<DashboardInputs> = {
  properties: {
    dashboardName: { required: true, replaces: true },
    dashboardBody: { required: true, same: sameDocument },
  },
  regional: true,
  tagged: false,
  identity: ["dashboardName"],
  computed: ["dashboardArn"],

  async create(aws, { dashboardName, dashboardBody }) {
    await putDashboard(aws, dashboardName, dashboardBody);
    return dashboardName;
  },

  async configure(aws, id, { dashboardBody }, before) {
    if (before) await putDashboard(aws, id, dashboardBody);
  },

  async read(aws, id) {
    const found = await orNothing(aws.cloudwatch.send(new GetDashboardCommand({ DashboardName: id })));
    return found && { dashboardArn: found.DashboardArn, dashboardName: id, dashboardBody: found.DashboardBody };
  },

  async delete(aws, id) {
    await aws.cloudwatch.send(new DeleteDashboardsCommand({ DashboardNames: [id] }));
  },
};

/** CloudWatch takes a body that it does not understand, and says so in messages. */
async function putDashboard(aws: Aws, DashboardName: string, DashboardBody: string): Promise<void> {
  const answer = await aws.cloudwatch.send(new PutDashboardCommand({ DashboardName, DashboardBody }));
  const messages = (answer.DashboardValidationMessages ?? []).map(({ DataPath, Message }) => `${DataPath}: ${Message}`);
  if (messages.length > 0)
    throw new Error(`the body of dashboard ${DashboardName} is not valid: ${messages.join("; ")}`);
}

type QueryInputs = { name: string; logGroupNames?: string[]; queryString: string };

/** A saved query of Logs Insights; its id is AWS's. */
export const queryDefinition: ResourceType<QueryInputs> = {
  properties: {
    name: { required: true },
    logGroupNames: { fallback: [] },
    queryString: { required: true },
  },
  regional: true,
  tagged: false,
  // Logs Insights takes two of one name
  identity: [],
  computed: ["queryDefinitionId"],

  create: (aws, inputs) => putQuery(aws, inputs),

  async configure(aws, id, inputs, before) {
    if (before) await putQuery(aws, inputs, id);
  },

  async read(aws, id) {
    const { queryDefinitions = [] } = await aws.logs.send(new DescribeQueryDefinitionsCommand({ maxResults: 1000 }));
    const found = queryDefinitions.find(({ queryDefinitionId }) => queryDefinitionId === id);
    return (
      found && {
        queryDefinitionId: id,
        name: found.name,
        logGroupNames: found.logGroupNames ?? [],
        queryString: found.queryString,
      }
    );
  },

  async delete(aws, queryDefinitionId) {
    await aws.logs.send(new DeleteQueryDefinitionCommand({ queryDefinitionId }));
  },
};

async function putQuery(
  aws: Aws,
  { name, logGroupNames, queryString }: QueryInputs,
  queryDefinitionId?: string,
): Promise<string> {
  const request = new PutQueryDefinitionCommand({ name, logGroupNames, queryString, queryDefinitionId });
  return (await aws.logs.send(request)).queryDefinitionId ?? "";
}

function tagList(tags: Tags = {}): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
