import type { Retention } from "../../report/retention";
import type { Difference } from "../../report/verification";
import { counted } from "../../report/page/text";
import { RolloutError } from "../errors";
import { folderEvidence, unreadableEvidence, type VerifiableEvidence } from "../evidence/evidence";
import { openBucket, readingSession, retentionNow, type EvidenceOptions } from "../evidence/openEvidence";
import type { OrganizationConfig } from "../configuration/organizationConfig";
import type { Orchestration } from "../orchestration";
import type { ProgressOutput } from "../progress/progress";
import { fetchPublicKeys, readPublicKeys, type PublicKeys } from "../evidence/publicKeys";
import { callerOf } from "../session";
import { verifyEvidence, type Verification } from "../evidence/verification";
import { VerifyProgress } from "../progress/verifyProgress";

/** What is verified, and with which key. */
export interface VerifyOptions extends EvidenceOptions {
  /** Id of the run; the newest with a manifest by default. */
  run?: string;
  /** The objects of every run, not of one. */
  all?: boolean;
  /** PEM file with the key that manifests are signed with; `none`: signatures are not checked. */
  publicKey?: string;
  /** SHA-256 of manifests that have to be there, as a mail, an event or `collect` told them. */
  expect?: string[];
}

/** What `verify` answers; the shape is a promise to scripts. */
export interface VerifyAnswer extends Verification {
  command: "verify";
  /** There is no difference. */
  ok: boolean;
  place: string;
  /** Which key signatures were checked with; null where none were. */
  publicKey: string | null;
  /** Whether objects were looked at for older versions; a folder has none. */
  versions: ReturnType<VerifiableEvidence["versions"]>;
  seconds: number;
}

/** What `verify` works with; a folder needs no configuration. */
export interface VerifyContext {
  config?: OrganizationConfig;
  log: Orchestration["log"];
  signal?: AbortSignal;
  progress?: ProgressOutput;
  /** Milliseconds since 1970; the clock of this machine by default. */
  now?: () => number;
}

/** Differences that are told to people; all are in the JSON. */
const TOLD = 50;

/** Recomputes the hashes of a run, follows the chain of manifests, and says every way in which the evidence is not what it should be. */
export async function verify(context: VerifyContext, options: VerifyOptions): Promise<VerifyAnswer> {
  const began = performance.now();
  const { evidence, findKeys, retention, signatureExpected } = await openPlace(context, options);
  const progress = new VerifyProgress(context.progress);
  const fromFile = options.publicKey === undefined || options.publicKey === "none" ? undefined : options.publicKey;
  const given = fromFile === undefined ? undefined : readPublicKeys(fromFile);
  let asked: Promise<PublicKeys | undefined> | undefined;
  let used: PublicKeys | undefined;
  const publicKeys = async (): Promise<PublicKeys | undefined> => {
    asked ??= given ? Promise.resolve(given) : options.publicKey === "none" ? Promise.resolve(undefined) : findKeys();
    return (used = await asked);
  };
  try {
    const found = await verifyEvidence(evidence, {
      runId: options.run,
      all: options.all,
      ...(options.expect && { expect: options.expect }),
      ...(retention && { retention }),
      publicKeys,
      now: context.now?.() ?? Date.now(),
      signatureExpected: given !== undefined || (signatureExpected && options.publicKey !== "none"),
      signal: context.signal,
      onProgress: (counts) => progress.update(counts),
    });
    const answer: VerifyAnswer = {
      command: "verify",
      ok: found.differences.length === 0,
      place: evidence.place,
      ...found,
      publicKey: used?.from ?? null,
      versions: evidence.versions(),
      seconds: Math.round(performance.now() - began) / 1000,
    };
    progress.close();
    tell(answer, options, context.log);
    return answer;
  } catch (cause) {
    progress.close();
    if (context.signal?.aborted) throw new RolloutError("Interrupted: nothing is verified", 1, { cause });
    throw unreadableEvidence(evidence.place, cause);
  }
}

interface Place {
  evidence: VerifiableEvidence;
  findKeys: () => Promise<PublicKeys | undefined>;
  retention?: Retention;
  signatureExpected: boolean;
}

