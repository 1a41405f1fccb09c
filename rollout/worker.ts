import { LocalWorkspace, Stack, type EngineEvent, type OpMap } from "@pulumi/pulumi/automation";
import { causeOf, isFailure } from "./failureCause";
import { runProgram } from "./programs";
import type { ResourceEvent, StackRequest, StackResult } from "./stackEngine";
import type { FromWorker, ToWorker } from "./workerProtocol";

/**
 * A process that runs one stack at a time, started by workerPool.ts.
 *
 * Inline programs of one process are not safe from each other: a failure in one stack fails its neighbours, because each
 * registers a handler for rejections of the whole process. A process each keeps them apart, and gives its memory back.
 */

interface Running {
  stack: Stack;
  created: boolean;
}

let running: Running | undefined;
let abort = new AbortController();

const send = (message: FromWorker): void => {
  process.send?.(message);
};

process.on("message", (message: ToWorker) => {
  if (message.say === "cancel") {
    abort.abort();
    return;
  }
  const changes: Record<string, number> = {};
  const causes: string[] = [];
  const work =
    message.say === "select" ? select(message.request) : run(message.request, (event) => note(event, changes, causes));
  work.then(
    (result) => send({ say: "done", ...(result ? { result } : {}) }),
    (error: unknown) => send({ say: "failed", message: causeOf(error, causes), changes }),
  );

  function note(event: EngineEvent, counts: Record<string, number>, errors: string[]): void {
    const resource = resourceEvent(message.say === "cancel" ? "" : message.request.stack, event);
    if (resource) {
      send({ say: "event", event: resource });
      if (resource.phase === "end") counts[resource.op] = (counts[resource.op] ?? 0) + 1;
    }
    const diagnostic = event.diagnosticEvent;
    if (diagnostic && isFailure(diagnostic)) errors.push(diagnostic.message);
  }
});

// The parent is gone, so nobody will say cancel: stop as if somebody had, and leave no engine behind.
process.on("disconnect", () => {
  abort.abort();
  if (!running) process.exit(1);
});

async function select(request: StackRequest): Promise<void> {
  abort = new AbortController();
  const workspace = await LocalWorkspace.create({
    workDir: request.workDir,
    program: () => runProgram(request.stack),
  });
  try {
    running = { stack: await Stack.select(request.stack, workspace), created: false };
  } catch {
    running = { stack: await Stack.create(request.stack, workspace), created: true };
  }
}

async function run(request: StackRequest, onEvent: (event: EngineEvent) => void): Promise<StackResult> {
  if (!running) throw new Error("no stack is selected");
  const { stack, created } = running;
  try {
    abort.signal.throwIfAborted();
    return await perform(stack, request, onEvent);
  } finally {
    // a preview of a stack that was never deployed leaves nothing behind
    if (request.operation === "preview" && created) await stack.workspace.removeStack(request.stack);
    running = undefined;
    if (!process.connected) process.exit(1);
  }
}

async function perform(
  stack: Stack,
  request: StackRequest,
  onEvent: (event: EngineEvent) => void,
): Promise<StackResult> {
  const options = { onEvent, signal: abort.signal, color: "never" as const };
  switch (request.operation) {
    case "up": {
      const result = await stack.up(options);
      const outputs = Object.entries(result.outputs).map(([name, output]) => [name, output.value as unknown] as const);
      return { changes: counts(result.summary.resourceChanges), outputs: Object.fromEntries(outputs) };
    }
    case "preview":
      return { changes: counts((await stack.preview(options)).changeSummary), outputs: {} };
    case "refresh":
      return { changes: counts((await stack.refresh(options)).summary.resourceChanges), outputs: {} };
    case "destroy":
      return {
        changes: counts((await stack.destroy({ ...options, remove: request.removeStack })).summary.resourceChanges),
        outputs: {},
      };
  }
}

function counts(changes: OpMap | undefined): Record<string, number> {
  return Object.fromEntries(Object.entries(changes ?? {}).filter(([, count]) => (count ?? 0) > 0));
}

function resourceEvent(stack: string, event: EngineEvent): ResourceEvent | undefined {
  const [phase, metadata] = event.resourcePreEvent
    ? (["begin", event.resourcePreEvent.metadata] as const)
    : event.resOutputsEvent
      ? (["end", event.resOutputsEvent.metadata] as const)
      : event.resOpFailedEvent
        ? (["failed", event.resOpFailedEvent.metadata] as const)
        : [];
  if (!phase || !metadata || metadata.type.startsWith("pulumi:")) return undefined;
  return { stack, phase, op: metadata.op, type: metadata.type, name: metadata.urn.split("::").at(-1) ?? "" };
}

send({ say: "ready" });
