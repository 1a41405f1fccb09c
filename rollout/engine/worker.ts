import {
  ConcurrentUpdateError,
  LocalWorkspace,
  PulumiCommand,
  Stack,
  type EngineEvent,
  type OutputMap,
} from "@pulumi/pulumi/automation";
import { isFailure } from "./failureCause";
import { failuresOf, type Diagnostic } from "./failures";
import { violationOf, type ViolationsFound } from "./policyViolations";
import { runProgram } from "../programs";
import { resourceChange } from "./resourceChanges";
import type { ResourceChange, ResourceEvent, StackRequest, StackResult } from "./stackEngine";
import { isLeftBehind, lockedCause, lockEvidence, locksNamed, OperationMark, wasKilled } from "./stackLock";
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
/** Found, and asked for its version, once a process. */
let engine: Promise<PulumiCommand> | undefined;

const send = (message: FromWorker): void => {
  process.send?.(message);
};

process.on("message", (message: ToWorker) => {
  if (message.say === "cancel") {
    abort.abort();
    return;
  }
  const notes: Notes = { causes: [], steps: {}, changes: undefined, resources: [], violations: noViolations() };
  const { request } = message;
  const work = message.say === "select" ? select(request) : run(request, notes);
  work.then(
    (result) => send({ say: "done", ...(result ? { result } : {}) }),
    (error: unknown) =>
      send({
        say: "failed",
        failures: failuresOf(error, notes.causes, [...notes.violations.mandatory.values()]),
        changes: notes.steps,
        warnings: [...notes.violations.advisory.values()],
      }),
  );
});

// The parent is gone, so nobody will say cancel: stop as if somebody had, and leave no engine behind.
process.on("disconnect", () => {
  abort.abort();
  if (!running) process.exit(1);
});

/** What the engine says while it works on a stack. */
interface Notes {
  /** Why something failed. */
  causes: Diagnostic[];
  /** Resources by what was done to them so far. */
  steps: Record<string, number>;
  /** The engine's own count, at the end. */
  changes: Record<string, number> | undefined;
  /** Resources that are replaced, or not as they were deployed. */
  resources: ResourceChange[];
  /** Rules of policy packs that are not kept. */
  violations: ViolationsFound;
}

const noViolations = (): ViolationsFound => ({ mandatory: new Map(), advisory: new Map() });

async function select(request: StackRequest): Promise<void> {
  abort = new AbortController();
  engine ??= PulumiCommand.get();
  const workspace = await LocalWorkspace.create({
    workDir: request.workDir,
    pulumiCommand: await engine,
    program: () => runProgram(request.stack),
    // the engine takes that of the stack's file for stacks that are there, and not for new ones
    ...(request.secretsProvider !== undefined && { secretsProvider: request.secretsProvider }),
  });
  // each operation names its stack, so that none has to be selected, which takes a call of the engine
  workspace.selectStack = () => Promise.resolve();
  running = request.isNew
    ? { stack: await Stack.create(request.stack, workspace), created: true }
    : { stack: await Stack.select(request.stack, workspace), created: false };
}

async function run(request: StackRequest, notes: Notes): Promise<StackResult> {
  if (!running) throw new Error("no stack is selected");
  const { stack, created } = running;
  try {
    abort.signal.throwIfAborted();
    return await unlocked(stack, request, notes);
  } finally {
    // a preview of a stack that was never deployed leaves nothing behind
    if (request.operation === "preview" && created) await stack.workspace.removeStack(request.stack);
    running = undefined;
    if (!process.connected) process.exit(1);
  }
}

/** Performs the operation, and where a killed engine has left the stack locked takes that lock away first. */
async function unlocked(stack: Stack, request: StackRequest, notes: Notes): Promise<StackResult> {
  const mark = new OperationMark(request.workDir);
  const unfinishedSince = mark.begin();
  try {
    const result = await perform(stack, request, notes);
    mark.end();
    return result;
  } catch (error) {
    if (!(error instanceof ConcurrentUpdateError)) {
      // one that was killed has not let go of the stack
      if (!wasKilled(error)) mark.end();
      throw error;
    }
    const locks = locksNamed(error.message);
    if (!isLeftBehind(locks, lockEvidence(unfinishedSince))) {
      // what an operation before this one left unfinished stays so
      if (!unfinishedSince) mark.end();
      throw new Error(lockedCause(locks), { cause: error });
    }
    await stack.cancel();
    const result = await perform(stack, request, notes);
    mark.end();
    const processes = locks.map(({ pid, since }) => `process ${pid}, since ${since}`).join("; ");
    return { ...result, notes: [`took away the lock that a killed engine had left (${processes})`] };
  }
}

