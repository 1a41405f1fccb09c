import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline/promises";
import { collect } from "./commands/collect";
import { demo } from "./commands/demo";
import { destroy } from "./commands/destroy";
import { refresh } from "./commands/refresh";
import { report, type ReportOptions } from "./commands/report";
import { status } from "./commands/status";
import { preview, up } from "./commands/up";
import { messageOf, RolloutError } from "./errors";
import { orchestration, type Orchestration } from "./orchestration";
import { WorkerPool } from "./workerPool";

/** An emulated organization that is running. */
export interface RunningEmulation {
  /** What makes AWS clients and the Pulumi engine work in it; undefined takes a variable away. */
  environment: Record<string, string | undefined>;
  /** Folder for the work folders of its stacks. */
  workRoot: string;
  stop(): Promise<void>;
}

/** What the entry point gives the command line. */
export interface CliSurroundings {
  projectDir: string;
  /** Starts the emulated organization for `--emulated`. */
  startEmulation(options: {
    accounts?: number;
    fresh?: boolean;
    log: (line: string) => void;
  }): Promise<RunningEmulation>;
}

/** Options that every command takes. */
interface CommonOptions {
  json?: boolean;
  parallel?: number;
  emulated?: boolean;
  accounts?: number;
  /** Begin with a new emulated organization. */
  fresh?: boolean;
}

/** What a command gives back: printed as JSON with `--json`, and the exit code. */
interface CommandResult {
  answer: unknown;
  exitCode: number;
}

const SUCCESS = 0;
const FAILURE = 1;
/** The command ran, and accounts in scope are missing. */
const INCOMPLETE = 2;
const INTERRUPTED = 130;

/**
 * Runs the command line.
 *
 * @param argv arguments without the interpreter and the script
 * @returns the exit code: 0 all went well, 1 it failed, 2 accounts are missing, 130 interrupted
 */
