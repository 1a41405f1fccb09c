import { expect } from "chai";

import { DEFAULT_THRESHOLDS } from "../../report/controls";
import type { AccountRecord, Manifest } from "../../report/manifest";
import type { AnswerLimits } from "../../runtime/answerLimits";
import { awsClients } from "../../runtime/clients";
import { collect, type CollectRequest } from "../../runtime/collect";
import type { LogEntry } from "../../runtime/log";
import { S3Store } from "../../runtime/s3Store";
import type { CollectorSettings, RunSummary } from "../../runtime/settings";
import type { FakeAccount, FakeAws, FakeAwsOptions } from "./fakeAws";
import { fakeClock, type FakeClock } from "./fakeClock";

/** The management account of the examples. */
export const MANAGEMENT = "111111111111";

/** Settings of a collector for the fake organization. */
export const SETTINGS: CollectorSettings = {
  partition: "aws",
  accountId: MANAGEMENT,
  standalone: false,
  region: "eu-central-1",
  memberRoleName: "credential-report-reader",
  bucketName: "evidence",
  bucketOwner: "999999999999",
  keyArn: "arn:aws:kms:eu-central-1:888888888888:key/11111111-2222-3333-4444-555555555555",
  include: [],
  exclude: [],
  concurrency: 4,
  stsPerSecond: 300,
  generating: 1000,
  thresholds: DEFAULT_THRESHOLDS,
};

/** What a run left, for tests to look at. */
export interface CollectorRun {
  summary: RunSummary;
  manifest: Manifest;
  clock: FakeClock;
  logs: LogEntry[];
  /** The record of one account. */
  record: (accountId: string) => AccountRecord;
}

/** An organization of the management account and the given accounts. */
export function organization(accounts: FakeAccount[], more: Partial<FakeAwsOptions> = {}): FakeAwsOptions {
  return { managementAccountId: MANAGEMENT, accounts: [{ id: MANAGEMENT, name: "Management" }, ...accounts], ...more };
}

/** Account ids `n` of the examples: 200000000001, 200000000002, … */
export function member(n: number): string {
  return `2${String(n).padStart(11, "0")}`;
}

/** Runs the collector against the fake over HTTP, on a clock that does not wait. */
export async function runCollector(
  aws: FakeAws,
  overrides: Partial<Omit<CollectRequest, "settings" | "clock">> & {
    start?: string;
    clock?: FakeClock;
    settings?: Partial<CollectorSettings>;
    answers?: AnswerLimits;
  } = {},
): Promise<CollectorRun> {
  const settings = { ...SETTINGS, ...overrides.settings };
  const clock = overrides.clock ?? fakeClock(overrides.start);
  const logs: LogEntry[] = [];
  const credentials = { accessKeyId: "AKIACOLLECTOR", secretAccessKey: "collector-secret" };
  const clients = awsClients(settings, {
    endpoint: aws.endpoint,
    credentials,
    ...(overrides.answers ? { answers: overrides.answers } : {}),
  });
  try {
    const summary = await collect({
      clients,
      store: new S3Store(clients.s3, settings, clock),
      log: (entry) => logs.push(entry),
      ...overrides,
      clock,
      settings,
    });
    const manifest = readJson(aws, summary.manifestKey) as Manifest;
    const record = (accountId: string): AccountRecord => {
      const found = manifest.accounts.find((account) => account.accountId === accountId);
      expect(found, `account ${accountId} in the manifest`).not.to.equal(undefined);
      return found as AccountRecord;
    };
    return { summary, manifest, clock, logs, record };
  } finally {
    clients.destroy();
  }
}

/** An object of the fake bucket as text. */
export function readText(aws: FakeAws, key: string): string {
  const object = aws.objects.get(key);
  expect(object, `object ${key}; there are ${[...aws.objects.keys()].join(", ")}`).not.to.equal(undefined);
  return (object as { body: Buffer }).body.toString();
}

/** An object of the fake bucket as parsed JSON. */
export function readJson(aws: FakeAws, key: string): unknown {
  return JSON.parse(readText(aws, key));
}

/** The error with which a promise is rejected; fails if it is not. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("expected a rejection, but it went well");
}
