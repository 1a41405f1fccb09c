import { setTimeout as pause } from "node:timers/promises";
import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  type DescribeExecutionOutput,
} from "@aws-sdk/client-sfn";
import { REFUSED_ERROR } from "../../components/collectorMachineDefinition";
import { stateMachineArn } from "../../components/collectorMachinePolicy";
import { causeOf } from "../../runtime/engine/failStep";
import type { RunSummary } from "../../runtime/settings";
import { messageOf, RolloutError } from "../errors";
import { managementSession, type Orchestration } from "../orchestration";
import { BatchProgress, type BatchCounts } from "../progress/batchProgress";

/** What to redrive: one execution, by its ARN or name, or the newest that failed. */
export type Redrive = string | true;

/** The run as a state machine did it, and the execution. */
export type BatchedRun = RunSummary & { execution: string };

/** How often an execution is asked how far it is, in milliseconds: often at first, since a small organization takes seconds. */
const POLL = { firstMs: 250, growth: 1.3, mostMs: 5_000 };

/**
 * Starts an execution of the state machine, or redrives one, and follows it to its end.
 *
 * @throws RolloutError if there is no state machine, a run is going on, or the run failed
 */
export async function collectInBatches(
  context: Pick<Orchestration, "config" | "log" | "signal" | "progress">,
  redrive?: Redrive,
): Promise<BatchedRun> {
  const { functionName: machineName } = context.config.management.settings;
  const { session, caller } = await managementSession(context.config);
  const machineArn = stateMachineArn({ ...caller, region: session.region, machineName });
  const client = new SFNClient({ ...session, maxAttempts: 5 });
  try {
    const execution =
      redrive === undefined ? await start(client, machineArn) : await again(client, machineArn, redrive);
    context.log(`collect: ${redrive === undefined ? "started" : "redrove"} ${execution}`);
    return { ...(await follow(client, execution, context)), execution };
  } catch (cause) {
    throw explain(cause, machineName);
  } finally {
    client.destroy();
  }
}

async function start(client: SFNClient, machineArn: string): Promise<string> {
  const { executionArn = "" } = await client.send(new StartExecutionCommand({ stateMachineArn: machineArn }));
  return executionArn;
}

async function again(client: SFNClient, machineArn: string, redrive: Redrive): Promise<string> {
  const executionArn = redrive === true ? await newestFailed(client, machineArn) : executionArnOf(machineArn, redrive);
  await client.send(new RedriveExecutionCommand({ executionArn }));
  return executionArn;
}

function executionArnOf(machineArn: string, named: string): string {
  return named.startsWith("arn:") ? named : `${machineArn.replace(":stateMachine:", ":execution:")}:${named}`;
}

/** The newest run that failed, as long as none succeeded since: an older one has nothing that is missing any more. */
async function newestFailed(client: SFNClient, machineArn: string): Promise<string> {
  let nextToken: string | undefined;
  do {
    const page = await client.send(new ListExecutionsCommand({ stateMachineArn: machineArn, nextToken }));
    for (const { executionArn = "", status } of page.executions ?? []) {
      if (status === "RUNNING") {
        throw new RolloutError(`${executionArn} is going on. Wait for its end, or stop it, before one is redriven`);
      }
      if (status === "SUCCEEDED") {
        throw new RolloutError(
          `The newest run, ${executionArn}, succeeded: there is nothing to redrive. Name an older one with --redrive EXECUTION if you mean that`,
        );
      }
      const { error } = await client.send(new DescribeExecutionCommand({ executionArn }));
      // one that was refused never was a run
      if (error !== REFUSED_ERROR) return executionArn;
    }
    nextToken = page.nextToken;
  } while (nextToken);
  throw new RolloutError("No run failed: there is nothing to redrive. Run collect to start one");
}

async function follow(
  client: SFNClient,
  executionArn: string,
  { signal, progress: output }: Pick<Orchestration, "signal" | "progress">,
): Promise<RunSummary> {
  const progress = new BatchProgress({ output });
  try {
    for (let wait = POLL.firstMs; ; wait = Math.min(wait * POLL.growth, POLL.mostMs)) {
      await pause(wait, undefined, { signal });
      const found = await client.send(new DescribeExecutionCommand({ executionArn }), { abortSignal: signal });
      if (found.status === "SUCCEEDED") return JSON.parse(found.output ?? "null") as RunSummary;
      if (found.status !== "RUNNING") throw failed(found);
      progress.update(await batches(client, executionArn));
    }
  } finally {
    progress.close();
  }
}

async function batches(client: SFNClient, executionArn: string): Promise<BatchCounts | undefined> {
  const { mapRuns = [] } = await client.send(new ListMapRunsCommand({ executionArn }));
  const [run] = mapRuns;
  if (!run) return undefined;
  const { itemCounts } = await client.send(new DescribeMapRunCommand({ mapRunArn: run.mapRunArn }));
  const { total = 0, succeeded = 0, running = 0, failed = 0, timedOut = 0, aborted = 0 } = itemCounts ?? {};
  return { total, succeeded, running, failed: failed + timedOut + aborted };
}

function failed({ executionArn, status, error = "", cause = "" }: DescribeExecutionOutput): RolloutError {
  if (error === REFUSED_ERROR) return new RolloutError(cause);
  const why = error === "" ? "no cause was given" : `${error}: ${causeOf(cause)}`;
  return new RolloutError(
    `The run ${(status ?? "").toLowerCase().replace("_", " ")}: ${why}. When the cause is mended, collect --redrive goes on with ` +
      `what is missing, for 14 days. What each batch said is in Step Functions: ${executionArn}`,
  );
}

function explain(cause: unknown, machineName: string): RolloutError {
  if (cause instanceof RolloutError) return cause;
  const code = cause instanceof Error ? cause.name : "";
  if (code === "AbortError") {
    return new RolloutError("Interrupted. The run goes on in AWS and leaves its manifest in the bucket", 1, { cause });
  }
  const advice: Record<string, string> = {
    StateMachineDoesNotExist: "It is not deployed: run up first",
    ExecutionDoesNotExist: "There is no such execution: collect --redrive without a name takes the newest that failed",
    ExecutionNotRedrivable: "It succeeded, is going on, or ended more than 14 days ago: run collect to start another",
    AccessDeniedException:
      "Your credentials need states:StartExecution and states:ListExecutions on the state machine, states:RedriveExecution, " +
      "states:DescribeExecution and states:ListMapRuns on its executions, and states:DescribeMapRun on its map runs",
  };
  return new RolloutError(`State machine ${machineName}: ${messageOf(cause)}. ${advice[code] ?? ""}`.trim(), 1, {
    cause,
  });
}
