import validateDefinition from "asl-validator";
import { expect } from "chai";
import { CollectorMachine } from "../../components/collectorMachine";
import { machineDefinition, type MachineDefinition, type State } from "../../components/collectorMachineDefinition";
import { failedRunPattern, machinePolicy, machineTrustPolicy } from "../../components/collectorMachinePolicy";
import type { RefusedAnswer } from "../../runtime/engine/steps";
import { deployedStack } from "../support/deployedStacks";
import { allowedActions } from "../support/policies";
import { mockPulumi, only, settled, valueOf, type Registered } from "../support/pulumiMocks";

const FUNCTION = "arn:aws:lambda:eu-central-1:111122223333:function:reports";
const MACHINE = "arn:aws:states:eu-central-1:111122223333:stateMachine:reports";
const WHERE = { partition: "aws", region: "eu-central-1", accountId: "111122223333", machineName: "reports" };
const INPUT = {
  partition: "aws",
  functionArn: FUNCTION,
  timeoutSeconds: 900,
  batchConcurrency: 7,
  toleratedFailurePercent: 13,
  runTimeoutMinutes: 95,
};
/** What Step Functions takes as input or output of a state. */
const PAYLOAD_BYTES = 262_144;

describe("CollectorMachine", () => {
  let registered: Registered[];

  before(async () => {
    registered = mockPulumi({ accountId: "111122223333" });
    const machine = new CollectorMachine("machine", {
      machineName: "reports",
      functionArn: FUNCTION,
      rolePath: "/security/",
      batchConcurrency: 7,
      toleratedFailurePercent: 13,
      runTimeoutMinutes: 95,
    });
    expect(await valueOf(machine.stateMachineArn)).to.equal(MACHINE);
    await settled();
  });

  it("makes a standard machine, whose executions can be redriven, with a role of its own", () => {
    const machine = only(registered, "aws:sfn/stateMachine:StateMachine");
    expect(machine).to.include({
      name: "reports",
      type: "STANDARD",
      roleArn: "arn:aws:iam::111122223333:role/security/reports-machine",
    });
    expect(JSON.parse(String(machine["definition"]))).to.deep.equal(machineDefinition(INPUT));
    const role = only(registered, "aws:iam/role:Role");
    expect(JSON.parse(String(role["assumeRolePolicy"]))).to.deep.equal(machineTrustPolicy(WHERE));
    expect(registered.filter(({ type }) => type.includes("RolePolicyAttachment"))).to.deep.equal([]);
  });

  it("logs nothing, traces nothing and has no right to either, unless asked", async () => {
    expect(registered.filter(({ type }) => type.endsWith("LogGroup"))).to.deep.equal([]);
    expect(only(registered, "aws:sfn/stateMachine:StateMachine")["loggingConfiguration"]).to.include({ level: "OFF" });
    const silent = String(only(registered, "aws:iam/rolePolicy:RolePolicy")["policy"]);
    expect(silent).not.to.match(/logs:|xray:/);

    const asked = mockPulumi({ accountId: "111122223333" });
    new CollectorMachine("machine", { machineName: "m", functionArn: FUNCTION, logLevel: "ERROR", tracing: true });
    await settled();
    const machine = only(asked, "aws:sfn/stateMachine:StateMachine");
    expect(machine["loggingConfiguration"]).to.deep.equal({
      level: "ERROR",
      includeExecutionData: false,
      logDestination: "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/vendedlogs/states/m:*",
    });
    expect(machine["tracingConfiguration"]).to.deep.equal({ enabled: true });
    const policy = String(only(asked, "aws:iam/rolePolicy:RolePolicy")["policy"]);
    expect(policy).to.contain("logs:CreateLogDelivery").and.contain("xray:PutTraceSegments");
  });

  it("has the function told of failed runs, by one rule that alone may call it so", () => {
    const rule = only(registered, "aws:cloudwatch/eventRule:EventRule");
    expect(rule).to.include({ name: "reports-failed" });
    expect(JSON.parse(String(rule["eventPattern"]))).to.deep.equal(failedRunPattern(MACHINE));
    expect(only(registered, "aws:lambda/permission:Permission")).to.include({
      principal: "events.amazonaws.com",
      sourceArn: "arn:aws:events:eu-central-1:111122223333:rule/reports-failed",
      function: FUNCTION,
    });
    expect(only(registered, "aws:cloudwatch/eventTarget:EventTarget")).to.include({ arn: FUNCTION });
  });
});

