import type { Outcome } from "../tasks";
import type { StackOperation, StackResult } from "../engine/stackEngine";
import { messageOf } from "../errors";
import { resultOf } from "./result";
import { fitted, padded } from "./width";

/** One stack in the table. */
export interface ResultRow {
  stack: string;
  account: string;
  result: string;
  changes: Readonly<Record<string, number>>;
  seconds: number;
  /** Why it failed or was skipped. */
  cause?: string;
}

/** The table fits this many columns. */
const WIDTH = 100;
/** More stacks than these that ended alike, and did not fail, are told as one. */
const MANY = 12;
const COUNTS = ["create", "update", "replace", "delete", "same"] as const;
const HEADER = ["created", "updated", "replaced", "deleted", "same"] as const;

/** What became of a stack, as a row. */
export function resultRow(
  stack: string,
  account: string | undefined,
  operation: StackOperation,
  outcome: Outcome<StackResult>,
): ResultRow {
  const base = { stack, account: account ?? "", result: resultOf(operation, outcome), seconds: outcome.seconds };
  switch (outcome.state) {
    case "done":
      return { ...base, changes: outcome.value.changes };
    case "failed":
      return { ...base, changes: {}, cause: messageOf(outcome.error) };
    case "skipped":
      return { ...base, changes: {}, cause: outcome.because };
  }
}

/**
 * The table at the end, in 100 columns. Pure. Where more than a dozen stacks ended alike, and did not fail, one line sums them up.
 *
 * @param options.all A row for each, however many
 */
export function tableLines(rows: readonly ResultRow[], options: { all?: boolean } = {}): string[] {
  if (rows.length === 0) return [];
  const alike = new Map<string, ResultRow[]>();
  for (const row of rows) {
    if (row.result === "failed") continue;
    const ending = `${row.result} ${row.cause ?? ""}`;
    alike.set(ending, [...(alike.get(ending) ?? []), row]);
  }
  const summed = options.all ? [] : [...alike.values()].filter((group) => group.length > MANY);
  const hidden = new Set(summed.flat());
  const width = Math.max(5, ...rows.filter((row) => !hidden.has(row)).map(({ stack }) => stack.length));
  const line = (stack: string, account: string, result: string, counts: readonly string[], seconds: string): string =>
    [
      padded(fitted(stack, 22), Math.min(width, 22)),
      padded(account, 12),
      padded(fitted(result, 10), 10),
      ...counts.map((count, index) => count.padStart(HEADER[index]?.length ?? 0)),
      seconds.padStart(7),
    ]
      .join("  ")
      .trimEnd();
  const lines = [line("stack", "account", "result", HEADER, "seconds")];
  for (const row of rows) {
    if (hidden.has(row)) continue;
    const counts = COUNTS.map((op) => String(row.changes[op] || (row.cause === undefined ? 0 : "")));
    lines.push(line(row.stack, row.account, row.result, counts, row.seconds.toFixed(1)));
    if (row.cause !== undefined) lines.push(fitted(`  ${row.cause}`, WIDTH));
  }
  return [...lines, ...summed.map(summaryOf)];
}

function summaryOf(group: readonly ResultRow[]): string {
  const [{ result, cause } = { result: "", cause: undefined }] = group;
  const head = `and ${group.length} stacks more ${result}`;
  const tail = "(--verbose lists them)";
  if (cause !== undefined) return fitted(`${head}: ${cause} ${tail}`, WIDTH);
  const total = (op: string): number => group.reduce((sum, { changes }) => sum + (changes[op] ?? 0), 0);
  const counts = COUNTS.flatMap((op, index) => (total(op) > 0 ? [`${total(op)} ${HEADER[index]}`] : []));
  const times = group.map(({ seconds }) => seconds);
  const mean = times.reduce((sum, each) => sum + each, 0) / times.length;
  return (
    `${head}: ${counts.join(", ") || "nothing to do"} · ` +
    `${mean.toFixed(1)} s on average, ${Math.max(...times).toFixed(1)} s at most ${tail}`
  );
}
