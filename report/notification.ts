import type { ControlTally } from "./assessment";
import { controlNamed } from "./controls";
import { CHANGE_KINDS, type ChangeKind, type Difference } from "./difference/difference";
import { subjectOf, type Manifest, type NotCollectedAccount } from "./manifest";
import { counted, dateTime, grouped, visible } from "./page/text";

/** What a message about a run is made from. */
export interface NotificationInput {
  manifest: Manifest;
  /** Lower-case hexadecimal SHA-256 of the manifest's bytes. */
  manifestSha256: string;
  /** Results by control, excepted failures told apart. */
  controls: readonly ControlTally[];
  /** Against the run before; undefined: not compared. */
  difference?: Difference | undefined;
  /** Address of the page, or of the manifest where there is no page. */
  link: { what: "page" | "manifest"; address: string };
  /** What went wrong with page or comparison, in words. */
  problems?: readonly string[];
}

/** A message, as SNS takes it. */
export interface Notification {
  /** At most {@link SUBJECT_CHARACTERS} printable ASCII characters. */
  subject: string;
  /** Plain text with LF line ends, of a few thousand characters. */
  text: string;
}

/** SNS wants fewer than a hundred, without line breaks. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
export const SUBJECT_CHARACTERS = 99;

/** Missing accounts that a message names; the page names all. */
const MISSING_NAMED = 10;

/** Characters of one piece of text that is not this project's own: remedies, names and problems. */
const PIECE_CHARACTERS = 300;

/**
 * The message about a run: whether it is complete, who is missing and what to do, which controls fail, what changed, and where the
 * page is.
 *
 * A mailbox is no place for evidence: there are accounts and counts in it, and neither users nor keys. Names of accounts are text
 * that others choose; they cannot break a line or turn the direction of reading.
 */
export function notification(input: NotificationInput): Notification {
  const { manifest, controls, difference, problems = [] } = input;
  const sections = [
    opening(manifest),
    coverage(manifest),
    missingAccounts(manifest),
    failingControls(controls),
    difference === undefined ? [] : changes(difference),
    problems.length === 0
      ? []
      : ["What went wrong with this report (the evidence stands)", ...problems.map((problem) => `  ${piece(problem)}`)],
    [
      `${input.link.what === "page" ? "Report" : "Manifest"}: ${input.link.address}`,
      "To follow it, sign in with a role that may read the evidence.",
      `SHA-256 of the manifest: ${input.manifestSha256}`,
    ],
  ];
  return {
    subject: subject(manifest, controls),
    text: `${sections
      .filter((lines) => lines.length > 0)
      .map((lines) => lines.join("\n"))
      .join("\n\n")}\n`,
  };
}

function subject(manifest: Manifest, controls: readonly ControlTally[]): string {
  const { complete, counts } = manifest;
  const findings = standing(controls).reduce((sum, { standing: count }) => sum + count, 0);
  const text =
    `Credential reports ${complete ? "complete" : "INCOMPLETE"}: ${counts.collected} of ${counts.inScope} accounts, ` +
    `${counted(findings, "finding")} (${subjectOf(manifest).id})`;
  return text.replace(/[^ -~]/g, "?").slice(0, SUBJECT_CHARACTERS);
}

function opening(manifest: Manifest): string[] {
  const { runId, complete, counts, finishedAt } = manifest;
  const { kind, id } = subjectOf(manifest);
  const verdict = complete
    ? "complete: every account in scope was collected"
    : `INCOMPLETE: ${counted(counts.notCollected, "account")} of ${grouped(counts.inScope)} in scope could not be collected`;
  return [`Run ${piece(runId)} of ${kind} ${piece(id)} is ${verdict}.`, `It finished ${dateTime(finishedAt)}.`];
}

