import { CONTROLS, controlNamed, needsEyes, type Control, type Result } from "./controls";
import { limited } from "./formats/findingText";
import { visible } from "./page/text";
import type { CredentialRow } from "./rows";

/**
 * Exceptions: findings that somebody has looked at and accepted for a time. They change no evidence: a subject that fails goes
 * on to fail, and what reads the findings says that the failure is excepted, until when and why.
 */

/** One line of the reviewed list. */
export interface ControlException {
  /** Twelve digits. */
  accountId: string;
  /** Name of the IAM user, or `<root_account>`. */
  user: string;
  /** Id of the control, as in {@link CONTROLS}. */
  control: string;
  /** Why it is accepted, in words. */
  reason: string;
  /** The last day on which it holds, in UTC: `YYYY-MM-DD`. */
  expires: string;
}

/**
 * What became of an exception in a run.
 *
 * - `applied`: the subject fails or cannot be decided, and the exception holds.
 * - `expired`: its last day was before the run.
 * - `unmatched`: there is nothing to except: no such account or user in the run, or the control does not fail.
 */
export type ExceptionState = "applied" | "expired" | "unmatched";

/** An exception with what became of it. */
export interface ReviewedException extends ControlException {
  state: ExceptionState;
  /** Why it is in this state, in words. */
  because: string;
}

/** A list of exceptions that cannot be relied on; the message names every wrong line. */
export class ExceptionListError extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join("; "));
    this.name = "ExceptionListError";
  }
}

/**
 * Reads the list, as a YAML or JSON file gives it: `{ exceptions: [{ account, user, control, reason, expires }] }`. A control may
 * be named by its id (`console-mfa`), its number in a benchmark (`cis-3.0:1.10`), or its id in Security Hub (`IAM.5`).
 *
 * @throws {ExceptionListError} if a line lacks something, names no control, or says again what another says.
 */
export function readExceptions(document: unknown): ControlException[] {
  const list = isRecord(document) ? document["exceptions"] : undefined;
  if (!Array.isArray(list)) throw new ExceptionListError(["there is no list under the key exceptions"]);
  const problems: string[] = [];
  const read = new Map<string, ControlException>();
  for (const [index, line] of (list as unknown[]).entries()) {
    const { exception, problem } = readLine(line);
    const key = exception && keyOf(exception.accountId, exception.user, exception.control);
    const again = key !== undefined && read.has(key);
    if (exception && key !== undefined && !again) read.set(key, exception);
    else problems.push(`exception ${index + 1} ${problem ?? "says again what another one says"}`);
  }
  if (problems.length > 0) throw new ExceptionListError(problems);
  return [...read.values()];
}

const FIELDS = ["account", "user", "control", "reason", "expires"] as const;

function readLine(line: unknown): { exception?: ControlException; problem?: string } {
  if (!isRecord(line)) return { problem: `is no mapping of ${FIELDS.join(", ")}` };
  const unknown = Object.keys(line).filter((name) => !(FIELDS as readonly string[]).includes(name));
  if (unknown.length > 0)
    return { problem: `has ${shown(unknown.join(", "))}, which is not one of ${FIELDS.join(", ")}` };
  const text = (name: (typeof FIELDS)[number]): string => {
    const value = line[name];
    return typeof value === "string" ? value.trim() : "";
  };
  const missing = FIELDS.filter((name) => text(name) === "");
  if (missing.length > 0) return { problem: `needs text for ${missing.join(", ")} (quote account ids and dates)` };
  if (!/^\d{12}$/.test(text("account")))
    return { problem: `has account "${shown(text("account"))}", not twelve digits` };
  const control = controlNamed(text("control"));
  if (!control) {
    const known = CONTROLS.map(({ id }) => id).join(", ");
    return { problem: `has control "${shown(text("control"))}", which is none of ${known}` };
  }
  if (!isDay(text("expires")))
    return { problem: `expires on "${shown(text("expires"))}", which is no day as in 2027-03-31` };
  return {
    exception: {
      accountId: text("account"),
      user: text("user"),
      control: control.id,
      reason: text("reason"),
      expires: text("expires"),
    },
  };
}

/** A value of the list, for a message. */
const shown = (text: string): string => limited(visible(text), 100);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isDay(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

const keyOf = (accountId: string, user: string, control: string): string => `${accountId}/${user}/${control}`;

/** Applies a list to the rows of one run, and knows afterwards what became of each exception. */
export class Exceptions {
  private readonly byKey: Map<string, ControlException>;
  private readonly accounts = new Set<string>();
  private readonly results = new Map<ControlException, Result>();
  private readonly users = new Set<string>();

  /**
   * @param list As {@link readExceptions} gives it.
   * @param startedAt When the run began, ISO 8601: exceptions hold or are expired as of that day.
   */
  constructor(
    private readonly list: readonly ControlException[] = [],
    private readonly startedAt = "",
  ) {
    this.byKey = new Map(list.map((line) => [keyOf(line.accountId, line.user, line.control), line]));
    for (const { accountId, user } of list) this.users.add(`${accountId}/${user}`);
  }

  /**
   * The exception that holds for a subject with this result; null for a result that needs none, or where there is none.
   * Call it for every row and control of the run.
   */
  of(row: Pick<CredentialRow, "accountId" | "user">, control: Control, result: Result): ControlException | null {
    if (this.list.length === 0) return null;
    this.accounts.add(row.accountId);
    if (!this.users.has(`${row.accountId}/${row.user}`)) return null;
    const exception = this.byKey.get(keyOf(row.accountId, row.user, control.id));
    if (!exception) return null;
    this.results.set(exception, result);
    return needsEyes(result) && !this.isExpired(exception) ? exception : null;
  }

  /** Every exception of the list in its order, once all rows were seen. */
  reviewed(): ReviewedException[] {
    return this.list.map((exception) => ({ ...exception, ...this.stateOf(exception) }));
  }

  private stateOf(exception: ControlException): Pick<ReviewedException, "state" | "because"> {
    const result = this.results.get(exception);
    const stands = result !== undefined && needsEyes(result);
    if (this.isExpired(exception)) {
      return {
        state: "expired",
        because: stands
          ? "its last day is over, and the finding stands"
          : "its last day is over, and it excepts nothing",
      };
    }
    if (stands) return { state: "applied", because: `holds until ${exception.expires}` };
    if (result !== undefined)
      return { state: "unmatched", because: "the control does not fail for this user any more" };
    return {
      state: "unmatched",
      because: this.accounts.has(exception.accountId)
        ? "the account's report has no such user for this control"
        : "the run has no report of this account",
    };
  }

  private isExpired({ expires }: ControlException): boolean {
    return expires < this.startedAt.slice(0, 10);
  }
}
