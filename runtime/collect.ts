import type { AccountIdentity, AccountRecord, EvidenceObject, Manifest } from "../report/manifest";
import { CredentialReportError, parseCredentialReport, type CredentialReport } from "../report/credentialReport";
import { readOrganization, scopeOf } from "./accounts";
import type { AwsClients } from "./clients";
import type { Clock } from "./clock";
import { memoryConsolidation, type Consolidation } from "./consolidation";
import { fetchCredentialReport, type FetchedReport, type ReportConversation } from "./credentialReport";
import { CollectionError, errorCode, errorMessage, RunError } from "./errors";
import { Gate } from "./gate";
import type { Log } from "./log";
import { buildManifest, jsonBytes, LATEST_SCHEMA } from "./manifest";
import type { CollectorSettings, RunSummary } from "./settings";
import { formatRunId, keys, previousManifest, type Store } from "./store";

/** Everything a run touches, so that the same code runs in the Lambda, on a laptop and in tests. */
export interface CollectRequest {
  settings: Pick<CollectorSettings, "partition" | "memberRoleName" | "externalId" | "concurrency">;
  clients: Pick<AwsClients, "organizations" | "sts" | "iam">;
  store: Store;
  clock: Clock;
  log: Log;
  /** Milliseconds since 1970 after which accounts are no longer asked; none by default. */
  deadline?: number;
  /** By default the time of the start and six random digits. */
  newRunId?: (startedAt: number) => string;
  /** By default in memory. */
  consolidation?: Consolidation;
}

/** Accounts that a summary names; the manifest names all. */
const MISSING_NAMED = 100;

/**
 * Collects the credential report of every account in scope, and leaves raw reports, the consolidated CSV and the manifest
 * in the store. An account that cannot be collected is named in the manifest and stops nobody else.
 *
 * @throws {RunError} if the organization cannot be read, no account is in scope, or the run's own objects cannot be stored.
 */
export async function collect(request: CollectRequest): Promise<RunSummary> {
  const { clients, store, clock, log } = request;
  const startedAt = clock.now();
  const runId = (request.newRunId ?? ((time) => formatRunId(time, clock.random())))(startedAt);
  const consolidation = request.consolidation ?? memoryConsolidation();

  const organization = await readOrganization(clients.organizations, clock);
  const { inScope, outOfScope } = scopeOf(organization.accounts);
  log({
    level: "info",
    message: "accounts listed",
    runId,
    listed: organization.accounts.length,
    inScope: inScope.length,
  });

  for (const record of outOfScope) log(eventOf(runId, record));

  const gate = new Gate(request.settings.concurrency);
  const conversation: ReportConversation = {
    settings: request.settings,
    clients,
    managementAccountId: organization.managementAccountId,
    clock: gate.yieldingClock(clock),
    deadline: request.deadline ?? Infinity,
  };
  const asked = await Promise.all(
    inScope.map((account) =>
      gate.run(async () => {
        const record = await collectAccount(account, { runId, conversation, store, consolidation });
        log(eventOf(runId, record));
        return record;
      }),
    ),
  );

  const records = [...outOfScope, ...asked];
  const { manifest, stored } = await writeRun(request, consolidation, { runId, startedAt, organization, records });
  const seconds = (clock.now() - startedAt) / 1000;
  log({
    level: manifest.complete ? "info" : "error",
    message: manifest.complete ? "run complete" : "run incomplete",
    runId,
    ...manifest.counts,
    rows: manifest.rows,
    seconds,
  });
  return summaryOf(manifest, stored, store.place, seconds);
}

interface AccountWork {
  runId: string;
  conversation: ReportConversation;
  store: Store;
  consolidation: Consolidation;
}

