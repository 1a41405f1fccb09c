import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { RunSummary } from "../../runtime/settings";
import { messageOf, RolloutError } from "../errors";
import { managementSession, type Orchestration } from "../orchestration";
import { collectInBatches, type Redrive } from "./collectInBatches";
import { isByStateMachine } from "../configuration/settings";
import { logCoverage } from "./coverage";

/** What `collect` answers: the summary of the run, and the execution where a state machine did it. */
export type CollectReport = RunSummary & { command: "collect"; execution?: string };

/** Longer than the longest run of a Lambda function. */
const LONGEST_RUN_MS = 960_000;

/**
 * Runs the deployed collector now, waits for its end, and says what it covered.
 *
 * @param options.redrive Go on with a run of the state machine that failed, in place of a new one.
 * @throws RolloutError if it is not deployed, a run is going on already, or the run failed
 */
export async function collect(
  context: Pick<Orchestration, "config" | "log" | "signal" | "progress">,
  { redrive }: { redrive?: Redrive } = {},
): Promise<CollectReport> {
  const byStateMachine = isByStateMachine(context.config.management.settings);
  if (redrive !== undefined && !byStateMachine) {
    throw new RolloutError(
      "--redrive goes with collectorEngine: stepfunctions: with lambda a run is one invocation, so run collect again",
    );
  }
  const summary = byStateMachine ? await collectInBatches(context, redrive) : await collectAtOnce(context);
  logCoverage(summary, context.log);
  return { command: "collect", ...summary };
}

async function collectAtOnce(context: Pick<Orchestration, "config" | "log" | "signal">): Promise<RunSummary> {
  const { functionName } = context.config.management.settings;
  const { session } = await managementSession(context.config);
  const client = new LambdaClient({
    ...session,
    // a run is asked for once, however long it takes
    maxAttempts: 1,
    requestHandler: { requestTimeout: LONGEST_RUN_MS },
  });
  context.log(`collect: running ${functionName}`);
  const began = performance.now();
  const ticking = setInterval(() => {
    context.log(`  still running after ${Math.round((performance.now() - began) / 1000)} s`);
  }, 15_000);
  try {
    const answer = await client.send(
      new InvokeCommand({ FunctionName: functionName, InvocationType: "RequestResponse" }),
      { abortSignal: context.signal },
    );
    const payload = JSON.parse(Buffer.from(answer.Payload ?? []).toString("utf8") || "null") as unknown;
    if (answer.FunctionError) throw failedRun(functionName, payload);
    if (isRefusal(payload)) throw new RolloutError(payload.message);
    return payload as RunSummary;
  } catch (cause) {
    throw explain(cause, functionName);
  } finally {
    clearInterval(ticking);
    client.destroy();
  }
}

/** The answer of a collector that did not run, because a run is going on. */
function isRefusal(payload: unknown): payload is { refused: string; message: string } {
  return typeof payload === "object" && payload !== null && "refused" in payload;
}

function failedRun(functionName: string, payload: unknown): RolloutError {
  const { errorType, errorMessage } = (payload ?? {}) as { errorType?: string; errorMessage?: string };
  return new RolloutError(
    `The run failed: ${errorType ?? "Error"}: ${errorMessage ?? JSON.stringify(payload)}. ` +
      `Its log is in /aws/lambda/${functionName} of the collector's account`,
  );
}

function explain(cause: unknown, functionName: string): RolloutError {
  if (cause instanceof RolloutError) return cause;
  const code = cause instanceof Error ? cause.name : "";
  const advice: Record<string, string> = {
    ResourceNotFoundException: "The collector is not deployed: run up first",
    TooManyRequestsException: "A run is going on already, and there is one at a time: wait for its end",
    AccessDeniedException: "Your credentials may not invoke it: they need lambda:InvokeFunction",
    AbortError: "Interrupted. The run goes on in AWS and leaves its manifest in the bucket",
  };
  return new RolloutError(`${functionName} could not be run: ${messageOf(cause)}. ${advice[code] ?? ""}`.trim(), 1, {
    cause,
  });
}
