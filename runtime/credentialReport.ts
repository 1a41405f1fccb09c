import { GenerateCredentialReportCommand, GetCredentialReportCommand } from "@aws-sdk/client-iam";

import { readTime } from "../report/cells";
import { isoSeconds } from "./clock";
import { UNREACHED } from "./deadline";
import { CallError, CollectionError } from "./errors";
import type { Place } from "./generatingCap";
import { capacityDelay, RetryBudget, withRetry, type RetryOptions } from "./retry";
import type { Surroundings } from "./surroundings";
import { MemberSession } from "./memberSession";

/** A credential report as AWS returned it. */
export interface FetchedReport {
  bytes: Uint8Array;
  /** When AWS generated the report, up to four hours ago: ISO 8601 in UTC. */
  generatedTime: string;
}

/** How long one account's report may take; AWS makes most in seconds, large ones in minutes. Milliseconds. */
const PATIENCE_MS = 10 * 60_000;
/** Refusals for want of capacity that one account takes: twenty minutes of waiting and more. */
const MAX_REFUSALS = 50;

/** The shortest and the longest wait between two questions whether a report is ready, in milliseconds. */
const FIRST_POLL_MS = 400;
const SLOWEST_POLL_MS = 10_000;
/** A report that has taken long will take longer: this share of its age passes between two questions. */
const POLL_SHARE_OF_AGE = 0.12;
/** Questions a second of all waiting accounts together: what one processor answers for beside its other work. */
const POLLS_PER_SECOND = 250;

/** Errors of GetCredentialReport that say "ask again", not "no". */
const NOT_READY = /^CredentialReportNotReadyException$/;
const GONE = /^CredentialReport(Expired|NotPresent)Exception$/;
const REFUSED = /^LimitExceeded(Exception)?$/;

/** How far the wait for a report has come: plain data, with which another process can go on. */
export interface Waiting {
  /** When AWS first took the request, in milliseconds since 1970; absent until it did. */
  askedAt?: number;
  /** What the account may still wait for, in milliseconds since 1970: moved by the time spent in the queue. */
  endsAt: number;
  polls: number;
  refusals: number;
  /** AWS's last word. */
  said: string;
  step: "generate" | "fetch";
}

/** What is known of an account whose report is not there yet, for whoever goes on with it. */
export interface Progress {
  /** Absent until there was a session in the account. */
  waiting?: Waiting;
  /** Further tries of failed calls that the account has left; absent if it was never asked. */
  triesLeft?: number;
  /** When it was left, in milliseconds since 1970; absent while somebody works on it. */
  leftAt?: number;
}

/**
 * Gets one account's credential report: a session in the account, a report generated, the report fetched. Waiting holds no
 * connection and no place among the calls under way.
 *
 * @param place The account's place under the cap of reports in generation; given up here.
 * @param deliver Takes the report while the call's place is still held, so that few reports are in memory; must not throw.
 * @param progress How far it came before, and after a failure how far it has come now.
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateCredentialReport.html
 * @throws {CollectionError} naming the step, the error of AWS, the tries and the remedy.
 */
export async function collectReport<T>(
  accountId: string,
  place: Place,
  around: Surroundings,
  deliver: (report: FetchedReport) => Promise<T>,
  progress: Progress = {},
): Promise<T> {
  const { clock } = around;
  let held = place;
  const budget = RetryBudget.forAccount(progress.triesLeft);
  try {
    const session = new MemberSession(accountId, around, budget);
    await session.begin();
    const waiting = goOn(progress, clock.now());
    for (;;) {
      const answer = await generate(session, waiting, around);
      if (answer === "refused") {
        held.refused();
        await pause(capacityDelay(waiting.refusals, clock.random()), waiting, around, "queueing");
        const queuedAt = clock.now();
        held = await around.generating.enter();
        waiting.endsAt += clock.now() - queuedAt;
        continue;
      }
      held.accepted();
      if (answer === "COMPLETE") {
        held.leave();
        const fetched = await fetch(session, waiting, around, deliver);
        if (fetched) return fetched.delivered;
        // Gone or not ready after all: what is asked for now is generated anew.
        held = await around.generating.enter();
      }
      await pause(pollDelay(waiting, around), waiting, around, "generating");
    }
  } finally {
    held.leave();
    progress.triesLeft = budget.remaining;
  }
}

