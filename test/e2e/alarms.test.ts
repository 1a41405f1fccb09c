import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  CloudWatchLogsClient,
  DescribeQueryDefinitionsCommand,
  GetQueryResultsCommand,
  StartQueryCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { DisableKeyCommand, EnableKeyCommand } from "@aws-sdk/client-kms";
import {
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  PutFunctionConcurrencyCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { PurgeQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { startEmulation, type Emulation } from "../../emulation/session";
import type { RolloutReport } from "../../rollout/orchestration";
import { EmulatedAws } from "../emulation/emulatedAws";
import { answerOf, orchestrate } from "../support/commandLine";
import { copyProject } from "../support/projectCopy";
import { subscribe, type TopicSubscriber } from "../support/topicSubscriber";

const FUNCTION = "iam-credential-reports-collector";
const MEMBER = "444400000003";
const MEMBER_ROLE = "iam-credential-reports-member";
/** More than a percent of the minute that a run has. */
const SLOW_MS = 700;
const MINUTE = 60;
const HOUR = 3600;

// The steps of one story: each takes something away, is told so, and puts it back.
describe("the alarms of a deployed collector", function () {
  this.timeout(300_000);
  let folder: string;
  let emulation: Emulation;
  let aws: EmulatedAws;
  let subscriber: TopicSubscriber;
  let outputs: Record<string, unknown>;
  let seen = 0;

  const invoke = (InvocationType: "RequestResponse" | "Event" = "RequestResponse") =>
    aws.lambda(aws.deployer).send(new InvokeCommand({ FunctionName: FUNCTION, InvocationType }));
  /** Puts the clock of the alarms forward. */
  const advance = (seconds: number): Promise<unknown> =>
    fetch(`${emulation.emulator.endpoint}/_emulated/advance`, { method: "POST", body: JSON.stringify({ seconds }) });
  /** Waits until the topic has told all of these, as in `failed ALARM`; what else it told is passed over. */
  async function told(...expected: string[]): Promise<void> {
    const waiting = new Set(expected);
    while (waiting.size > 0) {
      const messages = await subscriber.messages(seen + 1);
      for (const { Message } of messages.slice(seen)) {
        const { AlarmName, NewStateValue } = JSON.parse(Message) as { AlarmName: string; NewStateValue: string };
        waiting.delete(`${AlarmName.slice(FUNCTION.length + 1)} ${NewStateValue}`);
      }
      seen = messages.length;
    }
  }

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "alarms-"));
    const stateDir = path.join(folder, "state");
    const project = path.join(folder, "project");
    // what runs is what a test starts: the clock is put forward over the hour of the schedule
    const limits = ["timeoutSeconds: 60", "durationAlarmPercent: 1", "retryAttempts: 0", "scheduleEnabled: false"];
    copyProject(project, ["orchestrate.ts", "emulation", "package-lock.json"], { management: limits });
    const up = ["up", "--emulated", "--json", "--accounts", "5"];
    const report = answerOf<RolloutReport>(await orchestrate(stateDir, up, { cwd: project }));
    outputs = { ...report.outputs["security"], ...report.outputs["management"] };
    emulation = await startEmulation({ stateDir, log: () => undefined });
    aws = new EmulatedAws(emulation.emulator, emulation.organization, stateDir);
    subscriber = await subscribe(aws.sns(aws.deployer), String(outputs["alertsTopicArn"]));
  });
  after(async () => {
    await subscriber.close();
    await emulation.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("say that evidence is old while nothing ran, and that it is fresh after a complete run that came near its limit", async () => {
    await behind(
      () => new Promise((resolve) => setTimeout(resolve, SLOW_MS, false)),
      () => invoke(),
    );
    await told("near-timeout ALARM");
    await advance(HOUR);
    await told("stale OK");
  });

  it("say that a run was refused because another was going", async () => {
    let go = (): void => undefined;
    const released = new Promise<void>((resolve) => (go = resolve));
    await behind(
      () => released.then(() => false),
      async (asked) => {
        const first = invoke();
        await asked;
        await invoke();
        go();
        await first;
      },
    );
    await told("refused ALARM");
    await advance(10 * MINUTE);
    await invoke();
    await told("refused OK");
  });

  it("say that a run lacks an account whose role is gone, and that the next one has it again", async () => {
    const iam = aws.iam({ accessKeyId: MEMBER, secretAccessKey: "test" });
    const RoleName = MEMBER_ROLE;
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    const policies = await Promise.all(
      PolicyNames.map((PolicyName) => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))),
    );
    for (const PolicyName of PolicyNames) await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    await iam.send(new DeleteRoleCommand({ RoleName }));
    await invoke();
    await told("incomplete ALARM");

    const AssumeRolePolicyDocument = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "");
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    for (const { PolicyName, PolicyDocument = "" } of policies) {
      const document = decodeURIComponent(PolicyDocument);
      await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: document }));
    }
    await advance(10 * MINUTE);
    await invoke();
    await told("incomplete OK");
  });

  it("say that a run failed whose key is disabled, and that its event waits in the queue, until both are over", async () => {
    const kms = aws.kms(await aws.administrator("222233334444"));
    const KeyId = String(outputs["keyArn"]);
    await kms.send(new DisableKeyCommand({ KeyId }));
    await invoke("Event");
    await told("failed ALARM");
    await letters();
    await kms.send(new EnableKeyCommand({ KeyId }));
    const { endpoint } = emulation.emulator;
    const sqs = new SQSClient({ endpoint, region: "eu-central-1", credentials: aws.deployer });
    await sqs.send(new PurgeQueueCommand({ QueueUrl: String(outputs["deadLetterQueueUrl"]) }));
    await advance(2 * HOUR);
    await told("dead-letters OK");
    await invoke();
    await told("failed OK");
  });

  it("say that the function cannot be started while it has no concurrency", async () => {
    const lambda = aws.lambda(aws.deployer);
    const before = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: FUNCTION }));
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: FUNCTION, ReservedConcurrentExecutions: 0 }));
    await invoke().catch(() => undefined);
    await told("throttled ALARM");
    const { ReservedConcurrentExecutions } = before;
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: FUNCTION, ReservedConcurrentExecutions }));
    await advance(20 * MINUTE);
    await told("throttled OK");
  });

  it("say that AWS throttles the collector, and that it does no more", async () => {
    let calls = 0;
    await behind(
      () => Promise.resolve(++calls <= 6),
      () => invoke(),
    );
    await told("api-throttled ALARM");
    await advance(10 * MINUTE);
    await invoke();
    await told("api-throttled OK");
  });

  it("say that nothing ran, however quiet all else is", async () => {
    await advance(34 * HOUR);
    await told("stale ALARM");
  });

  it("come with queries that the log answers", async () => {
    const { endpoint } = emulation.emulator;
    const logs = new CloudWatchLogsClient({ endpoint, region: "eu-central-1", credentials: aws.deployer });
    const { queryDefinitions = [] } = await logs.send(new DescribeQueryDefinitionsCommand({}));
    expect(queryDefinitions).to.have.length(6);
    const found: Record<string, number> = {};
    for (const { name = "", queryString, logGroupNames } of queryDefinitions) {
      const asked = { queryString, logGroupNames, startTime: 0, endTime: Math.ceil(Date.now() / 1000) + MINUTE };
      const { queryId } = await logs.send(new StartQueryCommand(asked));
      const { results = [], status } = await logs.send(new GetQueryResultsCommand({ queryId }));
      expect(status, name).to.equal("Complete");
      found[name.split("/")[1] ?? ""] = results.length;
    }
    expect(found["runs"]).to.be.at.least(6);
    expect(found["accounts-not-collected"]).to.be.at.least(1);
    expect(found["not-collected-by-code"]).to.be.at.least(1);
    expect(found["errors"]).to.be.at.least(1);
    expect(found["slowest-accounts"]).to.be.at.least(5);
    expect(found["throttles"]).to.be.at.least(1);
  });

  /**
   * Works while the function asks IAM by way of a proxy.
   *
   * @param throttle Whether a call is throttled rather than passed on, when that is known.
   * @param work Gets what is settled once the function has asked.
   */
  async function behind(
    throttle: () => Promise<boolean>,
    work: (asked: Promise<void>) => Promise<unknown>,
  ): Promise<void> {
    const lambda = aws.lambda(aws.deployer);
    const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: FUNCTION }));
    const configure = (Variables: Record<string, string> = {}): Promise<unknown> =>
      lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: FUNCTION, Environment: { Variables } }));
    let ask = (): void => undefined;
    const asked = new Promise<void>((resolve) => (ask = resolve));
    const proxy = await iamProxy(emulation.emulator.port, () => {
      ask();
      return throttle();
    });
    const { port } = proxy.address() as AddressInfo;
    try {
      await configure({ ...Environment?.Variables, AWS_ENDPOINT_URL_IAM: `http://127.0.0.1:${port}` });
      await work(asked);
    } finally {
      await configure(Environment?.Variables);
      proxy.close();
    }
  }

  /** Lets minutes pass until the queue is seen to hold a message. */
  async function letters(): Promise<void> {
    const waiting = told("dead-letters ALARM").then(() => true);
    const minute = (): Promise<boolean> => advance(MINUTE).then(() => false);
    for (let over = false; !over;) over = await Promise.race([waiting, minute()]);
  }
});

/** Passes on what is asked of IAM, or throttles it. */
async function iamProxy(emulator: number, throttle: () => Promise<boolean>): Promise<Server> {
  const body =
    "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>";
  const server = createServer((asked, answer) => {
    void throttle().then((throttled) => {
      if (throttled) {
        asked.resume();
        answer.writeHead(400, { "content-type": "text/xml" }).end(body);
        return;
      }
      const { method, url, headers } = asked;
      const onward = request({ host: "127.0.0.1", port: emulator, method, path: url, headers }, (answered) => {
        answer.writeHead(answered.statusCode ?? 502, answered.headers);
        answered.pipe(answer);
      });
      asked.pipe(onward);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
