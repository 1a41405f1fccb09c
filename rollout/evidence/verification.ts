import { judgeChain, judgeExpected, judgePointer, type ChainVerdict } from "../../report/manifestChain";
import type { EvidenceObject } from "../../report/manifest";
import { beginningOf, judgeManifestTimes, judgeWritten, LONGEST_RUN_MS, timesOf } from "../../report/runTimes";
import { hasExpired, retainedKind, type RetainedKind, type Retention } from "../../report/retention";
import { evidenceObjects, expiredObjects, extraObject, isEvidenceKey, judgeRun } from "../../report/verification";
import type { Difference, FoundObject, ListedObject, RunFindings } from "../../report/verification";
import { keys } from "../../runtime/store";
import { RolloutError } from "../errors";
import type { VerifiableEvidence } from "./evidence";
import {
  deletedManifests,
  deletionsOf,
  judgeManifest,
  listDatasets,
  listRuns,
  misdated,
  PARALLEL,
  strayObjects,
  type Signed,
} from "./besideManifests";
import { inParallel } from "../inParallel";
import { isRecord, parse, readManifest } from "./manifestFacts";
import { signedBy, type PublicKeys } from "./publicKeys";

/** What to verify, and what is known beforehand. */
export interface VerificationRequest {
  /** The run whose objects are verified; the newest with a manifest by default. */
  runId?: string;
  /** The objects of every run of the chain. */
  all?: boolean;
  /** What the bucket's life cycle takes away; absent: nothing. */
  retention?: Retention;
  /** The keys that manifests are signed with; asked for when the first signature is met. Undefined: they are not checked. */
  publicKeys?: () => Promise<PublicKeys | undefined>;
  /** The newest manifest has to be signed. */
  signatureExpected?: boolean;
  /** SHA-256 of manifests that were told of when their runs ended, and have to be there. */
  expect?: readonly string[];
  /** Milliseconds since 1970: nothing can have been written later. The time of this machine by default. */
  now?: number;
  signal?: AbortSignal;
  /** Called as the work goes on. */
  onProgress?: (progress: { manifests: number; objects: number; bytes: number }) => void;
}

/** What the signature of a manifest says. */
export type SignatureState = "valid" | "invalid" | "absent" | "notChecked";

/** What verification found. */
export interface Verification {
  runId: string;
  /** Manifests read, of all runs. */
  manifests: number;
  /** Objects hashed, manifests apart. */
  objects: number;
  /** Their size, manifests apart. */
  bytes: number;
  differences: Difference[];
  /** Runs without a manifest: interrupted, or still going on. Nothing says what they cover. */
  interrupted: string[];
  /** `expired`: the run before `first`, which the life cycle took away. */
  chain: { newest: string; first: string; end: ChainVerdict["end"]; expired?: string };
  /** Objects of the verified runs that the life cycle took away when their time had come; no differences. */
  expired: Record<RetainedKind, number>;
  /** Of the run's own manifest. */
  signature: SignatureState;
  /** The oldest run from the chosen one on whose signature is valid: through the chain it vouches for the chosen run too. */
  vouchedForBy?: string;
  /** Manifests by their signatures. */
  signatures: Record<SignatureState, number>;
}

/**
 * Reads every manifest, follows their chain, and hashes every object of the chosen run. Objects are read piece by piece; manifests
 * whole, one for each of the few that are read at the same time.
 *
 * @throws RolloutError if there is no such run; what goes wrong while reading is thrown as it is
 */
