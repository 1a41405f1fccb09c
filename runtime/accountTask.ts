import { CredentialReportError, parseCredentialReport, type CredentialReport } from "../report/credentialReport";
import type { AccountIdentity, AccountRecord, EvidenceObject, NotCollectedAccount } from "../report/manifest";
import { collectReport, type FetchedReport, type Progress } from "./credentialReport";
import { UNREACHED } from "./deadline";
import { CallError, CollectionError, errorMessage } from "./errors";
import type { Place } from "./generatingCap";
import type { GoneAccounts } from "./goneAccounts";
import type { ReportArchive } from "./reportArchive";
import type { Surroundings } from "./surroundings";

/** What an account's task needs beside what all share. */
export interface AccountWork {
  runId: string;
  around: Surroundings;
  keepRaw: KeepRaw;
  /** Takes a report that is stored and can be read, for the consolidation; by default nobody does. */
  archive?: Pick<ReportArchive, "add">;
}

/**
 * Stores a raw report.
 *
 * @param endsAt Milliseconds since 1970; no try begins after it.
 * @returns The object, and what is in it: that of an earlier process, where one stored the account's report already.
 * @throws {CallError} if it cannot be stored.
 */
export type KeepRaw = (accountId: string, fetched: FetchedReport, endsAt: number) => Promise<KeptReport>;

/** A raw report that is stored. */
export interface KeptReport {
  fetched: FetchedReport;
  raw: EvidenceObject;
}

/** What asking an account came to. */
export interface Asked {
  record: AccountRecord;
  /** Only time was lacking: to ask again, with the progress made, can still bring the account to another state. */
  unfinished: boolean;
}

/** Errors of AssumeRole that an account also gives when it is no longer there. */
const REFUSED = /^AccessDenied(Exception)?$/;

/** Brings one account to its final state; never throws. */
export async function collectAccount(
  account: AccountIdentity,
  place: Place,
  work: AccountWork & { gone: GoneAccounts },
): Promise<AccountRecord> {
  const { record } = await askAccount(account, place, work);
  return unlessGone(record, work.gone);
}

/**
 * Asks one account for its report; never throws.
 *
 * @param progress How far an earlier process came, and afterwards how far this one has come.
 */
export async function askAccount(
  account: AccountIdentity,
  place: Place,
  work: AccountWork,
  progress: Progress = {},
): Promise<Asked> {
  const { around } = work;
  try {
    return await collectReport(
      account.accountId,
      place,
      around,
      (fetched) => keep(account, fetched, work, progress),
      progress,
    );
  } catch (error) {
    return lost(account, CollectionError.at("fetch", error), around, progress);
  }
}

/** The record of an account, or that it is out of scope because it was closed, or left, after it was listed. Never throws. */
export async function unlessGone(record: AccountRecord, gone: GoneAccounts): Promise<AccountRecord> {
  if (record.state !== "notCollected" || record.step !== "assumeRole" || !REFUSED.test(record.code)) return record;
  const { accountId, accountName, ouPath } = record;
  const reason = await gone.reason(accountId);
  return reason === undefined ? record : { accountId, accountName, ouPath, state: "outOfScope", reason };
}

/**
 * Reads a stored report: what cannot be read is evidence too. Never throws, unless the archive does.
 */
export async function readKept(
  account: AccountIdentity,
  { fetched, raw }: KeptReport,
  archive?: AccountWork["archive"],
): Promise<AccountRecord> {
  const { bytes, generatedTime: reportGeneratedTime } = fetched;
  let report: CredentialReport;
  try {
    report = parseCredentialReport(bytes, account.accountId);
  } catch (error) {
    return notCollected(account, failureOf(error), raw);
  }
  await archive?.add(account.accountId, bytes, report.columns);
  return { ...account, state: "collected", reportGeneratedTime, rows: report.rows.length, raw };
}

/** Stores the report, then reads it. Never throws. */
async function keep(
  account: AccountIdentity,
  fetched: FetchedReport,
  { keepRaw, archive, around }: AccountWork,
  progress: Progress,
): Promise<Asked> {
  let kept: KeptReport | undefined;
  try {
    kept = await keepRaw(account.accountId, fetched, around.deadline.asksUntil());
    const record = await readKept(account, kept, archive);
    if (record.state === "collected") around.deadline.add(record.rows);
    return { record, unfinished: false };
  } catch (error) {
    return lost(account, failureOf(error), around, progress, kept?.raw);
  }
}

function failureOf(error: unknown): CollectionError {
  if (!(error instanceof CredentialReportError)) return CollectionError.at("store", error);
  return new CollectionError("parse", error.code, errorMessage(error), 1, { cause: error });
}

function lost(
  account: AccountIdentity,
  failure: CollectionError,
  { clock, deadline }: Surroundings,
  { waiting }: Progress,
  raw?: EvidenceObject,
): Asked {
  const { cutShortAt = -Infinity } = failure.cause instanceof CallError ? failure.cause : {};
  const patient = waiting === undefined || clock.now() < waiting.endsAt;
  const unfinished = failure.code === UNREACHED || (patient && cutShortAt >= deadline.asksUntil());
  return { record: notCollected(account, failure, raw), unfinished };
}

/** The record of an account that is missing. */
export function notCollected(
  account: AccountIdentity,
  failure: CollectionError,
  raw?: EvidenceObject,
): NotCollectedAccount {
  const { step, code, message, attempts, remedy } = failure;
  return { ...account, state: "notCollected", step, code, message, attempts, remedy, ...(raw ? { raw } : {}) };
}