function coverage({ counts, accounts, rows }: Manifest): string[] {
  const times = accounts.flatMap((account) => (account.state === "collected" ? [account.reportGeneratedTime] : []));
  const oldest = times.reduce<string | undefined>((best, time) => (best && best <= time ? best : time), undefined);
  return [
    "Coverage",
    `  ${counted(counts.listed, "account is", "accounts are")} listed: ${grouped(counts.inScope)} in scope, ` +
      `${grouped(counts.outOfScope)} out of scope.`,
    `  ${grouped(counts.collected)} collected with ${counted(rows, "user")}, root users included; ${grouped(counts.notCollected)} not collected.`,
    ...(oldest === undefined ? [] : [`  The oldest report was generated ${dateTime(oldest)}.`]),
  ];
}

function missingAccounts({ accounts }: Manifest): string[] {
  const missing = accounts.filter((account): account is NotCollectedAccount => account.state === "notCollected");
  if (missing.length === 0) return [];
  const named = missing
    .slice(0, MISSING_NAMED)
    .flatMap(({ accountId, accountName, ouPath, step, code, remedy }) => [
      `  ${accountId} ${piece(accountName)} (${piece(ouPath)}): ${piece(code)} at ${step}`,
      `    ${piece(remedy)}`,
    ]);
  const rest = missing.length - MISSING_NAMED;
  return ["Missing accounts", ...named, ...(rest > 0 ? [`  and ${grouped(rest)} more, which the manifest names`] : [])];
}

function failingControls(controls: readonly ControlTally[]): string[] {
  const failing = standing(controls).filter(({ fail }) => fail > 0);
  if (failing.length === 0) return ["Controls", "  No control fails."];
  return [
    "Controls that fail",
    ...failing.map(({ control, standing: count, excepted }) => {
      const known = controlNamed(control);
      const apart = excepted > 0 ? `, and ${grouped(excepted)} excepted` : "";
      return `  ${grouped(count)} × ${control}${known ? ` (${known.title})` : ""}${apart}`;
    }),
  ];
}

/** Results with the failures that no exception covers. */
function standing(controls: readonly ControlTally[]): (ControlTally & { standing: number })[] {
  return controls.map((tally) => ({ ...tally, standing: tally.fail - tally.excepted }));
}

/** One change of a kind, and several. */
const CHANGES: Readonly<Record<ChangeKind, readonly [string, string]>> = {
  accountEntered: ["account entered coverage", "accounts entered coverage"],
  accountLeft: ["account left coverage", "accounts left coverage"],
  userAdded: ["user added", "users added"],
  userRemoved: ["user removed", "users removed"],
  userRecreated: ["user recreated under the same name", "users recreated under the same name"],
  userRenamed: ["user renamed", "users renamed"],
  keyAdded: ["access key added", "access keys added"],
  keyRemoved: ["access key removed", "access keys removed"],
  keyRotated: ["access key rotated", "access keys rotated"],
  keyActivated: ["access key activated", "access keys activated"],
  keyDeactivated: ["access key deactivated", "access keys deactivated"],
  mfaGained: ["user gained MFA", "users gained MFA"],
  mfaLost: ["user lost MFA", "users lost MFA"],
  consoleGained: ["user gained console access", "users gained console access"],
  consoleLost: ["user lost console access", "users lost console access"],
  rootUsed: ["root user was used", "root users were used"],
  findingOpened: ["finding opened", "findings opened"],
  findingClosed: ["finding closed", "findings closed"],
};

function changes({ from, counts }: Difference): string[] {
  const lines = CHANGE_KINDS.flatMap((kind) => {
    const count = counts[kind];
    return count > 0 ? [`  ${counted(count, ...CHANGES[kind])}`] : [];
  });
  const incomplete = from.complete ? "" : ", which was incomplete";
  return [
    `Changed since run ${piece(from.runId)} of ${dateTime(from.finishedAt)}${incomplete}`,
    ...(lines.length > 0 ? lines : ["  Nothing."]),
  ];
}

/** Text of others, on one line and not too long. */
function piece(text: string): string {
  const shown = visible(text);
  return shown.length <= PIECE_CHARACTERS ? shown : `${[...shown].slice(0, PIECE_CHARACTERS).join("")}…`;
}
