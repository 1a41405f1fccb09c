import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { emulatorEnvironment, startEmulator, type Emulator } from "./emulator";
import { engineEnvironment, ensureEngine } from "./engine";
import { emulatedOrganization, type EmulatedOrganization } from "./organization";
import { ensurePlugin } from "./plugin";
import { policyPackLauncher } from "./policyPack";
import { seedOrganization } from "./seed";

/** How to start the emulated organization. */
export interface EmulationOptions {
  /** Accounts of the organization; by default those of the one that is there, or 14. */
  accounts?: number;
  /** Begin with a new organization, whatever an earlier command left. */
  fresh?: boolean;
  /** Takes lines on the progress. */
  log: (line: string) => void;
  /** Folder of all state; by default `$EMULATION_DIR`, or `.emulation` in the project. */
  stateDir?: string;
}

/** An emulated organization that is running. */
export interface Emulation {
  organization: EmulatedOrganization;
  emulator: Emulator;
  /** What makes AWS clients and the Pulumi engine work in it; undefined takes a variable away. */
  environment: Record<string, string | undefined>;
  /** Folder for the orchestrator's work folders. */
  workRoot: string;
  /** Gives what the engine can start of the policy pack in a folder. */
  startablePack(folder: string): Promise<string>;
  /** Saves the state and ends every process. */
  stop(): Promise<void>;
}

/**
 * Starts the AWS emulator with an organization in it, gets a Pulumi engine, and puts the stand-in plug-in in its place.
 *
 * What earlier commands left in the folder is taken up again, so `up --emulated` and a later `collect --emulated` see the same
 * organization. One of another size starts anew.
 */
export async function startEmulation(options: EmulationOptions): Promise<Emulation> {
  const { log } = options;
  const stateDir = path.resolve(
    options.stateDir ?? process.env["EMULATION_DIR"] ?? path.join(__dirname, "../.emulation"),
  );
  const organization = prepareState(stateDir, options);
  const [emulator, engine] = await allOrStop(
    startSeeded(path.join(stateDir, "aws"), organization, log),
    ensureEngine(log),
    ensurePlugin(path.join(stateDir, "pulumi-home"), log),
  );
  return {
    organization,
    emulator,
    environment: {
      ...(await engineEnvironment({ stateDir, engine })),
      ...emulatorEnvironment(emulator, organization),
    },
    workRoot: path.join(stateDir, "rollout"),
    startablePack: (folder) => policyPackLauncher(path.join(stateDir, "policy-packs"), folder),
    stop: () => emulator.stop(),
  };
}

async function startSeeded(
  stateDir: string,
  organization: EmulatedOrganization,
  log: EmulationOptions["log"],
): Promise<Emulator> {
  const emulator = await startEmulator({ stateDir, log });
  try {
    await seedOrganization(emulator.endpoint, organization, log);
    return emulator;
  } catch (error) {
    await emulator.stop();
    throw error;
  }
}

/** The plan of the organization in the folder, after clearing it where it cannot be gone on with. */
function prepareState(stateDir: string, { accounts, fresh, log }: EmulationOptions): EmulatedOrganization {
  const sizeFile = path.join(stateDir, "accounts");
  const before = existsSync(sizeFile) ? Number(readFileSync(sizeFile, "utf8")) : undefined;
  const size = accounts ?? (fresh ? undefined : before);
  const organization = emulatedOrganization(size === undefined ? {} : { accounts: size });
  const wanted = organization.accounts.length;
  if (before !== undefined && (fresh || before !== wanted)) {
    if (!fresh) log(`The emulated organization had ${before} accounts; starting anew with ${wanted}`);
    rmSync(stateDir, { recursive: true, force: true });
  }
  mkdirSync(stateDir, { recursive: true });
  writeFileSync(sizeFile, String(wanted));
  return organization;
}

/** Waits for all; where one fails, the emulator does not stay behind. */
async function allOrStop<T extends unknown[]>(
  starting: Promise<Emulator>,
  ...others: { [K in keyof T]: Promise<T[K]> }
): Promise<[Emulator, ...T]> {
  try {
    return await Promise.all([starting, ...others]);
  } catch (error) {
    await starting.then(
      (emulator) => emulator.stop(),
      () => undefined,
    );
    throw error;
  }
}
