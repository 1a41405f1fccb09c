import { expect } from "chai";
import { ALARM_IDS, METRICS_NAMESPACE, alarmTable, type AlarmInput } from "../../components/alarmTable";
import { CollectorAlarms, type CollectorAlarmsArgs } from "../../components/collectorAlarms";
import { dashboardBody, type DashboardInput } from "../../components/collectorDashboard";
import { SAVED_LOG_QUERIES } from "../../components/savedLogQueries";
import { METRICS_DIMENSION, METRICS_NAMESPACE as WRITTEN_NAMESPACE } from "../../runtime/runMetrics";
import { mockPulumi, only, settled, valueOf, type Registered } from "../support/pulumiMocks";

const TOPIC = "arn:aws:sns:eu-central-1:111122223333:reports-alerts";
const MACHINE = "arn:aws:states:eu-central-1:111122223333:stateMachine:reports";
const QUEUE = "arn:aws:sqs:eu-central-1:111122223333:reports-dead-letters";
const ARGS: CollectorAlarmsArgs = {
  functionName: "reports",
  logGroupName: "/aws/lambda/reports",
  timeoutSeconds: 900,
  topicArn: TOPIC,
};
const LIMITS = { evidenceMaxAgeHours: 30, durationAlarmPercent: 80, throttledPercent: 10 };
const BY_FUNCTION: AlarmInput = { functionName: "reports", timeoutSeconds: 900, ...LIMITS };
const BY_MACHINE: AlarmInput = {
  ...BY_FUNCTION,
  stateMachine: { arn: MACHINE, timeoutMinutes: 180 },
  deadLetterQueueName: "letters",
};

async function made(more: Partial<CollectorAlarmsArgs> = {}): Promise<{ registered: Registered[]; names: string[] }> {
  const registered = mockPulumi({ accountId: "111122223333" });
  const names = await valueOf(new CollectorAlarms("alarms", { ...ARGS, ...more }).alarmNames);
  await settled();
  return { registered, names };
}

const alarmsIn = (registered: readonly Registered[]): Record<string, unknown>[] =>
  registered.filter(({ type }) => type === "aws:cloudwatch/metricAlarm:MetricAlarm").map(({ inputs }) => inputs);

