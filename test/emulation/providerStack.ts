import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalWorkspace, PulumiCommand, Stack, type EngineEvent, type PulumiFn } from "@pulumi/pulumi/automation";
import { emulatorEnvironment, startEmulator, type Emulator } from "../../emulation/emulator";
import { engineEnvironment, ensureEngine } from "../../emulation/engine";
import { emulatedOrganization } from "../../emulation/organization";
import { ensurePlugin } from "../../emulation/plugin";
import { seedOrganization } from "../../emulation/seed";

/** What an operation of the engine did, by resource name, and what it said on failure. */
export interface Outcome {
  /** Operations of the resources that were not left as they are, as in `{ key: "update" }`. */
  changes: Record<string, string>;
  /** Properties that the operation changed, by resource name. */
  properties: Record<string, string[]>;
  /** Error messages, in order; none when it succeeded. */
  errors: string[];
}

/** Tests of the stand-in with the real engine and the emulator. */
export class ProviderStack {
  private constructor(
    readonly emulator: Emulator,
    /** Environment of the engine and of clients that look behind its back. */
    readonly environment: Record<string, string>,
    /** Where the plug-in is. */
    readonly pluginFolder: string,
    /** A member account of the emulated organization. */
    readonly memberAccountId: string,
    private readonly folder: string,
    private readonly command: PulumiCommand,
  ) {}

  /** Starts an emulator and sets up a state folder for the engine; `stop` removes both. */
  static async start(): Promise<ProviderStack> {
    const log = (line: string): boolean => process.stderr.write(`${line}\n`);
    const folder = await mkdtemp(join(tmpdir(), "provider-"));
    const engine = await ensureEngine(log);
    const emulator = await startEmulator({ stateDir: join(folder, "emulator"), log: () => undefined });
    const plan = emulatedOrganization({ accounts: 5 });
    await seedOrganization(emulator.endpoint, plan, () => undefined);
    const environment: Record<string, string> = {
      ...(await engineEnvironment({ stateDir: folder, engine })),
      ...emulatorEnvironment(emulator, plan),
    };
    const plugin = await ensurePlugin(environment.PULUMI_HOME ?? "", log);
    await mkdir(join(folder, "project", "files"), { recursive: true });
    await writeFile(join(folder, "project", "files", "index.js"), "exports.handler = async () => 'from a file';\n");
    const member = plan.accounts.find((account) => account.id !== plan.managementAccountId);
    return new ProviderStack(
      emulator,
      environment,
      plugin.folder,
      member?.id ?? "",
      folder,
      await PulumiCommand.get({ root: engine.root }),
    );
  }

  async stop(): Promise<void> {
    await this.emulator.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A stack of that name with a program, in the project's folder. */
  async stack(name: string, program: PulumiFn, config: Record<string, string> = {}): Promise<Stack> {
    const workspace = await LocalWorkspace.create({
      program,
      pulumiCommand: this.command,
      workDir: join(this.folder, "project"),
      envVars: this.environment,
      projectSettings: { name: "provider-test", runtime: "nodejs" },
    });
    const stack = await Stack.createOrSelect(name, workspace);
    await stack.setAllConfig(
      Object.fromEntries(
        Object.entries({ "aws:region": "eu-central-1", ...config }).map(([key, value]) => [key, { value }]),
      ),
    );
    return stack;
  }
}

/** Runs an operation and answers what its events say; a failure is an outcome, not an exception. */
export async function outcomeOf(
  operation: (onEvent: (event: EngineEvent) => void) => Promise<unknown>,
): Promise<Outcome> {
  const outcome: Outcome = { changes: {}, properties: {}, errors: [] };
  const onEvent = (event: EngineEvent): void => {
    const metadata = event.resOutputsEvent?.metadata;
    const name = metadata?.urn.split("::").at(-1) ?? "";
    if (metadata && !["same", "read"].includes(metadata.op) && !metadata.type.startsWith("pulumi:")) {
      outcome.changes[name] = metadata.op;
      outcome.properties[name] = Object.keys(metadata.detailedDiff ?? {});
    }
    const { severity, message } = event.diagnosticEvent ?? {};
    if (severity === "error" && message) outcome.errors.push(message.trim());
  };
  try {
    await operation(onEvent);
  } catch (error) {
    if (outcome.errors.length === 0) outcome.errors.push(String(error));
  }
  return outcome;
}
