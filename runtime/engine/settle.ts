import type { AccountRecord, NotCollectedAccount } from "../../report/manifest";
import { notCollected, readKept, unlessGone } from "../accountTask";
import { inOrder, type ListedAccount } from "../accounts";
import type { Waiting } from "../credentialReport";
import { CollectionError } from "../errors";
import { Gate } from "../gate";
import type { GoneAccounts } from "../goneAccounts";
import { keys } from "../store";
import { sumOf, type Effort } from "./effort";
import { readRounds, recordsOf } from "./rounds";
import { workKeys, type Plan, type Settled } from "./workObjects";
import type { WorkStore } from "./workStore";

/** What is found out of accounts at the same time, at most. */
const AT_ONCE = 16;

/** Everybody's state at the end of a run. */
export interface SettledRun {
  /** One for each account of the plan. */
  records: AccountRecord[];
  /** What the rounds sent to AWS. */
  effort: Effort;
}

/**
 * Finds out the state of every account, once for all attempts to finish a run: by the rounds; by the raw reports that rounds stored which
 * died before they could say so; and for accounts that refused the collector by Organizations, which may know that they are gone.
 */
export async function settle(
  plan: Plan,
  work: Pick<WorkStore, "create" | "read" | "list" | "readRaw">,
  gone: GoneAccounts,
  settledBefore: boolean,
): Promise<SettledRun> {
  const { runId } = plan;
  const key = workKeys.settled(runId);
  if (settledBefore) return combine(plan, work, await work.read<Settled>(key));
  const rounds = await work.list(workKeys.results(runId));
  const read = await readRounds(work, rounds);
  const known = recordsOf(read);
  const left = new Map(read.flatMap(({ pending }) => pending.map((account) => [account.accountId, account.waiting])));
  const stored = new Set(await work.list(keys.rawFolder(runId)));
  const gate = new Gate(AT_ONCE);
  const out = new Set(plan.outOfScope.map(({ accountId }) => accountId));
  const asked = inOrder(plan.accounts).filter(({ accountId }) => !out.has(accountId));
  const found = await Promise.all(
    asked.map(async (account, index) => {
      const { accountId } = account;
      const record = known.get(accountId);
      const named = record !== undefined && "raw" in record;
      if (!named && stored.has(keys.raw(runId, accountId))) {
        return gate.run(async () => readKept(identityOf(account), await work.readRaw(runId, accountId)));
      }
      if (record === undefined) {
        return failedWith(account, Math.floor(index / plan.batchSize) + 1, left.get(accountId));
      }
      const looked = await unlessGone(record, gone);
      return looked === record ? undefined : looked;
    }),
  );
  const settled: Settled = { rounds, records: found.filter((record) => record !== undefined) };
  return combine(plan, work, (await work.create(key, settled)) ? settled : await work.read<Settled>(key));
}

async function combine(plan: Plan, work: Pick<WorkStore, "read">, settled: Settled): Promise<SettledRun> {
  const rounds = await readRounds(work, settled.rounds);
  const records = recordsOf(rounds);
  for (const record of [...settled.records, ...plan.outOfScope]) records.set(record.accountId, record);
  return { records: [...records.values()], effort: sumOf(rounds) };
}

/** An account whose batch was given up before it had the account's report. */
function failedWith(account: ListedAccount, batch: number, waiting: Waiting | undefined): NotCollectedAccount {
  const heard = waiting ? `; last answer: ${waiting.said}` : "";
  const message = `batch ${batch} failed before it had this account's report${heard}`;
  const failure = new CollectionError(waiting?.step ?? "assumeRole", "BatchFailed", message, waiting?.polls ?? 0);
  return notCollected(identityOf(account), failure);
}

function identityOf({ accountId, accountName, ouPath }: ListedAccount) {
  return { accountId, accountName, ouPath };
}