export async function verifyEvidence(
  evidence: VerifiableEvidence,
  request: VerificationRequest = {},
): Promise<Verification> {
  const { signal, retention, now = Date.now() } = request;
  const progress = { manifests: 0, objects: 0, bytes: 0 };
  const runIds = await evidence.runIds();
  const read = await inParallel(runIds, PARALLEL, signal, async (runId) => {
    const found = await readSigned(evidence, runId, request.publicKeys);
    if (found) progress.manifests += 1;
    request.onProgress?.(progress);
    return found;
  });
  const manifests = read.filter((found) => found !== undefined);
  const newest = manifests.at(-1)?.facts;
  const chosen = manifests.find(({ facts }) => facts.runId === (request.runId ?? newest?.runId));
  const deleted = (await evidence.deletedRunIds()).filter((id) => beginningOf(id) !== undefined);
  if (!newest || !chosen) throw noSuchRun(evidence.place, request, runIds, deleted);

  const facts = manifests.map((manifest) => manifest.facts);
  const deletions = await deletionsOf(evidence, facts, signal);
  const manifestExpired = (runId: string): boolean =>
    hasExpired(retention, runId, keys.manifest(runId), deletions.get(runId));
  const chain = judgeChain(facts, manifestExpired);
  const differences = [
    ...chain.differences,
    ...judgePointer(keys.latest, await readLatest(evidence), facts),
    ...judgeSignatures(manifests, newest.runId, request.signatureExpected ?? false),
    ...judgeManifestTimes(facts, now),
    ...judgeExpected(request.expect ?? [], facts),
  ];
  const missingAlready = new Set(differences.filter(({ kind }) => kind === "missing").map(({ runId }) => runId));
  const withoutManifest = runIds.filter((_, index) => !read[index] && !missingAlready.has(runIds[index] ?? ""));
  const strays = withoutManifest.filter((runId) => beginningOf(runId) === undefined);
  differences.push(...strays.map((name) => extraObject(`${keys.runs}${name}`, null)));
  const interrupted = withoutManifest.filter((runId) => beginningOf(runId) !== undefined);
  const left = await listRuns(evidence, interrupted, signal);
  const unnamed = deleted.filter((id) => !missingAlready.has(id));
  const lost = await inParallel(unnamed, PARALLEL, signal, (runId) => evidence.list(keys.manifest(runId)));
  const gone = new Map([...left, ...unnamed.map((id, index): [string, ListedObject[]] => [id, lost[index] ?? []])]);
  differences.push(...deletedManifests(gone, retention), ...misdated(left, now));
  const expired: Verification["expired"] = { raw: 0, consolidated: 0, other: 0 };

  const checked = request.all ? manifests.map((manifest) => manifest.facts.runId).reverse() : [chosen.facts.runId];
  const datasets = await listDatasets(evidence, manifests, signal);
  // one that is going on, or can go on, is newer than every manifest: the last step of an older one refuses
  const goingOn = interrupted.filter((id) => id > newest.runId && now < (beginningOf(id) ?? 0) + LONGEST_RUN_MS);
  differences.push(...strayObjects(datasets, manifests, new Set(checked), new Set(goingOn), new Set(interrupted)));
  differences.push(
    ...manifests.flatMap((manifest) => (checked.includes(manifest.facts.runId) ? [] : judgeManifest(manifest))),
  );
  for (const runId of checked) {
    signal?.throwIfAborted();
    const manifest = manifests.find((candidate) => candidate.facts.runId === runId);
    if (!manifest || manifest.facts.problem !== undefined) continue;
    const expected = evidenceObjects(parse((await evidence.read(keys.manifest(runId))) ?? new Uint8Array()));
    const listed = [...(await evidence.list(`${keys.runs}${runId}/`)), ...(datasets.get(runId) ?? [])];
    const found = await hashAll(evidence, expected, signal, (object) => {
      progress.objects += 1;
      progress.bytes += object.bytes;
      request.onProgress?.(progress);
    });
    const once = new Set([keys.manifest(runId), keys.signature(runId)]);
    const findings: RunFindings = {
      runId,
      expected,
      found,
      listed,
      companions: new Set([...once, keys.page(runId)]),
      once,
      ...(retention && { retention }),
    };
    differences.push(...judgeRun(findings));
    const times = timesOf(manifest.facts);
    if (times) differences.push(...judgeWritten(times, listed, new Set([...expected.map(({ key }) => key), ...once])));
    for (const key of expiredObjects(findings)) expired[retainedKind(runId, key)] += 1;
  }

  const signatures: Record<SignatureState, number> = { valid: 0, invalid: 0, absent: 0, notChecked: 0 };
  for (const { signature } of manifests) signatures[signature] += 1;
  const inChain = new Set(chain.runIds);
  const vouching = manifests.find(
    ({ facts: { runId }, signature }) =>
      signature === "valid" && runId >= chosen.facts.runId && (runId === chosen.facts.runId || inChain.has(runId)),
  );
  const unbroken = chain.differences.length === 0;
  return {
    runId: chosen.facts.runId,
    manifests: progress.manifests,
    objects: progress.objects,
    bytes: progress.bytes,
    differences,
    interrupted,
    chain: {
      newest: newest.runId,
      first: chain.runIds.at(-1) ?? newest.runId,
      end: chain.end,
      ...(chain.expired !== undefined && { expired: chain.expired }),
    },
    expired,
    signature: chosen.signature,
    ...(vouching && (unbroken || vouching === chosen) ? { vouchedForBy: vouching.facts.runId } : {}),
    signatures,
  };
}

