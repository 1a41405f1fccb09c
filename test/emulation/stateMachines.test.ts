import { readFile } from "node:fs/promises";
import { CloudWatchClient, DescribeAlarmsCommand, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateRoleCommand, DeleteRolePolicyCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  AddPermissionCommand,
  PutFunctionConcurrencyCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import type { SFNClient } from "@aws-sdk/client-sfn";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  RedriveExecutionCommand,
  StartExecutionCommand,
  StopExecutionCommand,
  UpdateStateMachineCommand,
  type DescribeExecutionOutput,
} from "@aws-sdk/client-sfn";
import { expect } from "chai";
import { alarmTable } from "../../components/alarmTable";
import { machineDefinition } from "../../components/collectorMachineDefinition";
import { failedRunPattern, machinePolicy, machineTrustPolicy } from "../../components/collectorMachinePolicy";
import { until } from "../support/until";
import { emulatedAws, errorName, policy, type EmulatedAws } from "./emulatedAws";
import { createFunction } from "./emulatedFunction";

const HOUR = 3600;
const DAY = 24 * HOUR;

/** Does the steps; batch 2 fails, or takes its time, while the variable says so. */
const STEPS = `exports.handler = async (event) => {
  if (event.step === "list" && process.env.BATCH_2 === "refuses") return { refused: { message: "Run one is going on" } };
  if (event.step === "list") return { runId: "run", batches: [0, 1, 2, 3] };
  if (event.step === "finish") return { runId: event.runId };
  if (event.batch === 2 && process.env.BATCH_2 === "fails") throw Object.assign(new Error("broken"), { name: "Broken" });
  if (event.batch === 2 && process.env.BATCH_2 === "hangs") await new Promise((resolve) => setTimeout(resolve, 1500));
  return { ...event, pending: 0, waitSeconds: 0 };
};`;