export async function runCli(argv: readonly string[], surroundings: CliSurroundings): Promise<number> {
  const interrupt = new AbortController();
  const onSignal = (): void => {
    if (interrupt.signal.aborted) process.exit(INTERRUPTED);
    interrupt.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  let exitCode = SUCCESS;
  const program = buildProgram(async (options, work) => {
    exitCode = await runCommand(surroundings, interrupt.signal, options, work);
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}

type Work = (context: Orchestration) => Promise<CommandResult>;
type Run = (options: CommonOptions, work: Work) => Promise<void>;

function buildProgram(run: Run): Command {
  const program = new Command("orchestrate")
    .description("Rolls the collector of IAM credential reports out to an AWS organization, runs it, and reports.")
    .exitOverride()
    .showHelpAfterError("(add --help for the options)");
  const command = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .option("--json", "print one JSON object on standard output, and nothing else there")
      .option(
        "--parallel <n>",
        "stacks at the same time; by default 4, or a stack a processor if those are more",
        positive,
      )
      .option("--emulated", "work on an organization emulated on this machine; no AWS account is needed")
      .addOption(
        new Option("--accounts <n>", "with --emulated: accounts of the organization, 5 or more").argParser(positive),
      );

  command("up", "deploy every stack in order; a second time it changes nothing").action((options: CommonOptions) =>
    run(options, async (context) => verdict(await up(context))),
  );
  command("preview", "show what up would do").action((options: CommonOptions) =>
    run(options, async (context) => verdict(await preview(context))),
  );
  command("refresh", "read every deployed resource again into the state").action((options: CommonOptions) =>
    run(options, async (context) => verdict(await refresh(context))),
  );
  command("status", "which stacks are deployed, missing or left over").action((options: CommonOptions) =>
    run(options, async (context) => verdict(await status(context))),
  );
  command("destroy", "remove every stack in reverse order; bucket and key are kept")
    .option("--delete-evidence", "remove bucket and key too, with all evidence")
    .option("--yes", "do not ask")
    .action((options: CommonOptions & { deleteEvidence?: boolean; yes?: boolean }) =>
      run(options, async (context) => {
        const deleteEvidence = options.deleteEvidence ?? false;
        if (!options.emulated && !options.yes) await confirmDestroy(deleteEvidence);
        return verdict(await destroy(context, { deleteEvidence }));
      }),
    );
  command("collect", "run the deployed collector now and say what it covered").action((options: CommonOptions) =>
    run(options, async (context) => {
      const answer = await collect(context);
      return { answer, exitCode: answer.complete ? SUCCESS : INCOMPLETE };
    }),
  );
  command("report", "write the HTML page and the consolidated CSV of a run")
    .option("--run <id>", "the run; the newest by default")
    .option("--out <dir>", "folder for the reports", "reports")
    .option("--from <dir>", "read a folder with the bucket's layout in place of the bucket")
    .option("--read-role <arn>", "role to read the bucket with, or none for your own credentials")
    .action((options: CommonOptions & ReportOptions) =>
      run(options, async (context) => ({ answer: await report(context, options), exitCode: SUCCESS })),
    );
  command("demo", "the whole path once, emulated: deploy, collect, report")
    .option("--out <dir>", "folder for the report", "reports")
    .action((options: CommonOptions & { out: string }) => {
      const began = performance.now();
      return run({ ...options, emulated: true, fresh: true }, async (context) => {
        const answer = await demo(context, { out: options.out, began });
        return { answer, exitCode: answer.accounts.notCollected === 0 ? SUCCESS : INCOMPLETE };
      });
    });
  return program;
}

async function runCommand(
  surroundings: CliSurroundings,
  signal: AbortSignal,
  options: CommonOptions,
  work: Work,
): Promise<number> {
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const engine = new WorkerPool(surroundings.projectDir);
  let emulation: RunningEmulation | undefined;
  try {
    if (options.emulated) {
      emulation = await startEmulation(surroundings, options, log);
      setEnvironment(emulation.environment);
    } else if (options.accounts !== undefined) {
      throw new RolloutError("--accounts sets the size of the emulated organization: add --emulated");
    }
    const context = orchestration({
      projectDir: surroundings.projectDir,
      workRoot: emulation?.workRoot,
      engine,
      parallel: options.parallel ?? defaultParallel(options),
      signal,
      log,
    });
    const { answer, exitCode } = await work(context);
    if (options.json) process.stdout.write(`${JSON.stringify(answer)}\n`);
    return signal.aborted ? INTERRUPTED : exitCode;
  } catch (error) {
    log(`Error: ${error instanceof RolloutError ? error.message : describe(error)}`);
    if (options.json) process.stdout.write(`${JSON.stringify({ ok: false, error: messageOf(error) })}\n`);
    return signal.aborted ? INTERRUPTED : error instanceof RolloutError ? error.exitCode : FAILURE;
  } finally {
    await engine.close();
    await emulation?.stop();
  }
}

async function startEmulation(
  surroundings: CliSurroundings,
  { accounts, fresh }: CommonOptions,
  log: (line: string) => void,
): Promise<RunningEmulation> {
  try {
    return await surroundings.startEmulation({ accounts, fresh, log });
  } catch (cause) {
    throw new RolloutError(`The emulated organization could not be started: ${messageOf(cause)}`, FAILURE, { cause });
  }
}

function verdict(answer: { ok: boolean }): CommandResult {
  return { answer, exitCode: answer.ok ? SUCCESS : FAILURE };
}

/** An error that nobody wrote a remedy for: the trace helps whoever has to find it. */
function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Waiting for AWS takes no processor, so more stacks fit; the emulator is on this machine, and everything is bound by it. */
function defaultParallel({ emulated }: CommonOptions): number {
  return Math.max(availableParallelism(), emulated ? 2 : 4);
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("It must be a whole number of 1 or more.");
  return value;
}

async function confirmDestroy(deleteEvidence: boolean): Promise<void> {
  if (!process.stdin.isTTY) {
    if (!deleteEvidence) return;
    throw new RolloutError("--delete-evidence deletes every report ever collected: add --yes to say that you mean it");
  }
  const question = deleteEvidence
    ? "This deletes the collector, the member roles, and the bucket and key WITH ALL EVIDENCE. Type yes to go on: "
    : "This deletes the collector and the member roles; bucket and key are kept. Type yes to go on: ";
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    if ((await terminal.question(question)) !== "yes") throw new RolloutError("Nothing was destroyed");
  } finally {
    terminal.close();
  }
}

function setEnvironment(environment: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