describe("the management stack with collectorEngine stepfunctions", () => {
  const deploy = (config: Record<string, string>) => deployedStack("management", { config });

  it("makes the machine of the function, and has the schedule start it", async () => {
    const made = await deploy({ batchConcurrency: "7", toleratedFailurePercent: "13", runTimeoutMinutes: "95" });
    const arn = MACHINE.replace(":reports", ":iam-credential-reports-collector");
    const machine = only(made, "aws:sfn/stateMachine:StateMachine");
    const { TimeoutSeconds, States } = JSON.parse(String(machine["definition"])) as MachineDefinition;
    expect(TimeoutSeconds).to.equal(95 * 60);
    expect(States["Batches"]).to.include({ MaxConcurrency: 7, ToleratedFailurePercentage: 13 });
    expect(only(made, "aws:lambda/function:Function")).to.include({ reservedConcurrentExecutions: 8 });
    expect(only(made, "aws:scheduler/schedule:Schedule")["target"]).to.include({ arn });
  });

  it("makes none with the other engine", async () => {
    const made = await deploy({ collectorEngine: "lambda" });
    expect(made.filter(({ type }) => type.startsWith("aws:sfn/"))).to.deep.equal([]);
    expect(only(made, "aws:scheduler/schedule:Schedule")["target"])
      .to.have.property("arn")
      .match(/:function:/);
  });
});

describe("machineDefinition", () => {
  const definition = machineDefinition(INPUT);
  const map = definition.States["Batches"] as State & {
    ItemProcessor: MachineDefinition & { ProcessorConfig: object };
    ItemSelector: Record<string, unknown>;
  };
  const tasks = [...Object.values(definition.States), ...Object.values(map.ItemProcessor.States)].filter(
    ({ Type }) => Type === "Task",
  );

  it("is a definition in the Amazon States Language, in every partition", () => {
    for (const partition of ["aws", "aws-cn", "aws-us-gov"]) {
      const { isValid, errorsText } = validateDefinition(
        machineDefinition({ ...INPUT, partition, functionArn: FUNCTION.replace(":aws:", `:${partition}:`) }),
      );
      expect(isValid, errorsText("\n")).to.equal(true);
    }
    expect(JSON.stringify(machineDefinition({ ...INPUT, partition: "aws-cn", functionArn: "" }))).not.to.contain(
      "arn:aws:",
    );
  });

  it("ends a run that takes too long, and gives a call a minute more than the function has", () => {
    expect(definition.TimeoutSeconds).to.equal(95 * 60);
    expect(tasks.map(({ TimeoutSeconds }) => TimeoutSeconds)).to.deep.equal([960, 960, 960]);
  });

  it("collects so many batches at once, each a standard execution, and takes so many failures", () => {
    expect(map).to.deep.include({ MaxConcurrency: 7, ToleratedFailurePercentage: 13 });
    expect(map.ItemProcessor.ProcessorConfig).to.deep.equal({ Mode: "DISTRIBUTED", ExecutionType: "STANDARD" });
  });

  it("fails in the words of the collector where that refuses to run", () => {
    const answer: RefusedAnswer = {
      refused: {
        refused: "RunInProgress",
        message: "Run one is going on",
        running: { runId: "one", startedAt: "", expiresAt: "", holder: "" },
      },
    };
    const { CausePath, Error } = definition.States["Refused"] as State & { CausePath: string; Error: string };
    expect(Error).to.equal(answer.refused.refused);
    expect(answer).to.have.nested.property(CausePath.slice("$.".length), "Run one is going on");
  });

  it("catches nothing, so that a redrive resumes at the state that failed", () => {
    expect(JSON.stringify(definition)).not.to.contain('"Catch"');
  });

  it("tries again what passes by itself, with more and more time between, and nothing that the function says is wrong", () => {
    for (const { Retry } of tasks) {
      const retriers = Retry as { ErrorEquals: string[]; JitterStrategy: string; MaxAttempts: number }[];
      const errors = retriers.flatMap(({ ErrorEquals }) => ErrorEquals);
      expect(errors).to.include.members([
        "Lambda.TooManyRequestsException",
        "Lambda.ServiceException",
        "Lambda.SdkClientException",
        "Lambda.Unknown",
        "Sandbox.Timedout",
      ]);
      expect(errors).not.to.include.oneOf(["States.ALL", "States.TaskFailed"]);
      for (const retrier of retriers) expect(retrier).to.include({ JitterStrategy: "FULL", BackoffRate: 2 });
    }
  });

  it("ends a batch after a number of rounds, whatever the function says", () => {
    const { Choices } = map.ItemProcessor.States["Pending?"] as State & {
      Choices: { Variable: string; Next: string }[];
    };
    expect(Choices.map(({ Variable, Next }) => [Variable, Next])).to.deep.equal([
      ["$.answer.pending", "Collected"],
      ["$.round", "Collected"],
    ]);
  });

  it("passes numbers only: 50,000 accounts in batches of two fit each payload", () => {
    const batches = Array.from({ length: 25_000 }, (_, index) => index);
    const listed = JSON.stringify({ runId: "20261123T030000Z-123456", batches });
    expect(Buffer.byteLength(listed)).to.be.below(PAYLOAD_BYTES);
    expect(map.ItemProcessor.States["Collected"]).to.deep.include({ Type: "Succeed", OutputPath: null });
    expect(Buffer.byteLength(JSON.stringify(batches.map(() => ({}))))).to.be.below(PAYLOAD_BYTES);
  });
});