async function openPlace({ config, now = Date.now }: VerifyContext, options: VerifyOptions): Promise<Place> {
  if (options.from !== undefined) {
    const nothing = (): Promise<undefined> => Promise.resolve(undefined);
    return { evidence: folderEvidence(options.from), findKeys: nothing, signatureExpected: false };
  }
  if (!config) throw new RolloutError("No configuration and no folder to verify: give --from DIR");
  const { file } = config.logarchive;
  const session = await readingSession(config, options, "verifying the evidence");
  return {
    evidence: openBucket(config, options, session, now()),
    retention: retentionNow(config, now()),
    signatureExpected: config.security.settings.signManifests,
    findKeys: async () => {
      const { partition } = await callerOf(session);
      const { accountId } = config.security.file;
      if (accountId === undefined) {
        throw new RolloutError(
          "Manifests are signed, and Pulumi.security.yaml does not name the account of the key: set aws:allowedAccountIds, or " +
            "give the saved key with --public-key FILE",
        );
      }
      const alias = `alias/${config.security.settings.keyAlias}-signing`;
      return fetchPublicKeys(`arn:${partition}:kms:${file.region}:${accountId}:${alias}`, session);
    },
  };
}

const SIGNATURE_IN_WORDS: Record<Verification["signature"], string> = {
  valid: "valid",
  invalid: "NOT valid",
  absent: "none",
  notChecked: "not checked: give the key with --public-key FILE",
};

function tell(answer: VerifyAnswer, options: VerifyOptions, log: (line: string) => void): void {
  const { runId, differences, chain } = answer;
  log(
    `Run ${runId} in ${answer.place}: ${answer.manifests} manifests and ${answer.objects} objects ` +
      `(${(answer.bytes / 1024 / 1024).toFixed(1)} MiB${options.all ? ", of every run" : ""}) hashed in ${answer.seconds.toFixed(1)} s`,
  );
  const ends = {
    first: "the first run",
    expired: `the oldest that is kept; run ${chain.expired} before it has expired by the retention`,
    broken: "with breaks, as below",
  };
  log(`  chain:     from ${chain.newest} back to ${chain.first}, ${ends[chain.end]}`);
  log(`  signature: ${SIGNATURE_IN_WORDS[answer.signature]}${answer.publicKey ? `; key ${answer.publicKey}` : ""}`);
  if (answer.signature === "absent" && answer.vouchedForBy) {
    log(`             the signed manifest of run ${answer.vouchedForBy} vouches for it by the chain`);
  }
  tellExpired(answer, log);
  if (answer.versions === "notChecked") {
    log("  versions:  not looked at: the reading role needs s3:ListBucketVersions");
  }
  for (const interrupted of answer.interrupted) {
    log(`  no manifest: run ${interrupted} was interrupted or is going on; nothing says what it covers`);
  }
  for (const difference of differences.slice(0, TOLD)) tellDifference(difference, log);
  if (differences.length > TOLD) log(`  … and ${differences.length - TOLD} more; --json names all`);
  const noun = differences.length === 1 ? "difference" : "differences";
  log(answer.ok ? "Everything is as the manifests say" : `${differences.length} ${noun}: this evidence is not intact`);
}

/** What the life cycle took away is no difference, and nothing is verified of it. */
function tellExpired({ expired: { raw, consolidated, other } }: VerifyAnswer, log: (line: string) => void): void {
  if (raw + consolidated + other === 0) return;
  const parts = [
    ...(raw > 0 ? [`${counted(raw, "raw report")} (rawRetentionDays)`] : []),
    ...(consolidated > 0 ? [`${counted(consolidated, "consolidated object")} (consolidatedRetentionDays)`] : []),
    ...(other > 0 ? [`${counted(other, "other object")} (retentionDays)`] : []),
  ];
  log(
    `  expired:   ${parts.join(", ")}, by the retention, when their time had come; nothing can be said of their bytes`,
  );
}

function tellDifference({ kind, key, expected, found, meaning }: Difference, log: (line: string) => void): void {
  log(`  ${kind}: ${key}`);
  if (expected !== undefined) log(`    expected: ${expected}`);
  if (found !== undefined) log(`    found:    ${found}`);
  log(`    ${meaning}`);
}
