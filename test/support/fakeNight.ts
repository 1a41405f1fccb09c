import { createHash } from "node:crypto";

import { expect } from "chai";

import type { NotCollectedAccount } from "../../report/manifest";
import { MANAGEMENT, member, organization, readText, runCollector, type CollectorRun } from "./collectorRun";
import { startFakeAws, type FakeAccount, type FakeAws, type FakeAwsOptions, type InjectedFault } from "./fakeAws";
import { fakeTime } from "./fakeTime";

/** One run of the collector over an organization in which things go wrong. */
export interface FakeNight extends CollectorRun {
  aws: FakeAws;
  /** Accounts in scope that are missing, by id. */
  missing: Map<string, NotCollectedAccount>;
}

/** Reports of the examples take this long. */
const READY_AFTER_MS = 4_000;

/** So many members whose reports take a few seconds; `changes` by number of the member, from 0. */
export function members(count: number, changes: Record<number, Partial<FakeAccount>> = {}): FakeAccount[] {
  return Array.from({ length: count }, (_, n) => ({
    id: member(n),
    readyAfterMs: READY_AFTER_MS + (n % 7) * 500,
    ...changes[n],
  }));
}

/**
 * Runs the collector over members and management account, in time that passes without waiting, and checks what holds for every
 * run, whatever happens: counts add up, healthy accounts are there once, the others are named with all there is to say.
 */
export async function fakeNight(
  accounts: FakeAccount[],
  more: Partial<FakeAwsOptions> = {},
  settings: Parameters<typeof runCollector>[1] & { latencyMs?: number } = {},
): Promise<FakeNight> {
  const clock = fakeTime(settings.start);
  const { latencyMs, ...overrides } = settings;
  const aws = await startFakeAws(
    organization(accounts, {
      now: () => clock.now(),
      ...(latencyMs === undefined ? {} : { latency: () => clock.sleep(latencyMs) }),
      ...more,
    }),
  );
  clock.watch(aws);
  try {
    const run = await runCollector(aws, { ...overrides, clock });
    const missing = new Map<string, NotCollectedAccount>();
    for (const account of run.manifest.accounts) {
      if (account.state === "notCollected") missing.set(account.accountId, account);
    }
    const night = { ...run, aws, missing };
    checkRun(night, [MANAGEMENT, ...accounts.map(({ id }) => id)]);
    return night;
  } finally {
    await aws.close();
  }
}

/** What holds for every run that wrote a manifest. */
export function checkRun({ manifest, summary, aws, missing }: Omit<FakeNight, "record">, listed: string[]): void {
  const { accounts, counts } = manifest;
  expect(
    accounts.map(({ accountId }) => accountId),
    "every listed account in exactly one state",
  ).to.deep.equal([...new Set(listed)].sort());
  const collected = accounts.filter((account) => account.state === "collected");
  const outOfScope = accounts.filter(({ state }) => state === "outOfScope").length;
  expect(counts, "the counts add up").to.deep.equal({
    listed: accounts.length,
    inScope: accounts.length - outOfScope,
    collected: collected.length,
    notCollected: missing.size,
    outOfScope,
  });
  expect(summary.accounts).to.deep.equal(counts);
  expect(manifest.complete).to.equal(missing.size === 0);

  const lines = readText(aws, manifest.consolidated.key).split("\n").slice(1, -1);
  expect(lines, "rows of the consolidated CSV").to.have.length(manifest.rows);
  for (const { accountId, raw, rows } of collected) {
    const body = readText(aws, raw.key);
    expect(createHash("sha256").update(body).digest("hex"), `hash of ${raw.key}`).to.equal(raw.sha256);
    expect(
      lines.filter((line) => line.startsWith(`${accountId},`)),
      `rows of ${accountId}, once`,
    ).to.have.length(rows);
  }
  const unnamed = [...aws.objects.keys()].filter(
    (key) =>
      key.startsWith(`runs/${manifest.runId}/raw/`) &&
      !accounts.some((account) => "raw" in account && account.raw?.key === key),
  );
  expect(unnamed, "raw objects of the run that the manifest does not name").to.deep.equal([]);
  expect(aws.bucket.uploads.size, "uploads that nobody completed or aborted").to.equal(0);

  for (const [accountId, { step, code, message, attempts, remedy }] of missing) {
    expect(step, `step of ${accountId}`).to.be.oneOf(["assumeRole", "generate", "fetch", "parse", "store"]);
    expect(code, `code of ${accountId}`).to.match(/^\w[\w.]+$/);
    expect(message, `message of ${accountId}`).not.to.equal("");
    expect(attempts, `attempts of ${accountId}`).to.be.at.least(0);
    expect(remedy, `remedy of ${accountId}`).to.match(/^[A-Z].{20,}\.$/);
  }
}

/** The same fault at every service, once in so many requests. */
export function everywhere(oneIn: number, answer: InjectedFault["answer"]): InjectedFault[] {
  return (["organizations", "sts", "iam", "s3"] as const).map((service) => ({ service, oneIn, answer }));
}

/** Successful or not, requests of that action for that account. */
export function callsOf(aws: FakeAws, action: string, accountId: string): number {
  return aws.requests.filter((request) => request.action === action && request.accountId === accountId).length;
}