describe("a state machine in the emulator", function () {
  this.timeout(120_000);
  let aws: EmulatedAws;
  let states: SFNClient;
  let machineArn: string;

  const where = () => ({
    partition: "aws",
    region: aws.plan.region,
    accountId: aws.plan.managementAccountId,
    machineName: "reports",
  });
  const functionArn = () => `arn:aws:lambda:${aws.plan.region}:${aws.plan.managementAccountId}:function:steps`;

  /** The machine's own policy, with which it may do what it needs. */
  const allow = () =>
    aws.iam(aws.deployer).send(
      new PutRolePolicyCommand({
        RoleName: "machine",
        PolicyName: "run",
        PolicyDocument: JSON.stringify(
          machinePolicy({ ...where(), functionArn: functionArn(), logging: false, tracing: false }),
        ),
      }),
    );
  const batch2 = async (how: string): Promise<void> => {
    const Environment = { Variables: { BATCH_2: how } };
    await aws.lambda(aws.deployer).send(new UpdateFunctionConfigurationCommand({ FunctionName: "steps", Environment }));
  };
  const definition = (batchConcurrency: number, runTimeoutMinutes = 5): string =>
    JSON.stringify(
      machineDefinition({
        partition: "aws",
        functionArn: functionArn(),
        timeoutSeconds: 30,
        batchConcurrency,
        toleratedFailurePercent: 10,
        runTimeoutMinutes,
      }),
    );
  const create = (name: string, role: string, batchConcurrency = 4) =>
    states.send(
      new CreateStateMachineCommand({
        name,
        roleArn: `arn:aws:iam::${aws.plan.managementAccountId}:role/${role}`,
        definition: definition(batchConcurrency),
      }),
    );
  const start = async (): Promise<string> => {
    const { executionArn = "" } = await states.send(new StartExecutionCommand({ stateMachineArn: machineArn }));
    return executionArn;
  };
  const ended = (executionArn: string): Promise<DescribeExecutionOutput> =>
    until(async () => {
      const found = await states.send(new DescribeExecutionCommand({ executionArn }));
      return found.status === "RUNNING" ? undefined : found;
    });
  /** Tasks of the children by the batch that each is of. */
  const callsOfBatches = async (executionArn: string): Promise<Record<number, number>> => {
    const { mapRuns = [] } = await states.send(new ListMapRunsCommand({ executionArn }));
    expect(mapRuns).to.have.length(1);
    const { executions = [] } = await states.send(new ListExecutionsCommand({ mapRunArn: mapRuns[0]?.mapRunArn }));
    const calls: Record<number, number> = {};
    for (const child of executions) {
      const arn = { executionArn: child.executionArn };
      const { input = "" } = await states.send(new DescribeExecutionCommand(arn));
      const { events = [] } = await states.send(new GetExecutionHistoryCommand(arn));
      const { batch } = JSON.parse(input) as { batch: number };
      calls[batch] = events.filter(({ type }) => type === "TaskScheduled").length;
    }
    return calls;
  };

  before(async () => {
    aws = await emulatedAws(5);
    states = aws.states(aws.deployer);
    await createFunction(aws, "steps", "lambda.amazonaws.com", STEPS);
    await aws.iam(aws.deployer).send(
      new CreateRoleCommand({
        RoleName: "machine",
        AssumeRolePolicyDocument: JSON.stringify(machineTrustPolicy(where())),
      }),
    );
    await allow();
    machineArn = (await create("reports", "machine")).stateMachineArn ?? "";
  });
  after(() => aws.remove());

  it("goes through its steps, with an execution of its own for each batch", async () => {
    const execution = await start();
    expect(await ended(execution)).to.deep.include({
      status: "SUCCEEDED",
      output: '{"runId": "run"}',
      redriveCount: 0,
    });
    expect(await callsOfBatches(execution)).to.deep.equal({ 0: 1, 1: 1, 2: 1, 3: 1 });
  });

  it("cannot be made with a role that does not trust it, be it another machine's", async () => {
    expect(await errorName(create("other", "machine"))).to.equal("AccessDeniedException");
  });

  it("has the rights of its role only", async () => {
    const iam = aws.iam(aws.deployer);
    await iam.send(new DeleteRolePolicyCommand({ RoleName: "machine", PolicyName: "run" }));
    const callOnly = policy({ Effect: "Allow", Action: "lambda:InvokeFunction", Resource: functionArn() });
    await iam.send(new PutRolePolicyCommand({ RoleName: "machine", PolicyName: "call", PolicyDocument: callOnly }));
    const failed = await ended(await start());
    expect(failed).to.include({ status: "FAILED", error: "States.Permissions" });
    expect(failed.cause).to.contain("states:StartExecution").and.contain(machineArn);
    await iam.send(new DeleteRolePolicyCommand({ RoleName: "machine", PolicyName: "call" }));
    await allow();
  });

  it("stops a map of which more failed than it tolerates; a redrive resumes what did not succeed, and that alone", async () => {
    await batch2("fails");
    const execution = await start();
    expect(await ended(execution)).to.include({
      status: "FAILED",
      error: "States.ExceedToleratedFailureThreshold",
      redriveStatus: "REDRIVABLE",
    });
    await batch2("works");
    await states.send(new RedriveExecutionCommand({ executionArn: execution }));
    expect(await ended(execution)).to.include({
      status: "SUCCEEDED",
      redriveCount: 1,
      redriveStatus: "NOT_REDRIVABLE",
    });
    const calls = await callsOfBatches(execution);
    expect(calls[2]).to.equal(2);
    expect(Object.keys(calls)).to.have.length(4);
    const { mapRuns = [] } = await states.send(new ListMapRunsCommand({ executionArn: execution }));
    const run = await states.send(new DescribeMapRunCommand({ mapRunArn: mapRuns[0]?.mapRunArn }));
    expect(run).to.deep.include({ status: "SUCCEEDED", redriveCount: 1 });
    expect(run.executionCounts).to.include({ succeeded: 4, total: 4, failed: 0, pending: 0 });
    const { events = [] } = await states.send(new GetExecutionHistoryCommand({ executionArn: execution }));
    expect(
      events.filter(({ type }) => type === "TaskStateEntered"),
      "List and Finish, once each",
    ).to.have.length(2);
  });

  it("stays redrivable across a restart of the emulator", async () => {
    await batch2("fails");
    const execution = await start();
    await ended(execution);
    await batch2("works");
    aws = await aws.restarted();
    states = aws.states(aws.deployer);
    await states.send(new RedriveExecutionCommand({ executionArn: execution }));
    expect(await ended(execution)).to.include({ status: "SUCCEEDED", redriveCount: 1 });
  });

  it("that is stopped stays stopped, whatever its batches do, and can be redriven", async () => {
    await batch2("hangs");
    const execution = await start();
    await until(async () => {
      const { mapRuns = [] } = await states.send(new ListMapRunsCommand({ executionArn: execution }));
      return mapRuns[0];
    });
    await states.send(new StopExecutionCommand({ executionArn: execution, error: "Stopped", cause: "by hand" }));
    expect(await ended(execution)).to.include({ status: "ABORTED", redriveStatus: "REDRIVABLE" });
    await states.send(new RedriveExecutionCommand({ executionArn: execution }));
    expect(await ended(execution)).to.include({ status: "SUCCEEDED" });
    await batch2("works");
  });

  it("tells the function of a run that failed, and not of one that was refused, by the rule", async () => {
    const account = aws.plan.managementAccountId;
    const events = new EventBridgeClient({
      endpoint: aws.emulator.endpoint,
      region: aws.plan.region,
      credentials: aws.deployer,
    });
    const EventPattern = JSON.stringify(failedRunPattern(machineArn));
    await events.send(new PutRuleCommand({ Name: "reports-failed", EventPattern }));
    await events.send(
      new PutTargetsCommand({ Rule: "reports-failed", Targets: [{ Id: "function", Arn: functionArn() }] }),
    );
    await aws.lambda(aws.deployer).send(
      new AddPermissionCommand({
        FunctionName: "steps",
        StatementId: "failed-runs",
        Action: "lambda:InvokeFunction",
        Principal: "events.amazonaws.com",
        SourceArn: `arn:aws:events:${aws.plan.region}:${account}:rule/reports-failed`,
      }),
    );
    const told = async (): Promise<number> =>
      (await readFile(aws.emulator.logFile, "utf8")).match(/EventBridge → Lambda steps: dispatched/g)?.length ?? 0;
    await batch2("refuses");
    expect(await ended(await start())).to.include({
      status: "FAILED",
      error: "RunInProgress",
      cause: "Run one is going on",
    });
    await batch2("works");
    await ended(await start());
    await batch2("fails");
    await ended(await start());
    expect(await until(async () => (await told()) || undefined), "by the last alone").to.equal(1);
    await batch2("works");
  });

  it("sets off each alarm on it by its cause, and no other; all but the one on the last run are over after a day", async () => {
    const cloudwatch = new CloudWatchClient({
      endpoint: aws.emulator.endpoint,
      region: aws.plan.region,
      credentials: aws.deployer,
    });
    const alarms = alarmTable({
      functionName: "steps",
      timeoutSeconds: 30,
      // of one minute, two percent: less than a batch that hangs
      stateMachine: { arn: machineArn, timeoutMinutes: 1 },
      durationAlarmPercent: 2,
      evidenceMaxAgeHours: 0,
      throttledPercent: 10,
    }).filter(({ namespace }) => namespace === "AWS/States");
    const advance = (seconds: number): Promise<unknown> =>
      fetch(`${aws.emulator.endpoint}/_emulated/advance`, { method: "POST", body: JSON.stringify({ seconds }) });
    const ringing = async (): Promise<string[]> => {
      const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ StateValue: "ALARM" }));
      return MetricAlarms.map(({ AlarmName = "" }) => AlarmName).sort();
    };
    // what the other tests did is not of the last day any more
    await advance(2 * DAY);
    for (const { id, dimensions, ...alarm } of alarms) {
      await cloudwatch.send(
        new PutMetricAlarmCommand({
          AlarmName: id,
          Namespace: alarm.namespace,
          MetricName: alarm.metricName,
          Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
          Statistic: alarm.statistic,
          Period: alarm.period,
          EvaluationPeriods: alarm.evaluationPeriods,
          DatapointsToAlarm: alarm.datapointsToAlarm,
          Threshold: alarm.threshold,
          ComparisonOperator: alarm.comparisonOperator,
          TreatMissingData: alarm.treatMissingData,
        }),
      );
    }
    expect(await ringing()).to.deep.equal([]);

    await batch2("hangs");
    expect(await ended(await start())).to.include({ status: "SUCCEEDED" });
    expect(await ringing()).to.deep.equal(["near-timeout"]);

    await batch2("fails");
    await ended(await start());
    expect(await ringing())
      .to.include.members(["failed"])
      .and.not.to.include.members(["aborted", "timed-out"]);

    await batch2("hangs");
    const stopped = await start();
    await states.send(new StopExecutionCommand({ executionArn: stopped }));
    expect(await ringing()).to.include.members(["aborted", "failed"]);

    await states.send(
      new UpdateStateMachineCommand({ stateMachineArn: machineArn, definition: definition(4, 1 / 60) }),
    );
    expect(await ended(await start())).to.include({ status: "TIMED_OUT" });
    expect(await ringing()).to.include.members(["aborted", "failed", "timed-out"]);

    await advance(DAY + 2 * HOUR);
    expect((await ringing()).filter((id) => id !== "near-timeout")).to.deep.equal([]);
    await states.send(new UpdateStateMachineCommand({ stateMachineArn: machineArn, definition: definition(4) }));
    await batch2("works");
  });

  it("tries a call again that the function's reserved concurrency refused", async () => {
    await batch2("hangs");
    await aws
      .lambda(aws.deployer)
      .send(new PutFunctionConcurrencyCommand({ FunctionName: "steps", ReservedConcurrentExecutions: 1 }));
    const execution = await start();
    expect(await ended(execution)).to.include({ status: "SUCCEEDED" });
    const calls = Object.values(await callsOfBatches(execution)).reduce((sum, count) => sum + count, 0);
    expect(calls).to.be.above(4);
  });

  it("that succeeded cannot be redriven", async () => {
    const { executions = [] } = await states.send(
      new ListExecutionsCommand({ stateMachineArn: machineArn, statusFilter: "SUCCEEDED" }),
    );
    const { executionArn } = executions[0] ?? {};
    expect(await errorName(states.send(new RedriveExecutionCommand({ executionArn })))).to.equal(
      "ExecutionNotRedrivable",
    );
  });
});
