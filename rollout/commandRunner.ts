import { availableParallelism } from "node:os";
import path from "node:path";
import { absoluteBackendUrl } from "./backendUrl";
import { messageOf, RolloutError } from "./errors";
import type { Orchestration } from "./orchestration";

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
export interface CommonOptions {
  json?: boolean;
  parallel?: number;
  emulated?: boolean;
  accounts?: number;
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
export type CommandContext = Pick<Orchestration, "log" | "signal">;

/** What a command works with that needs the engine, and no configuration that can be used. */
export type EngineContext = Pick<Orchestration, "projectDir" | "workRoot" | "engine" | "parallel" | "signal" | "log">;

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
  const log = (line: string): void => void process.stderr.write(`${line}\n`);

  const alone = async (
    options: CommonOptions,
    work: (context: CommandContext & { workRoot?: string }) => Promise<CommandResult>,
  ): Promise<number> => {
    let emulation: RunningEmulation | undefined;
    try {
      if (options.emulated) {
        emulation = await startEmulation(surroundings, options, log);
        setEnvironment(emulation.environment);
      } else if (options.accounts !== undefined) {
        throw new RolloutError("--accounts sets the size of the emulated organization: add --emulated");
      }
      const { answer, exitCode } = await work({ log, signal, workRoot: emulation?.workRoot });
      if (options.json) process.stdout.write(`${JSON.stringify(answer)}\n`);
      return signal.aborted ? EXIT.interrupted : exitCode;
    } catch (error) {
      log(`Error: ${error instanceof RolloutError ? error.message : describe(error)}`);
      if (options.json) process.stdout.write(`${JSON.stringify({ ok: false, error: messageOf(error) })}\n`);
      return signal.aborted ? EXIT.interrupted : error instanceof RolloutError ? error.exitCode : EXIT.failure;
    } finally {
      await emulation?.stop();
    }
  };

  const withEngine: CommandRunner["withEngine"] = (options, work) =>
    alone(options, async ({ workRoot }) => {
      // The engine's SDK takes a second to load, so only commands that need it do.
      const { WorkerPool } = await import("./workerPool.js");
      const { projectDir } = surroundings;
      const backend = absoluteBackendUrl(projectDir);
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
          import("./stackSecrets.js"),
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

/** An error that nobody wrote a remedy for: the trace helps whoever has to find it. */
function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
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
