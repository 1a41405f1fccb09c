import { execFile, fork, type ChildProcess } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { LocalWorkspace, PulumiCommand } from "@pulumi/pulumi/automation";
import { messageOf, RolloutError } from "../errors";
import { causeOf } from "./failureCause";
import { StackError, type ResourceEvent, type StackEngine, type StackRequest, type StackResult } from "./stackEngine";
import type { StackSummary } from "./stackEngine";
import type { StackState } from "./stackState";
import type { FromWorker, ToWorker } from "./workerProtocol";

const WORKER = path.join(__dirname, "worker.ts");

/** The engine behind the seam: a pool of worker processes over the Automation API. */
export class WorkerPool implements StackEngine {
  private readonly idle: Worker[] = [];
  private readonly all = new Set<Worker>();
  /** Creating stacks writes to one home folder, so it goes one at a time. */
  private creating: Promise<unknown> = Promise.resolve();

  private command: Promise<PulumiCommand> | undefined;

  constructor(private readonly projectDir: string) {}

  async run(request: StackRequest, onEvent: (event: ResourceEvent) => void): Promise<StackResult> {
    const worker = this.idle.pop() ?? this.start();
    try {
      await this.select(worker, request);
      const result = await worker.ask({ say: "run", request }, onEvent);
      return result ?? { changes: {}, outputs: {} };
    } finally {
      if (worker.alive) this.idle.push(worker);
    }
  }

  async forget(workDir: string, stack: string): Promise<void> {
    await this.ask(["stack", "rm", stack, "--force", "--yes"], workDir);
  }

  async list(workDir: string): Promise<StackSummary[]> {
    const workspace = await LocalWorkspace.create({ workDir, pulumiCommand: await (this.command ??= findEngine()) });
    return ownStacks(await workspace.listStacks()).map(({ name, lastUpdate, resourceCount, updateInProgress }) => ({
      name,
      lastUpdate,
      resourceCount,
      updateInProgress,
    }));
  }

  async exportState(workDir: string, stack: string): Promise<StackState> {
    // without --show-secrets, unlike the Automation API's own
    return JSON.parse(await this.ask(["stack", "export", "--stack", stack], workDir)) as StackState;
  }

  async importState(workDir: string, stack: string, file: string): Promise<void> {
    await this.ask(["stack", "import", "--stack", stack, "--file", file], workDir);
  }

  cancel(): void {
    for (const worker of this.all) worker.cancel();
  }

  async close(): Promise<void> {
    await Promise.all([...this.all].map((worker) => worker.close()));
  }

  private async select(worker: Worker, request: StackRequest): Promise<void> {
    const ask = (): Promise<unknown> => worker.ask({ say: "select", request }, () => undefined);
    if (!request.isNew) return void (await ask());
    const created = this.creating.then(ask);
    this.creating = created.catch(() => undefined);
    await created;
  }

  /** Runs the engine's command line. @throws RolloutError with what it printed */
  private async ask(args: readonly string[], cwd: string): Promise<string> {
    const { command } = await (this.command ??= findEngine());
    try {
      const options = { cwd, maxBuffer: Infinity, env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" } };
      return (await promisify(execFile)(command, [...args, "--non-interactive"], options)).stdout;
    } catch (cause) {
      throw new RolloutError(`pulumi ${args.slice(0, 2).join(" ")} failed: ${causeOf(cause)}`, 1, { cause });
    }
  }

  private start(): Worker {
    const worker = new Worker(this.projectDir, () => this.all.delete(worker));
    this.all.add(worker);
    return worker;
  }
}

/**
 * Pulumi Cloud answers with the stacks of every organization that the user is in: those of the default one by their name, and others
 * with their organization before it. Commands work on the former.
 */
export function ownStacks<Stack extends { name: string }>(stacks: readonly Stack[]): Stack[] {
  return stacks.filter(({ name }) => !name.includes("/"));
}

async function findEngine(): Promise<PulumiCommand> {
  try {
    return await PulumiCommand.get();
  } catch (cause) {
    throw new RolloutError(
      `No usable Pulumi CLI on PATH (${messageOf(cause).match(/ENOENT|[Vv]ersion.*/)?.[0] ?? "it does not answer"}): install it ` +
        `(https://www.pulumi.com/docs/install/), or try everything without one: add --emulated`,
      1,
      { cause },
    );
  }
}

/** One worker process; asked one thing at a time. */
class Worker {
  alive = true;
  private readonly child: ChildProcess;
  private readonly ready: Promise<void>;
  private readonly exited: Promise<void>;
  private answer: ((message: FromWorker) => void) | undefined;
  private lost: ((error: Error) => void) | undefined;

  constructor(projectDir: string, onExit: () => void) {
    this.child = fork(WORKER, [], {
      cwd: projectDir,
      execArgv: ["--import=tsx"],
      // a group of its own: Ctrl-C on the terminal reaches the parent only, which then cancels once and in order
      detached: true,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.exited = new Promise((resolve) => {
      this.child.once("exit", (code, signal) => {
        this.alive = false;
        this.lost?.(new Error(`the worker process ended by itself (${signal ?? `exit code ${code}`})`));
        onExit();
        resolve();
      });
    });
    this.ready = new Promise((resolve) => this.child.once("message", () => resolve()));
    this.child.on("message", (message: FromWorker) => this.answer?.(message));
  }

  async ask(
    message: Extract<ToWorker, { request: StackRequest }>,
    onEvent: (event: ResourceEvent) => void,
  ): Promise<StackResult | undefined> {
    const { stack, operation } = message.request;
    try {
      return await new Promise((resolve, reject) => {
        this.lost = reject;
        this.answer = (answer) => {
          if (answer.say === "event") onEvent(answer.event);
          else if (answer.say === "done") resolve(answer.result);
          else if (answer.say === "failed") {
            reject(new StackError(stack, operation, answer.failures, answer.changes, answer.warnings));
          }
        };
        void this.ready.then(() => this.child.send(message));
      });
    } finally {
      this.answer = this.lost = undefined;
    }
  }

  cancel(): void {
    if (this.child.connected) this.child.send({ say: "cancel" } satisfies ToWorker);
  }

  async close(): Promise<void> {
    if (this.child.connected) this.child.disconnect();
    await this.exited;
  }
}