describe("alarmTable", () => {
  const shapes = (input: AlarmInput): Record<string, unknown> =>
    Object.fromEntries(
      alarmTable(input).map((alarm) => {
        const { namespace, metricName, statistic, comparisonOperator, threshold, treatMissingData } = alarm;
        const sign = { GreaterThanThreshold: ">", GreaterThanOrEqualToThreshold: ">=", LessThanThreshold: "<" };
        const over = `${alarm.datapointsToAlarm} of ${alarm.evaluationPeriods} × ${alarm.period} s`;
        const what = `${statistic} ${namespace}/${metricName} ${sign[comparisonOperator]} ${threshold}`;
        return [alarm.id, `${what}, ${over}, ${treatMissingData}`];
      }),
    );

  it("looks at the function where it runs by itself", () => {
    expect(shapes(BY_FUNCTION)).to.deep.equal({
      failed: "Sum AWS/Lambda/Errors >= 1, 1 of 1 × 3600 s, ignore",
      "near-timeout": "Maximum AWS/Lambda/Duration >= 720000, 1 of 1 × 3600 s, ignore",
      refused: "Sum IamCredentialReports/RunsRefused >= 1, 1 of 1 × 300 s, ignore",
      incomplete: "Sum IamCredentialReports/RunsIncomplete >= 1, 1 of 1 × 300 s, ignore",
      stale: "Sum IamCredentialReports/RunsCompleted < 1, 30 of 30 × 3600 s, breaching",
      throttled: "Sum AWS/Lambda/Throttles >= 1, 1 of 1 × 300 s, notBreaching",
      "api-throttled": "Maximum IamCredentialReports/ThrottledPercent > 10, 1 of 1 × 300 s, ignore",
    });
  });

  it("looks at the machine where one runs the function, and at dead letters where they have a queue", () => {
    expect(shapes(BY_MACHINE)).to.deep.include({
      failed: "Sum AWS/States/ExecutionsFailed >= 1, 1 of 24 × 3600 s, notBreaching",
      "timed-out": "Sum AWS/States/ExecutionsTimedOut >= 1, 1 of 24 × 3600 s, notBreaching",
      aborted: "Sum AWS/States/ExecutionsAborted >= 1, 1 of 24 × 3600 s, notBreaching",
      "near-timeout": "Maximum AWS/States/ExecutionTime >= 8640000, 1 of 1 × 3600 s, ignore",
      "dead-letters": "Maximum AWS/SQS/ApproximateNumberOfMessagesVisible >= 1, 1 of 1 × 300 s, ignore",
    });
    const ids = [...alarmTable(BY_FUNCTION), ...alarmTable(BY_MACHINE)].map(({ id }) => id);
    expect([...new Set(ids)]).to.have.members([...ALARM_IDS]);
  });

  it("asks for the metrics by the dimension that each has", () => {
    const byNamespace = { "AWS/Lambda": "FunctionName", "AWS/States": "StateMachineArn", "AWS/SQS": "QueueName" };
    for (const { namespace, dimensions } of [...alarmTable(BY_FUNCTION), ...alarmTable(BY_MACHINE)]) {
      const expected = { ...byNamespace, [WRITTEN_NAMESPACE]: METRICS_DIMENSION }[namespace];
      expect(Object.keys(dimensions), namespace).to.deep.equal([expected]);
    }
    expect(METRICS_NAMESPACE).to.equal(WRITTEN_NAMESPACE);
  });

  it("stays within what CloudWatch looks back, up to the oldest evidence that may be asked for", () => {
    const ages = [1, 24, 25, 168];
    for (const evidenceMaxAgeHours of ages) {
      for (const { id, period, evaluationPeriods, datapointsToAlarm } of alarmTable({
        ...BY_MACHINE,
        evidenceMaxAgeHours,
      })) {
        expect(period % 60, id).to.equal(0);
        expect(period * evaluationPeriods, id).to.be.at.most(period < 3600 ? 86_400 : 604_800);
        expect(datapointsToAlarm, id).to.be.within(1, evaluationPeriods);
      }
    }
  });

  it("has no alarm on old evidence where none is asked for", () => {
    expect(shapes({ ...BY_FUNCTION, evidenceMaxAgeHours: 0 })).not.to.have.property("stale");
  });
});

describe("CollectorAlarms", () => {
  it("names each alarm after the function, and tells the topic when it goes off and when it is over", async () => {
    const { registered, names } = await made({ deadLetterQueueArn: QUEUE });
    const alarms = alarmsIn(registered);
    expect(names).to.deep.equal(
      alarmTable(BY_FUNCTION)
        .map(({ id }) => `reports-${id}`)
        .concat("reports-dead-letters"),
    );
    expect(alarms.map(({ name }) => name)).to.have.members(names);
    for (const alarm of alarms) expect(alarm).to.deep.include({ alarmActions: [TOPIC], okActions: [TOPIC] });
    const letters = alarms.find(({ name }) => name === "reports-dead-letters");
    expect(letters?.["dimensions"]).to.deep.equal({ QueueName: "reports-dead-letters" });
  });

  it("says in each description what it means and where the operations guide goes on", async () => {
    const { registered } = await made({ stateMachine: { arn: MACHINE, timeoutMinutes: 180 } });
    for (const { name, alarmDescription } of alarmsIn(registered)) {
      const id = String(name).slice("reports-".length);
      expect(alarmDescription).to.match(new RegExp(`\\. What to do: docs/operations\\.md#${id}$`));
      expect(String(alarmDescription).length).to.be.at.most(1024);
    }
  });

  it("looks at the machine where one runs the function", async () => {
    const { registered } = await made({ stateMachine: { arn: MACHINE, timeoutMinutes: 180 } });
    const failed = alarmsIn(registered).find(({ name }) => name === "reports-failed");
    expect(failed).to.deep.include({ metricName: "ExecutionsFailed", dimensions: { StateMachineArn: MACHINE } });
  });

  it("keeps its queries in a folder of the function's name, over its log", async () => {
    const { registered } = await made();
    const queries = registered.filter(({ type }) => type === "aws:cloudwatch/queryDefinition:QueryDefinition");
    expect(queries.map(({ inputs }) => inputs["name"])).to.deep.equal(
      SAVED_LOG_QUERIES.map(({ id }) => `reports/${id}`),
    );
    for (const { inputs } of queries) expect(inputs["logGroupNames"]).to.deep.equal(["/aws/lambda/reports"]);
  });

  it("has a dashboard with the alarms that there are, or none", async () => {
    const { registered } = await made();
    const { dashboardName, dashboardBody: body } = only(registered, "aws:cloudwatch/dashboard:Dashboard");
    expect(dashboardName).to.equal("reports");
    expect(body).to.contain("arn:aws:cloudwatch:eu-central-1:111122223333:alarm:reports-stale");
    const without = await made({ dashboard: false });
    expect(without.registered.map(({ type }) => type)).not.to.include("aws:cloudwatch/dashboard:Dashboard");
  });

  it("refuses limits that no alarm can have, and a queue that is none", async () => {
    mockPulumi();
    const wrong = [
      [{ evidenceMaxAgeHours: 169 }, /evidenceMaxAgeHours is 169; CloudWatch looks back 1 to 168 hours/],
      [{ evidenceMaxAgeHours: 1.5 }, /evidenceMaxAgeHours is 1\.5/],
      [{ durationAlarmPercent: 0 }, /durationAlarmPercent is 0, not 1 to 100/],
      [{ throttledPercent: 100 }, /throttledPercent is 100, not 0 to 99/],
    ] as const;
    for (const [more, why] of wrong) {
      expect(() => new CollectorAlarms("alarms", { ...ARGS, ...more })).to.throw(why);
    }
    expect(() => new CollectorAlarms("alarms", { ...ARGS, evidenceMaxAgeHours: undefined })).not.to.throw();
    await settled();
  });
});

