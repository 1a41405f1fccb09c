import { randomBytes } from "node:crypto";
import { mkdir, unlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { STSClient } from "@aws-sdk/client-sts";
import { DEFAULT_THRESHOLDS } from "../../report/controls";
import type { AccountCounts } from "../../report/manifest";
import { awsClients } from "../../runtime/clients";
import { systemClock } from "../../runtime/clock";
import { collect } from "../../runtime/collect";
import { RunError } from "../../runtime/errors";
import { FolderStore } from "../../runtime/folderStore";
import type { RunSummary } from "../../runtime/settings";
import { CollectProgress } from "../progress/collectProgress";
import { CONFIG_SCHEMA } from "../configuration/configSchema";
import { messageOf, RolloutError } from "../errors";
import { interruptible } from "../evidence/interruptible";
import type { ProgressOutput } from "../progress/progress";
import { callerOf } from "../session";
import { logCoverage } from "./coverage";

/** Whom to collect from this machine, as whom, and where to. */
export interface LocalCollectOptions {
  /** Folder that gets the layout of the bucket. */
  out: string;
  /** Role to assume in each account but the caller's own; not needed with `standalone`. */
  roleName?: string;
  /** Only the caller's own account, which is in no organization: Organizations is not asked. */
  standalone?: boolean;
  /** Path of that role; `/` by default. */
  rolePath?: string;
  /** Accounts to collect; all if there are none. */
  include?: string[];
  /** Accounts to leave out. */
  exclude?: string[];
  externalId?: string;
  /** Calls under way at the same time. */
  concurrency?: number;
}

/** What `collect --local --json` prints; the shape is a promise to scripts. */
export interface LocalCollectAnswer {
  runId: string;
  accounts: AccountCounts;
  /** Rows of the consolidated CSV without its header. */
  rows: number;
  /** Wall time of the run. */
  seconds: number;
  /** Requests sent to AWS, those that were sent again included. */
  apiCalls: number;
  /** Most memory that this process has had. */
  peakRssMiB: number;
}

/** Where to call STS where nothing says: IAM and Organizations have no Region. */
const ANY_REGION = "us-east-1";

/**
 * Runs the collector on this machine, with the caller's credentials and nothing deployed. The caller's own account is read
 * with these credentials, every other by the role.
 *
 * @throws RolloutError if credentials or folder are of no use, the run failed, or it was interrupted; there is no manifest then
 */
export async function collectLocal(
  context: { log: (line: string) => void; signal: AbortSignal; progress?: ProgressOutput },
  options: LocalCollectOptions,
): Promise<{ complete: boolean; answer: LocalCollectAnswer }> {
  const folder = path.resolve(options.out);
  await requireWritable(folder);
  const region = await defaultRegion();
  const caller = await callerOf({ region });
  const settings = {
    partition: caller.partition,
    accountId: caller.accountId,
    standalone: options.standalone ?? false,
    region,
    memberRoleName: options.roleName ?? "",
    ...(options.rolePath === undefined ? {} : { memberRolePath: options.rolePath }),
    ...(options.externalId === undefined ? {} : { externalId: options.externalId }),
    include: options.include ?? [],
    exclude: options.exclude ?? [],
    concurrency: options.concurrency ?? CONFIG_SCHEMA.concurrency.default,
    stsPerSecond: CONFIG_SCHEMA.stsPerSecond.default,
    generating: CONFIG_SCHEMA.generating.default,
    thresholds: DEFAULT_THRESHOLDS,
  };
  const clients = awsClients(settings);
  const progress = new CollectProgress({ output: context.progress, calls: () => clients.calls() });
  const others = settings.standalone ? "from itself alone" : `as role ${settings.memberRoleName} elsewhere`;
  progress.line(`collect: account ${caller.accountId} collects into ${folder}, ${others}`);
  try {
    const summary = await collect({
      settings,
      log: progress.log,
      ...interruptible({ clients, store: new FolderStore(folder), clock: systemClock }, context.signal),
    });
    progress.close();
    logCoverage(summary, context.log);
    context.log(`  in ${folder}; for the page: npm run orchestrate -- report --from ${options.out}`);
    return { complete: summary.complete, answer: answerOf(summary) };
  } catch (error) {
    progress.close();
    throw context.signal.aborted ? interrupted(folder, error) : explain(folder, error);
  } finally {
    clients.destroy();
  }
}

function answerOf({ runId, accounts, rows, seconds, apiCalls }: RunSummary): LocalCollectAnswer {
  const peakRssMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  return { runId, accounts, rows, seconds, apiCalls, peakRssMiB };
}

/** Finds out before the first account is asked, not after the last. */
async function requireWritable(folder: string): Promise<void> {
  const probe = path.join(folder, `.${randomBytes(6).toString("hex")}.tmp`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(probe, "", { flag: "wx" });
    await unlink(probe);
  } catch (cause) {
    throw new RolloutError(
      `${folder} cannot be written: ${messageOf(cause)}. Choose another folder with --out, or allow writing there`,
      1,
      { cause },
    );
  }
}

/** The Region of the environment or the profile, as the AWS CLI finds it too. */
async function defaultRegion(): Promise<string> {
  try {
    return await new STSClient({}).config.region();
  } catch {
    return process.env["AWS_DEFAULT_REGION"] || ANY_REGION;
  }
}

function explain(folder: string, error: unknown): RolloutError {
  const what = error instanceof RunError ? error.message : messageOf(error);
  return new RolloutError(`The run failed and left no manifest in ${folder}: ${what}`, 1, { cause: error });
}

function interrupted(folder: string, cause: unknown): RolloutError {
  return new RolloutError(
    `Interrupted: the run left no manifest in ${folder}. Run the command again for a whole one`,
    1,
    { cause },
  );
}
