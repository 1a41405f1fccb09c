import { CredentialReportError, parseCredentialReport } from "../report/credentialReport";
import type { AccountIdentity, AccountRecord, EvidenceObject } from "../report/manifest";
import { collectReport, type FetchedReport } from "./credentialReport";
import { CollectionError, errorMessage } from "./errors";
import type { Place } from "./generatingCap";
import type { GoneAccounts } from "./goneAccounts";
import type { ReportArchive } from "./reportArchive";
import { keys, type Store } from "./store";
import type { Surroundings } from "./surroundings";

/** What an account's task needs beside what all share. */
export interface AccountWork {
  runId: string;
  around: Surroundings;
  gone: GoneAccounts;
  store: Store;
  archive: ReportArchive;
}

/** Errors of AssumeRole that an account also gives when it is no longer there. */
const REFUSED = /^AccessDenied(Exception)?$/;

/** Brings one account to its final state; never throws. */
export async function collectAccount(
  account: AccountIdentity,
  place: Place,
  work: AccountWork,
): Promise<AccountRecord> {
  try {
    return await collectReport(account.accountId, place, work.around, (fetched) => keep(account, fetched, work));
  } catch (error) {
    const failure = CollectionError.at("fetch", error);
    if (failure.step === "assumeRole" && REFUSED.test(failure.code)) {
      const reason = await work.gone.reason(account.accountId);
      if (reason !== undefined) return { ...account, state: "outOfScope", reason };
    }
    return lost(account, failure);
  }
}

/** Stores the report, then reads it: what cannot be read is evidence too. Never throws. */
async function keep(account: AccountIdentity, fetched: FetchedReport, work: AccountWork): Promise<AccountRecord> {
  const { accountId } = account;
  const { bytes, generatedTime: reportGeneratedTime } = fetched;
  let raw: EvidenceObject | undefined;
  try {
    raw = await work.store.put(keys.raw(work.runId, accountId), bytes, work.around.deadline.asksUntil());
    const report = parseCredentialReport(bytes, accountId);
    await work.archive.add(accountId, bytes, report.columns);
    work.around.deadline.add(report.rows.length);
    return { ...account, state: "collected", reportGeneratedTime, rows: report.rows.length, raw };
  } catch (error) {
    return lost(account, failureOf(error), raw);
  }
}

function failureOf(error: unknown): CollectionError {
  if (!(error instanceof CredentialReportError)) return CollectionError.at("store", error);
  return new CollectionError("parse", error.code, errorMessage(error), 1, { cause: error });
}

function lost(account: AccountIdentity, failure: CollectionError, raw?: EvidenceObject): AccountRecord {
  const { step, code, message, attempts, remedy } = failure;
  return { ...account, state: "notCollected", step, code, message, attempts, remedy, ...(raw ? { raw } : {}) };
}
