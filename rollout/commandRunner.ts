import { availableParallelism } from "node:os";
import path from "node:path";
import { visibleLines } from "../report/page/text";
import { absoluteBackendUrl } from "./configuration/backendUrl";
import { withoutCredentials } from "../runtime/credentialText";
import { messageOf, RolloutError } from "./errors";
import { remedyOf } from "./engine/failureRemedies";
import type { Orchestration } from "./orchestration";
import { policyPacks, type PolicyOptions } from "./policyPacks";
import { openEvents, type EventFile } from "./rolloutEvents";

/** An emulated organization that is running. */
export interface RunningEmulation {
  /** What makes AWS clients and the Pulumi engine work in it; undefined takes a variable away. */
  environment: Record<string, string | undefined>;
  /** Folder for the work folders of its stacks. */
  workRoot: string;
  /** Gives what its engine can start of the policy pack in a folder. */
  startablePack?(folder: string): Promise<string>;
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
export interface CommonOptions extends PolicyOptions {
  json?: boolean;
  parallel?: number;
  emulated?: boolean;
  accounts?: number;
  /** Where events are written; `-` for standard output. */
  events?: string;
  /** Tell more: a row for each stack, and traces of errors. */
  verbose?: boolean;
  /** Begin with a new emulated organization. */
  fresh?: boolean;
}

/** What a command gives back: printed as JSON with `--json`, and the exit code. */
export interface CommandResult {
  answer: unknown;
  exitCode: number;
}

/** Exit codes of every command. */
export const EXIT = {
  success: 0,
  failure: 1,
  /** It ran, and accounts in scope are missing. */
  incomplete: 2,
  /** `report --fail-on` found findings without exception. */
  findings: 3,
  /** `verify` found evidence that is not what it should be. */
  differences: 4,
  interrupted: 130,
};

/** What a command works with that needs neither configuration nor engine. */
export type CommandContext = Pick<Orchestration, "projectDir" | "log" | "signal" | "onEvent">;

/** What a command works with that needs the engine, and no configuration that can be used. */
export type EngineContext = Pick<
  Orchestration,
  "projectDir" | "workRoot" | "engine" | "parallel" | "signal" | "log" | "onEvent" | "verbose" | "policyPacks"
>;

/** Runs the work of a command with what it needs, prints its answer, and gives the exit code. */
export interface CommandRunner {
  /** Work on the stacks that the project's files configure. */
  onStacks(options: CommonOptions, work: (context: Orchestration) => Promise<CommandResult>): Promise<number>;
  /** Work with the engine that reads the configuration by itself, since that may be what is wrong. */
  withEngine(options: CommonOptions, work: (context: EngineContext) => Promise<CommandResult>): Promise<number>;
  /** Work that reads no configuration and loads no engine. */
  alone(options: CommonOptions, work: (context: CommandContext) => Promise<CommandResult>): Promise<number>;
}

/** @param signal Aborted when the user interrupts. */
export function commandRunner(surroundings: CliSurroundings, signal: AbortSignal): CommandRunner {
  const alone = async (
    options: CommonOptions,
    work: (context: CommandContext & Partial<RunningEmulation>) => Promise<CommandResult>,
  ): Promise<number> => {
    let emulation: RunningEmulation | undefined;
    let events: EventFile | undefined;
    const log = (line: string): void => {
      process.stderr.write(`${visibleLines(line)}\n`);
      events?.emit({ event: "message", message: line });
    };
    const end = (answer: unknown, code: number): number => {
      const exitCode = signal.aborted ? EXIT.interrupted : code;
      events?.emit({ event: "result", exitCode, result: answer });
      if (options.json) process.stdout.write(`${JSON.stringify(answer)}\n`);
      return exitCode;
    };
    try {
      if (options.events === "-" && options.json) {
        throw new RolloutError(
          "--events - and --json both write to standard output; the last event has what --json prints",
        );
      }
      if (options.events !== undefined) events = openEvents(options.events);
      if (options.emulated) {
        emulation = await startEmulation(surroundings, options, log);
        setEnvironment(emulation.environment);
      } else if (options.accounts !== undefined) {
        throw new RolloutError("--accounts sets the size of the emulated organization: add --emulated");
      }
      const { projectDir } = surroundings;
      const { answer, exitCode } = await work({ projectDir, log, signal, onEvent: events?.emit, ...emulation });
      return end(answer, exitCode);
    } catch (error) {
      log(`Error: ${describe(error, options)}`);
      return end({ ok: false, error: messageOf(error) }, error instanceof RolloutError ? error.exitCode : EXIT.failure);
    } finally {
      await emulation?.stop();
      events?.close();
    }
  };

  const withEngine: CommandRunner["withEngine"] = (options, work) =>
    alone(options, async ({ projectDir, log, onEvent, workRoot, startablePack }) => {
      // The engine's SDK takes a second to load, so only commands that need it do.
      const { WorkerPool } = await import("./engine/workerPool.js");
      const backend = absoluteBackendUrl(projectDir);
      const packs = await policyPacks(options, projectDir, startablePack);
      if (backend !== undefined) setEnvironment({ PULUMI_BACKEND_URL: backend });
      const engine = new WorkerPool(projectDir);
      try {
        const parallel = options.parallel ?? defaultParallel(options);
        return await work({
          projectDir,
          workRoot: workRoot ?? path.join(projectDir, ".rollout"),
          engine,
          parallel,
          signal,
          log,
          onEvent,
          verbose: options.verbose ?? false,
          policyPacks: packs,
        });
      } finally {
        await engine.close();
      }
    });

  return {
    alone,
    withEngine,
    onStacks: (options, work) =>
      withEngine(options, async (context) => {
        const [{ orchestration }, { plainConfigs }] = await Promise.all([
          import("./orchestration.js"),
          import("./configuration/stackSecrets.js"),
        ]);
        return work(orchestration(context, await plainConfigs(context)));
      }),
  };
}

async function startEmulation(
  surroundings: CliSurroundings,
  { accounts, fresh }: CommonOptions,
  log: (line: string) => void,
): Promise<RunningEmulation> {
  try {
    return await surroundings.startEmulation({ accounts, fresh, log });
  } catch (cause) {
    throw new RolloutError(`The emulated organization could not be started: ${messageOf(cause)}`, EXIT.failure, {
      cause,
    });
  }
}

/** What to tell of an error. Of one that nobody wrote a remedy for, the trace helps whoever has to find it. */
function describe(error: unknown, { verbose }: CommonOptions): string {
  if (error instanceof RolloutError) return error.message;
  const remedy = remedyOf(messageOf(error));
  if (verbose && error instanceof Error) return withoutCredentials(error.stack ?? error.message);
  return `${messageOf(error)}${remedy === undefined ? " (--verbose shows where)" : `\n  ${remedy}`}`;
}

/** Waiting for AWS takes no processor, so more stacks fit; the emulator is on this machine, and everything is bound by it. */
function defaultParallel({ emulated }: CommonOptions): number {
  return Math.max(availableParallelism(), emulated ? 2 : 4);
}

function setEnvironment(environment: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