async function perform(stack: Stack, request: StackRequest, notes: Notes): Promise<StackResult> {
  // An operation ends with three more calls of the engine, for outputs and history: two thirds of a small stack's time.
  // The counts come with the events, and only some outputs are asked for.
  stack.info = () => Promise.resolve(undefined);
  if (!request.wantsOutputs) stack.outputs = () => Promise.resolve({});
  const onEvent = (event: EngineEvent): void => note(request, event, notes);
  const options = { onEvent, signal: abort.signal };
  let outputs: Record<string, unknown> = {};
  switch (request.operation) {
    case "up": {
      // rules on a whole stack are looked at when all of it is made, which would be too late to refuse it
      const packs = request.policyPacks?.length ? await heldToRules(stack, request, notes) : {};
      const result = await stack.up({ ...options, ...packs, color: "never" });
      outputs = valuesOf(result.outputs);
      break;
    }
    case "preview":
      // what is deployed gives them already; what stands in for them in the next stack would look like a change
      if (request.wantsOutputs && !request.isNew) outputs = valuesOf(await stack.outputs());
      await stack.preview({ ...options, ...packOptions(request), color: "never" });
      break;
    case "refresh":
      await stack.refresh({ ...options, color: "never" });
      break;
    case "drift":
      await stack.previewRefresh({ ...options, color: "never" });
      break;
    case "destroy":
      await stack.destroy({ ...options, color: "never", remove: request.removeStack });
      break;
  }
  const warnings = [...notes.violations.advisory.values()];
  return {
    changes: notes.changes ?? notes.steps,
    outputs,
    resources: notes.resources,
    ...(warnings.length > 0 && { warnings }),
  };
}

/**
 * Previews what `up` is about to do, for the policy packs alone.
 *
 * @returns the packs that the deployment has to run: all, since it knows what a preview cannot, or none where nothing changes
 * @throws CommandError if a mandatory rule is not kept
 */
async function heldToRules(stack: Stack, request: StackRequest, notes: Notes): Promise<PackOptions> {
  let changes: Record<string, number | undefined> = {};
  const onEvent = ({ diagnosticEvent, policyEvent, summaryEvent }: EngineEvent): void => {
    if (diagnosticEvent && isFailure(diagnosticEvent)) notes.causes.push(diagnosticEvent);
    if (policyEvent) violationOf(policyEvent, notes.violations);
    if (summaryEvent) changes = summaryEvent.resourceChanges;
  };
  const packs = packOptions(request);
  await stack.preview({ onEvent, signal: abort.signal, color: "never", ...packs });
  const kinds = Object.entries(changes).flatMap(([kind, count]) => (count ? [kind] : []));
  if (kinds.length > 0 && kinds.every((kind) => kind === "same")) return {};
  // the deployment says it all again
  notes.violations = noViolations();
  return packs;
}

/** What the Automation API takes. */
interface PackOptions {
  policyPacks?: string[];
  policyPackConfigs?: string[];
}

/** The engine wants as many files with settings as packs, or none. */
function packOptions({ policyPacks = [] }: StackRequest): PackOptions {
  if (policyPacks.length === 0) return {};
  const configs = policyPacks.flatMap(({ config }) => (config === undefined ? [] : [config]));
  return {
    policyPacks: policyPacks.map(({ path }) => path),
    ...(configs.length > 0 && { policyPackConfigs: configs }),
  };
}

function valuesOf(outputs: OutputMap): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { value, secret }]) => [name, secret ? "[secret]" : (value as unknown)]),
  );
}

function note({ stack, operation }: StackRequest, event: EngineEvent, notes: Notes): void {
  const change = resourceChange(operation, event);
  if (change) notes.resources.push(change);
  const resource = resourceEvent(stack, event);
  if (resource) {
    send({ say: "event", event: resource });
    if (resource.phase === "end") notes.steps[resource.op] = (notes.steps[resource.op] ?? 0) + 1;
  }
  if (event.diagnosticEvent && isFailure(event.diagnosticEvent)) notes.causes.push(event.diagnosticEvent);
  if (event.policyEvent) violationOf(event.policyEvent, notes.violations);
  const counts = event.summaryEvent?.resourceChanges;
  if (counts) notes.changes = Object.fromEntries(Object.entries(counts).filter(([, count]) => (count ?? 0) > 0));
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