/** Waiting as it begins, or as it was left: time between is time that AWS had, unless AWS had not taken the request. */
function goOn(progress: Progress, now: number): Waiting {
  const { waiting, leftAt = now } = progress;
  if (waiting && isQueueing(waiting)) waiting.endsAt += now - leftAt;
  delete progress.leftAt;
  progress.waiting = waiting ?? { endsAt: now + PATIENCE_MS, polls: 0, refusals: 0, said: "none", step: "generate" };
  return progress.waiting;
}

/** Whether the account waits until AWS takes its request. */
export function isQueueing({ said }: Waiting): boolean {
  return REFUSED.test(said);
}

/** Asks whether the report is there, which also starts a new one where the last is gone. */
async function generate(session: MemberSession, waiting: Waiting, around: Surroundings): Promise<string> {
  waiting.polls += 1;
  waiting.step = "generate";
  try {
    const answer = await withRetry(
      () => session.call((iam) => iam.send(new GenerateCredentialReportCommand({}))),
      session.retries(waiting.endsAt, { refusable: true }),
    );
    waiting.askedAt ??= around.clock.now();
    waiting.said = answer.State ?? "no state";
    return waiting.said;
  } catch (error) {
    if (!(error instanceof CallError) || !REFUSED.test(error.code)) throw CollectionError.at("generate", error);
    waiting.refusals += 1;
    waiting.said = error.code;
    if (waiting.refusals < MAX_REFUSALS) return "refused";
    throw new CollectionError("generate", error.code, error.message, waiting.refusals, { cause: error });
  }
}

/** Fetches the report and delivers it; undefined if it is not there. */
async function fetch<T>(
  session: MemberSession,
  waiting: Waiting,
  { clock }: Surroundings,
  deliver: (report: FetchedReport) => Promise<T>,
): Promise<{ delivered: T } | undefined> {
  waiting.step = "fetch";
  const options: RetryOptions = session.retries(Math.max(waiting.endsAt, clock.now()));
  try {
    return await withRetry(
      () =>
        session.call(async (iam) => {
          const { Content: bytes = new Uint8Array(), GeneratedTime: at } = await iam.send(
            new GetCredentialReportCommand({}),
          );
          const generatedTime = timeOf(at);
          if (generatedTime === undefined) {
            throw new CallError(
              "IncompleteAnswer",
              "GetCredentialReport does not say when the report was generated",
              1,
            );
          }
          return { delivered: await deliver({ bytes, generatedTime }) };
        }),
      options,
    );
  } catch (error) {
    if (error instanceof CallError && (NOT_READY.test(error.code) || GONE.test(error.code))) {
      waiting.said = error.code;
      return undefined;
    }
    throw CollectionError.at("fetch", error);
  }
}

/** A time as evidence has it; undefined for one that is none, or of a year that has no four digits. */
function timeOf(at: Date | undefined): string | undefined {
  const time = at === undefined || Number.isNaN(at.getTime()) ? "" : isoSeconds(at.getTime());
  return readTime(time) === null ? undefined : time;
}

/** Waits, unless the wait would outlast the account's patience or the run. */
async function pause(
  delay: number,
  waiting: Waiting,
  { clock, deadline }: Surroundings,
  kind: "queueing" | "generating",
): Promise<void> {
  const wakesAt = clock.now() + delay;
  if (wakesAt >= deadline.asksUntil() || wakesAt >= waiting.endsAt) {
    const patient = clock.now() < waiting.endsAt;
    const code = patient && wakesAt >= deadline.asksUntil() ? UNREACHED : "ReportNeverCompleted";
    const seconds = Math.round((clock.now() - (waiting.askedAt ?? clock.now())) / 1000);
    const message = `no report after ${seconds} s; last answer: ${waiting.said}`;
    throw new CollectionError(waiting.step, code, message, waiting.polls);
  }
  if (kind === "queueing") waiting.endsAt += delay;
  await clock.sleep(delay);
}

/**
 * Longer the older the report, and the more accounts wait, so that all together ask at a steady rate. A part of it is jitter,
 * so that accounts which were asked together are not polled together. Milliseconds.
 */
function pollDelay(waiting: Waiting, { clock, generating }: Surroundings): number {
  const age = clock.now() - (waiting.askedAt ?? clock.now());
  const share = (generating.inGeneration / POLLS_PER_SECOND) * 1000;
  const delay = Math.min(SLOWEST_POLL_MS, Math.max(FIRST_POLL_MS, age * POLL_SHARE_OF_AGE, share));
  return Math.floor(delay * (0.75 + clock.random() / 2));
}