async function readSigned(
  evidence: VerifiableEvidence,
  runId: string,
  publicKeys: VerificationRequest["publicKeys"],
): Promise<Signed | undefined> {
  const read = await evidence.readDated(keys.manifest(runId));
  if (!read) return undefined;
  const { bytes, writtenAt } = read;
  const { facts, objects } = readManifest(runId, bytes);
  // What lies below runs/ is read again when the run's turn comes: ten thousand accounts of each of a thousand runs are many.
  const elsewhere = objects.map(({ key }) => key).filter((key) => !key.startsWith(keys.runs));
  const signature = await evidence.read(keys.signature(runId));
  const found = { facts, elsewhere, ...(writtenAt !== undefined && { writtenAt }) };
  if (!signature) return { ...found, signature: "absent" };
  const trusted = await publicKeys?.();
  if (!trusted) return { ...found, signature: "notChecked" };
  return { ...found, signature: signedBy(trusted, bytes, signature) ? "valid" : "invalid" };
}

async function readLatest(evidence: VerifiableEvidence): Promise<Parameters<typeof judgePointer>[1]> {
  const bytes = await evidence.read(keys.latest);
  if (!bytes) return undefined;
  const document = parse(bytes);
  const { runId, manifestKey, manifestSha256 } = isRecord(document) ? document : {};
  return { runId, manifestKey, manifestSha256 };
}

function judgeSignatures(manifests: readonly Signed[], newest: string, expected: boolean): Difference[] {
  return manifests.flatMap(({ facts: { runId }, signature }): Difference[] => {
    const key = keys.signature(runId);
    if (signature === "invalid") {
      const meaning =
        "The signature is not one of this manifest by this key: the manifest or the signature was altered, or another key signed it " +
        "(name that one with --public-key)";
      return [{ kind: "signature", key, runId, meaning }];
    }
    if (signature !== "absent" || runId !== newest || !expected) return [];
    const meaning =
      "The newest manifest is not signed, so nothing vouches for it: the run could not sign (its log says why), its signature was " +
      "removed, or signing was turned on after it, and the next run signs";
    return [{ kind: "signature", key, runId, meaning }];
  });
}

async function hashAll(
  evidence: VerifiableEvidence,
  expected: readonly EvidenceObject[],
  signal: AbortSignal | undefined,
  onObject: (object: FoundObject) => void,
): Promise<Map<string, FoundObject>> {
  const found = new Map<string, FoundObject>();
  const readable = [...new Set(expected.map(({ key }) => key))].filter(isEvidenceKey);
  await inParallel(readable, PARALLEL, signal, async (key) => {
    const object = await evidence.hash(key);
    if (!object) return;
    found.set(key, object);
    onObject(object);
  });
  return found;
}

function noSuchRun(
  place: string,
  { runId, retention }: VerificationRequest,
  runIds: readonly string[],
  deleted: readonly string[],
): RolloutError {
  if (runId === undefined && deleted.length > 0) {
    return new RolloutError(
      `Every run in ${place} that left a manifest was deleted, or has expired; versions are kept of ${deleted.length}, the newest ` +
        `${deleted.at(-1) ?? ""}: restore them, and look in CloudTrail for who deleted them`,
    );
  }
  if (runId === undefined) return new RolloutError(`No run has left a manifest in ${place}: run collect first`);
  if (hasExpired(retention, runId, keys.manifest(runId), undefined)) {
    return new RolloutError(
      `There is no run ${runId} in ${place} any more: it is older than the ${retention?.days.other} days that evidence is kept (retentionDays)`,
    );
  }
  return new RolloutError(
    runIds.includes(runId)
      ? `Run ${runId} in ${place} has no manifest: it was interrupted, or its manifest was removed; verify without --run says which`
      : `There is no run ${runId} in ${place}`,
  );
}
