import { unreadable } from "../accounts";
import { RunError } from "../errors";
import { Gate } from "../gate";
import { listScope } from "../listing";
import { scopeRules } from "../scope";
import { BATCH_DEFAULTS } from "../settings";
import { listStandalone } from "../standalone";
import { batchesOf } from "./batches";
import { effortSince } from "./effort";
import type { ListAnswer, ListEvent } from "./steps";
import type { StepSurroundings } from "./stepSurroundings";
import { BATCH_SCHEMA, PLAN_SCHEMA, workKeys, type Batch, type Plan } from "./workObjects";

/** A run that begins. */
export interface BeginningRun {
  runId: string;
  /** Milliseconds since 1970. */
  startedAt: number;
}

const REMEDY = "Check that bucket and key exist and let the collector's role use them, then run again";

/**
 * Lists the organization and leaves what the next steps need: the accounts in batches, then the plan.
 *
 * @throws {RunError} if the configuration names what is not there, the organization cannot be read, no account is in scope, or the work
 * objects cannot be stored.
 */
export async function listRun(
  { execution }: ListEvent,
  { runId, startedAt }: BeginningRun,
  { settings, clients, work, clock, log }: StepSurroundings,
): Promise<ListAnswer> {
  const rules = scopeRules(settings);
  // Batches are cut when all is listed: their paths are known only then.
  const events = { inScope: () => undefined };
  const effort = effortSince(clients);
  const listing = await (
    settings.standalone
      ? listStandalone(clients.iam, clock, settings.accountId, rules, events)
      : listScope(clients.organizations, clock, rules, events)
  ).catch((error: unknown) => {
    throw unreadable(error);
  });
  const { batchSize = BATCH_DEFAULTS.batchSize, thresholds } = settings;
  const out = new Set(listing.outOfScope.map(({ accountId }) => accountId));
  const inScope = listing.accounts.filter(({ accountId }) => !out.has(accountId));
  const batches = batchesOf(inScope, batchSize).map((accounts, index): Batch => ({
    schema: BATCH_SCHEMA,
    runId,
    batch: index + 1,
    accounts: accounts.map(({ accountId, accountName, ouPath }) => ({ accountId, accountName, ouPath })),
  }));
  try {
    const gate = new Gate(settings.concurrency);
    await Promise.all(batches.map((batch) => gate.run(() => work.create(workKeys.batch(runId, batch.batch), batch))));
    const plan: Plan = {
      schema: PLAN_SCHEMA,
      runId,
      execution,
      startedAt,
      batchSize,
      batches: batches.length,
      thresholds,
      ...effort(),
      ...listing,
    };
    await work.create(workKeys.plan(runId), plan);
  } catch (error) {
    throw RunError.because(`The plan of run ${runId} cannot be stored in ${work.place}`, REMEDY, error);
  }
  log({
    level: "info",
    message: "accounts listed",
    runId,
    execution,
    listed: listing.accounts.length,
    inScope: inScope.length,
    batches: batches.length,
  });
  return { runId, batches: batches.map(({ batch }) => batch) };
}