/** Brings one account to its final state; never throws. */
async function collectAccount(account: AccountIdentity, work: AccountWork): Promise<AccountRecord> {
  let raw: EvidenceObject | undefined;
  try {
    const fetched = await fetchCredentialReport(account.accountId, work.conversation);
    // What cannot be read is evidence too: store first.
    raw = await storeRaw(account.accountId, fetched, work);
    const report = readReport(account.accountId, fetched);
    const reportGeneratedTime = fetched.generatedTime;
    await work.consolidation.add({ ...account, reportGeneratedTime, runId: work.runId }, report);
    return { ...account, state: "collected", reportGeneratedTime, rows: report.rows.length, raw };
  } catch (error) {
    const { step, code, message, attempts, remedy } = CollectionError.at(raw ? "parse" : "store", error);
    return { ...account, state: "notCollected", step, code, message, attempts, remedy, ...(raw ? { raw } : {}) };
  }
}

async function storeRaw(accountId: string, fetched: FetchedReport, work: AccountWork): Promise<EvidenceObject> {
  try {
    return await work.store.put(keys.raw(work.runId, accountId), fetched.bytes);
  } catch (error) {
    throw CollectionError.at("store", error);
  }
}

function readReport(accountId: string, fetched: FetchedReport): CredentialReport {
  try {
    return parseCredentialReport(fetched.bytes, accountId);
  } catch (error) {
    const code = error instanceof CredentialReportError ? error.code : errorCode(error);
    throw new CollectionError("parse", code, errorMessage(error), 1, { cause: error });
  }
}

type RunParts = Omit<Parameters<typeof buildManifest>[0], "finishedAt" | "consolidated" | "previous">;

/** Writes the consolidated CSV, then the manifest, and points to the run only when both stand and nobody is missing. */
async function writeRun(
  { store, clock }: CollectRequest,
  consolidation: Consolidation,
  parts: RunParts,
): Promise<{ manifest: Manifest; stored: EvidenceObject }> {
  const { runId, startedAt } = parts;
  try {
    const consolidated = await store.put(keys.consolidated(runId), await bytesOf(consolidation));
    const previous = await previousManifest(store, runId, startedAt);
    const manifest = buildManifest({ ...parts, consolidated, previous, finishedAt: clock.now() });
    const stored = await store.put(keys.manifest(runId), jsonBytes(manifest));
    if (manifest.complete) {
      const latest = {
        schema: LATEST_SCHEMA,
        runId,
        manifestKey: stored.key,
        manifestSha256: stored.sha256,
        finishedAt: manifest.finishedAt,
      };
      await store.replace(keys.latest, jsonBytes(latest));
    }
    return { manifest, stored };
  } catch (error) {
    throw RunError.because(
      `The results of run ${runId} cannot be written to ${store.place}`,
      "Check that bucket and key exist and let the collector's role use them, then run again",
      error,
    );
  }
}

async function bytesOf(consolidation: Consolidation): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of consolidation.pieces()) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

function eventOf(runId: string, record: AccountRecord): Parameters<Log>[0] {
  const { accountId } = record;
  if (record.state === "collected") {
    return { level: "info", message: "account collected", runId, accountId, rows: record.rows };
  }
  if (record.state === "outOfScope") {
    return { level: "info", message: "account out of scope", runId, accountId, reason: record.reason };
  }
  const { step, code, message: cause, attempts, remedy } = record;
  return { level: "warn", message: "account not collected", runId, accountId, step, code, cause, attempts, remedy };
}

function summaryOf(manifest: Manifest, stored: EvidenceObject, place: string, seconds: number): RunSummary {
  const missing = manifest.accounts.filter((account) => account.state === "notCollected");
  return {
    runId: manifest.runId,
    complete: manifest.complete,
    accounts: manifest.counts,
    rows: manifest.rows,
    bucket: place,
    manifestKey: stored.key,
    manifestSha256: stored.sha256,
    missing: missing.slice(0, MISSING_NAMED).map(({ accountId, accountName, step, code, message, remedy }) => {
      return { accountId, accountName, step, code, message, remedy };
    }),
    seconds,
  };
}
