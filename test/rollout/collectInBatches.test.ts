import path from "node:path";
import { expect } from "chai";
import { collect } from "../../rollout/commands/collect";
import type { Redrive } from "../../rollout/commands/collectInBatches";
import { readOrganizationConfig } from "../../rollout/configuration/organizationConfig";
import { RolloutError } from "../../rollout/errors";
import { BatchProgress } from "../../rollout/progress/batchProgress";
import { callerIdentity, withCannedAws, type CannedAnswer } from "../support/cannedAws";

const EXECUTION = "arn:aws:states:eu-central-1:111122223333:execution:iam-credential-reports-collector:one";
const SUMMARY = {
  runId: "20261123T031500Z-000001",
  complete: true,
  accounts: { listed: 3, inScope: 3, collected: 3, notCollected: 0, outOfScope: 0 },
  rows: 4,
  bucket: "evidence",
  manifestKey: "runs/20261123T031500Z-000001/manifest.json",
  manifestSha256: "00",
  missing: [],
  seconds: 1.5,
  apiCalls: 12,
  unreached: 0,
};
const json = (body: object): CannedAnswer => ({ status: 200, body: JSON.stringify(body) });
const refusal = (__type: string): CannedAnswer => ({ status: 400, body: JSON.stringify({ __type, message: "no" }) });
const listed = (...states: string[]): CannedAnswer =>
  json({ executions: states.map((status) => ({ executionArn: EXECUTION, status })) });
const SUCCEEDED = json({ status: "SUCCEEDED", executionArn: EXECUTION, output: JSON.stringify(SUMMARY) });

describe("collect, by a state machine", () => {
  const lines: string[] = [];
  const run = (
    answers: Record<string, CannedAnswer>,
    {
      redrive,
      signal = new AbortController().signal,
      engine = "stepfunctions",
    }: {
      redrive?: Redrive;
      signal?: AbortSignal;
      engine?: string;
    } = {},
  ) => {
    const config = readOrganizationConfig(path.join(__dirname, "../.."));
    config.management.settings.collectorEngine = engine;
    const StartExecution = json({ executionArn: EXECUTION });
    return withCannedAws({ GetCallerIdentity: callerIdentity("111122223333"), StartExecution, ...answers }, () =>
      collect({ config, log: (line) => lines.push(line), signal, progress: { write: () => true } }, { redrive }),
    );
  };
  const failure = async (...args: Parameters<typeof run>): Promise<string> => {
    const error: unknown = await run(...args).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(RolloutError);
    return (error as Error).message;
  };
  const ended = (status: string, error?: string, cause?: string) =>
    json({ status, executionArn: EXECUTION, error, cause });

  it("gives the summary of the run and the execution, and says what is covered", async () => {
    expect(await run({ DescribeExecution: SUCCEEDED })).to.deep.equal({
      command: "collect",
      ...SUMMARY,
      execution: EXECUTION,
    });
    expect(lines.join("\n")).to.contain("3 of 3 accounts in scope collected");
  });

  it("names the run that is going on, if the new one is refused for it", async () => {
    const message = "Run 20261123T030000Z-abcdef has been going on since 03:00";
    expect(await failure({ DescribeExecution: ended("FAILED", "RunInProgress", message) })).to.equal(message);
  });

  it("gives the cause of a run that failed, in the function's words, and says how to go on", async () => {
    const cause = JSON.stringify({ errorType: "RunError", errorMessage: "Batch 2 cannot be collected" });
    expect(await failure({ DescribeExecution: ended("FAILED", "RunError", cause) }))
      .to.contain("The run failed: RunError: Batch 2 cannot be collected.")
      .and.contain("collect --redrive")
      .and.contain(EXECUTION);
    expect(await failure({ DescribeExecution: ended("TIMED_OUT") })).to.contain(
      "The run timed out: no cause was given",
    );
  });

  it("says that the machine is not deployed, and which rights are missing", async () => {
    expect(await failure({ StartExecution: refusal("StateMachineDoesNotExist") })).to.contain("run up first");
    expect(await failure({ StartExecution: refusal("AccessDeniedException") })).to.contain("states:StartExecution");
  });

  it("leaves the run going when it is interrupted, and says so", async () => {
    const interrupt = new AbortController();
    interrupt.abort();
    const message = await failure({ DescribeExecution: ended("RUNNING") }, { signal: interrupt.signal });
    expect(message).to.equal("Interrupted. The run goes on in AWS and leaves its manifest in the bucket");
  });

  it("redrives an execution that is named, by its name or its ARN", async () => {
    const RedriveExecution = json({ redriveDate: 1 });
    for (const redrive of ["one", EXECUTION]) {
      const { execution } = await run({ RedriveExecution, DescribeExecution: SUCCEEDED }, { redrive });
      expect(execution).to.equal(EXECUTION);
    }
    const gone = { RedriveExecution: refusal("ExecutionNotRedrivable") };
    expect(await failure(gone, { redrive: "one" })).to.contain("run collect to start another");
  });

  it("redrives the newest that failed, and nothing where a newer one succeeded or is going on", async () => {
    const redrive = true;
    expect(await failure({ ListExecutions: listed("SUCCEEDED", "FAILED") }, { redrive })).to.contain("succeeded");
    expect(await failure({ ListExecutions: listed("RUNNING", "FAILED") }, { redrive })).to.contain("is going on");
    const refused = { ListExecutions: listed("FAILED"), DescribeExecution: ended("FAILED", "RunInProgress", "") };
    expect(await failure(refused, { redrive })).to.contain("No run failed");
    const message = await failure(
      {
        ListExecutions: listed("FAILED"),
        DescribeExecution: ended("FAILED", "RunError", "no"),
        RedriveExecution: json({}),
      },
      { redrive },
    );
    expect(message, "it was redriven, and failed again").to.contain("The run failed: RunError: no");
  });

  it("has nothing to redrive with the other engine", async () => {
    expect(await failure({}, { redrive: true, engine: "lambda" })).to.contain("run collect again");
  });

  it("prints the refusal of the other engine, too", async () => {
    const Invoke = json({ refused: "RunInProgress", message: "Run x is going on", running: {} });
    expect(await failure({ Invoke }, { engine: "lambda" })).to.equal("Run x is going on");
  });
});

describe("the progress of batches", () => {
  it("is said in a line: listing, batches done of all, what failed, finishing", () => {
    const written: string[] = [];
    let now = 0;
    const output = { write: (text: string) => written.push(text) > 0 };
    const progress = new BatchProgress({ output, now: () => now });
    progress.draw();
    now = 12_000;
    progress.update({ total: 400, succeeded: 12, running: 40, failed: 0 });
    progress.draw();
    progress.update({ total: 400, succeeded: 399, running: 0, failed: 1 });
    progress.draw();
    progress.close();
    expect(written).to.deep.equal([
      "  listing accounts · 0 s\n",
      "  12 of 400 batches done · 40 running · 12 s\n",
      "  399 of 400 batches done · 0 running · 1 failed · finishing · 12 s\n",
    ]);
  });
});
