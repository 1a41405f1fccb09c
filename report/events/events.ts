import { controlNamed, reasonOf, type Thresholds } from "../controls";
import type { Change, Difference } from "../difference/difference";
import type { Exceptions } from "../exceptions";
import { limited } from "../formats/findingText";
import type { Manifest } from "../manifest";
import type { CollectorEvent, EventName, EventSchema, OpenedFindings, RunFailedDetail } from "./eventTypes";

/** Missing accounts that an event names; the manifest names all. */
const MISSING_NAMED = 25;

/** Characters of text that is not this project's own. An event has to stay below 256 KB. */
const TEXT_CHARACTERS = 1000;

/** Bytes of the same as JSON, in which a control character has six. */
const TEXT_BYTES = 2500;

/** What an event says of a run beside its manifest. */
export interface RunEventInput {
  manifest: Manifest;
  bucket: string;
  manifestKey: string;
  manifestSha256: string;
  opened: OpenedFindings | null;
}

/** The event of a run that left a manifest. */
export function runEvent(input: RunEventInput): CollectorEvent {
  const { manifest } = input;
  const time = manifest.finishedAt;
  if (manifest.complete) {
    return { name: "RunCompleted", time, detail: { schema: schemaOf("RunCompleted"), ...runFacts(input) } };
  }
  const missing = manifest.accounts
    .filter((account) => account.state === "notCollected")
    .slice(0, MISSING_NAMED)
    .map(({ accountId, accountName, ouPath, step, code, remedy }) => {
      return { accountId, accountName: short(accountName), ouPath: short(ouPath), step, code, remedy: short(remedy) };
    });
  return { name: "RunIncomplete", time, detail: { schema: schemaOf("RunIncomplete"), ...runFacts(input), missing } };
}

function runFacts({ manifest, opened, bucket, manifestKey, manifestSha256 }: RunEventInput) {
  const { runId, organizationId, startedAt, finishedAt, counts, rows, controls, accounts } = manifest;
  const results = controls?.results ?? [];
  const generated = accounts.flatMap((account) => (account.state === "collected" ? [account.reportGeneratedTime] : []));
  return {
    runId,
    organizationId,
    startedAt,
    finishedAt,
    accounts: counts,
    rows,
    findings: {
      failing: results.reduce((sum, { fail }) => sum + fail, 0),
      notDecidable: results.reduce((sum, { notDecidable }) => sum + notDecidable, 0),
    },
    oldestReport: generated.reduce<string | null>((best, time) => (best !== null && best <= time ? best : time), null),
    opened,
    bucket,
    manifestKey,
    manifestSha256,
  };
}

/** The event of a run that left no manifest. */
export function runFailedEvent(failure: Omit<RunFailedDetail, "schema">): CollectorEvent {
  const { message, remedy } = failure;
  return {
    name: "RunFailed",
    time: failure.failedAt,
    detail: { schema: schemaOf("RunFailed"), ...failure, message: short(message), remedy: short(remedy) },
  };
}

/** Findings that opened from one run to another, those that are excepted told apart. */
export function openedFindings(
  { changes }: Difference,
  exceptions: Exceptions,
): { standing: Change[]; excepted: Change[] } {
  const opened = changes.filter(({ kind }) => kind === "findingOpened");
  const isExcepted = ({ accountId, user, control }: Change): boolean => {
    const known = controlNamed(control ?? "");
    return known !== undefined && exceptions.of({ accountId, user: user ?? "" }, known, "fail") !== null;
  };
  return {
    standing: opened.filter((change) => !isExcepted(change)),
    excepted: opened.filter(isExcepted),
  };
}

/**
 * The event of a finding that opened.
 *
 * @param thresholds Those that both runs were held against.
 * @throws {RangeError} for a change that is about no control of this version
 */
export function findingOpenedEvent(change: Change, { from, to }: Difference, thresholds: Thresholds): CollectorEvent {
  const control = controlNamed(change.control ?? "");
  if (!control) throw new RangeError(`the change ${change.kind} is about no control: ${change.control}`);
  const { id, title, severity, cis, securityHub } = control;
  return {
    name: "FindingOpened",
    time: to.finishedAt,
    detail: {
      schema: schemaOf("FindingOpened"),
      runId: to.runId,
      since: from.runId,
      accountId: change.accountId,
      accountName: short(change.accountName),
      ouPath: short(change.ouPath),
      user: short(change.user ?? ""),
      control: { id, title, severity, cis, securityHub },
      because: reasonOf(control, "fail", thresholds),
      before: change.before,
    },
  };
}

function schemaOf<Name extends EventName>(name: Name): EventSchema<Name> {
  return `iam-credential-reports/event/${name}/1`;
}

/** Text of others, of so many characters and bytes at most. */
function short(text: string): string {
  let cut = limited(text, TEXT_CHARACTERS);
  while (Buffer.byteLength(JSON.stringify(cut)) > TEXT_BYTES) cut = limited(cut, Math.floor(cut.length / 2));
  return cut;
}