describe("dashboardBody", () => {
  const INPUT: DashboardInput = {
    functionName: "reports",
    region: "eu-central-1",
    logGroupName: "/aws/lambda/reports",
    alarmArns: ["arn:aws:cloudwatch:eu-central-1:111122223333:alarm:reports-stale"],
    timeoutSeconds: 900,
    durationAlarmPercent: 80,
    evidenceMaxAgeHours: 30,
  };
  const inputs: [string, DashboardInput][] = [
    ["by the function", INPUT],
    [
      "by the machine",
      { ...INPUT, stateMachine: { arn: MACHINE, timeoutMinutes: 180 }, deadLetterQueueName: "letters" },
    ],
  ];

  for (const [name, input] of inputs) {
    it(`is what CloudWatch takes, ${name}`, () => {
      const { widgets } = dashboardBody(input);
      const taken = new Set<string>();
      for (const { type, x, y, width, height, properties } of widgets) {
        expect(x + width, String(properties["title"])).to.be.at.most(24);
        for (let column = x; column < x + width; column++) {
          for (let row = y; row < y + height; row++) {
            expect(taken.has(`${column},${row}`), "widgets lie on each other").to.equal(false);
            taken.add(`${column},${row}`);
          }
        }
        const needed = {
          metric: ["metrics", "region"],
          log: ["query", "region"],
          alarm: ["alarms"],
          text: ["markdown"],
        };
        expect(properties).to.include.keys(needed[type]);
        for (const line of (properties["metrics"] ?? []) as unknown[][]) {
          expect(line).to.have.length(5);
          expect(line.slice(0, 4).every((part) => typeof part === "string" && part !== "")).to.equal(true);
        }
      }
      expect(JSON.stringify(widgets)).not.to.contain("undefined");
    });
  }

  it("shows the time of runs against the limit of the engine in use", () => {
    const [byFunction, byMachine] = inputs.map(([, input]) => JSON.stringify(dashboardBody(input)));
    expect(byFunction).to.contain('"value":900000,"label":"limit"').and.contain('"value":720000,"label":"80 percent"');
    expect(byMachine).to.contain('"value":10800000,"label":"limit"').and.contain('"AWS/States","ExecutionTime"');
    expect(byMachine).to.contain('"QueueName","letters"');
    expect(byFunction).not.to.contain("QueueName");
  });
});
