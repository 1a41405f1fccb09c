import type { AccountIdentity, AccountRecord } from "../report/manifest";
import { accountEvent } from "./accountEvent";
import { collectAccount } from "./accountTask";
import { unreadable } from "./accounts";
import type { AnnounceRun } from "./announcement";
import type { AwsClients } from "./clients";
import type { Clock } from "./clock";
import { COMPARISON_MS_PER_ROW, CONSOLIDATION_MS_PER_ROW, Deadline, DELIVERY_MS_PER_ROW } from "./deadline";
import type { DeliverReport } from "./delivery";
import type { ImportFindings } from "./findingsImport";
import { finishRun } from "./finishRun";
import { Gate } from "./gate";
import { GoneAccounts } from "./goneAccounts";
import { GeneratingCap } from "./generatingCap";
import { listScope, type Listing } from "./listing";
import type { Log } from "./log";
import { Mailbox } from "./mailbox";
import type { ManifestSigner } from "./manifestSignature";
import { storeRaw } from "./rawReport";
import { RateLimit } from "./rateLimit";
import { ReportArchive } from "./reportArchive";
import { RetryBudget } from "./retry";
import { scopeRules } from "./scope";
import type { CollectorSettings, RunSummary } from "./settings";
import { listStandalone } from "./standalone";
import { formatRunId, type Store } from "./store";

/** Everything a run touches, so that the same code runs in the Lambda, on a laptop and in tests. */
export interface CollectRequest {
  settings: Pick<
    CollectorSettings,
    | "partition"
    | "accountId"
    | "standalone"
    | "memberRoleName"
    | "memberRolePath"
    | "externalId"
    | "include"
    | "exclude"
    | "concurrency"
    | "stsPerSecond"
    | "generating"
    | "thresholds"
    | "events"
  >;
  clients: Pick<AwsClients, "organizations" | "sts" | "iam" | "as" | "calls" | "throttled">;
  store: Store;
  clock: Clock;
  log: Log;
  /** Signs the manifest; by default it is not signed. */
  sign?: ManifestSigner;
  /** Announces the run once the evidence stands; by default nobody hears of it. */
  announce?: AnnounceRun;
  /** Delivers the run's report once the evidence stands; by default none is delivered. */
  deliver?: DeliverReport;
  /** Imports the run's findings into Security Hub, after all else; by default none are. */
  importFindings?: ImportFindings;
  /** Milliseconds since 1970 after which accounts are no longer asked, less the time to consolidate; none by default. */
  deadline?: number;
  /** When the run began, in milliseconds since 1970; now by default. Its id says the same. */
  startedAt?: number;
  /** By default the time of the start and six random digits. */
  newRunId?: (startedAt: number) => string;
}

/**
 * Collects the credential report of every account in scope, and leaves raw reports, the consolidated files and the manifest
 * in the store. An account that cannot be collected is named in the manifest and stops nobody else.
 *
 * @throws {RunError} if the configuration names what is not there, the organization cannot be read, no account is in scope, or
 * the run's own objects cannot be stored.
 */
export async function collect(request: CollectRequest): Promise<RunSummary> {
  const { store, clock } = request;
  const startedAt = request.startedAt ?? clock.now();
  const runId = (request.newRunId ?? ((time) => formatRunId(time, clock.random())))(startedAt);
  const archive = await ReportArchive.open();
  try {
    const { listing, records } = await ask(request, runId, archive);
    return await finishRun({
      sign: request.sign,
      announce: request.announce,
      deliver: request.deliver,
      importFindings: request.importFindings,
      apiCalls: () => request.clients.calls(),
      throttledCalls: () => request.clients.throttled(),
      thresholds: request.settings.thresholds,
      log: request.log,
      store,
      clock,
      archive,
      runId,
      startedAt,
      listing,
      records,
    });
  } finally {
    await archive.close();
  }
}

/** Lists the organization, or the one account there is, and asks every account in scope, both at the same time. */
async function ask(
  request: CollectRequest,
  runId: string,
  archive: ReportArchive,
): Promise<{ listing: Listing; records: AccountRecord[] }> {
  const { settings, clients, store, clock, log } = request;
  const rules = scopeRules(settings);
  const msAfter = request.deliver ? DELIVERY_MS_PER_ROW : settings.events?.findings ? COMPARISON_MS_PER_ROW : 0;
  const msPerRow = CONSOLIDATION_MS_PER_ROW + msAfter;
  const deadline = new Deadline(request.deadline ?? Infinity, clock, msPerRow);
  const generating = new GeneratingCap(settings.generating);
  const inScope = new Mailbox<AccountIdentity>();

  const events = { inScope: (account: AccountIdentity) => inScope.push(account) };
  const listed = (
    settings.standalone
      ? listStandalone(clients.iam, clock, settings.accountId, rules, events)
      : listScope(clients.organizations, clock, rules, events)
  ).then(
    (listing) => {
      inScope.close();
      log({ level: "info", message: "accounts listed", runId, listed: listing.accounts.length });
      return listing;
    },
    (error: unknown) => {
      const failure = unreadable(error);
      deadline.stop();
      inScope.fail(failure);
      throw failure;
    },
  );
  // Who reads the mailbox hears of a failure first.
  listed.catch(() => undefined);

  const records: AccountRecord[] = [];
  const underWay = new Set<Promise<void>>();
  let work: Parameters<typeof collectAccount>[2] | undefined;
  try {
    for await (const account of inScope) {
      work ??= {
        runId,
        gone: new GoneAccounts(clients.organizations),
        keepRaw: storeRaw(store, runId),
        archive,
        around: {
          settings,
          clients,
          clock,
          deadline,
          generating,
          calls: new Gate(settings.concurrency),
          sessions: new RateLimit(settings.stsPerSecond, clock),
          retries: RetryBudget.forRun(),
        },
      };
      const task = collectAccount(account, await generating.enter(), work).then((record) => {
        records.push(record);
        log(accountEvent(runId, record));
        underWay.delete(task);
      });
      underWay.add(task);
    }
  } finally {
    // Also when the listing breaks off: what was begun still writes to the archive.
    await Promise.all(underWay);
  }

  const listing = await listed;
  for (const record of listing.outOfScope) log(accountEvent(runId, record));
  return { listing, records: [...listing.outOfScope, ...records] };
}