describe("machinePolicy", () => {
  const policy = machinePolicy({ ...WHERE, functionArn: FUNCTION, logging: false, tracing: false });

  it("allows to call the one function, and to start, follow, stop and redrive the machine's own batches", () => {
    const children = "arn:aws:states:eu-central-1:111122223333:execution:reports/Batches:*";
    const own = "arn:aws:states:eu-central-1:111122223333:execution:reports:*";
    expect(policy.Statement.map(({ Action, Resource }) => [Action, Resource])).to.deep.equal([
      ["lambda:InvokeFunction", FUNCTION],
      ["states:StartExecution", MACHINE],
      [
        ["states:DescribeExecution", "states:StopExecution"],
        [own, children],
      ],
      ["states:RedriveExecution", children],
    ]);
  });

  it("has no wildcard among its actions, and knows no partition of its own", () => {
    const all = machinePolicy({ ...WHERE, partition: "aws-cn", functionArn: "", logging: true, tracing: true });
    expect(allowedActions(all).filter((action) => action.includes("*"))).to.deep.equal([]);
    expect(JSON.stringify([all, machineTrustPolicy({ ...WHERE, partition: "aws-cn" })])).not.to.contain("arn:aws:");
  });

  it("is for Step Functions alone, and for this machine and its batches alone", () => {
    expect(machineTrustPolicy(WHERE).Statement).to.deep.equal([
      {
        Sid: "ThisMachineOnly",
        Effect: "Allow",
        Principal: { Service: "states.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: { "aws:SourceAccount": "111122223333" },
          ArnLike: { "aws:SourceArn": [MACHINE, `${MACHINE}/Batches`] },
        },
      },
    ]);
  });
});

describe("failedRunPattern", () => {
  it("is of this machine's executions that ended without success, and not of one that was refused", () => {
    expect(failedRunPattern(MACHINE)).to.deep.equal({
      source: ["aws.states"],
      "detail-type": ["Step Functions Execution Status Change"],
      detail: {
        stateMachineArn: [MACHINE],
        status: ["ABORTED", "FAILED", "TIMED_OUT"],
        error: [{ "anything-but": ["RunInProgress"] }, null],
      },
    });
  });
});
