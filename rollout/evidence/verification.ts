import { judgeChain, judgePointer, type ChainVerdict, type ManifestFacts } from "../../report/manifestChain";
import type { EvidenceObject } from "../../report/manifest";
import { hasExpired, retainedKind, type RetainedKind, type Retention } from "../../report/retention";
import { evidenceObjects, expiredObjects, extraObject, isEvidenceKey, judgeRun } from "../../report/verification";
import type { Difference, FoundObject, ListedObject, RunFindings } from "../../report/verification";
import { keys } from "../../runtime/store";
import { RolloutError } from "../errors";
import type { VerifiableEvidence } from "./evidence";
import { inParallel } from "../inParallel";
import { isRecord, parse, readManifest, type ReadManifest } from "./manifestFacts";
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

/** Objects, or manifests, read at the same time. */
const PARALLEL = 8;

/** Folders of what is made of the raw reports, whether a manifest names something in them or not. */
const DATASETS = ["credentials", "credentials_typed", "findings"];

const RUN_ID = /^\d{8}T\d{6}Z-[0-9a-f]{6}$/;

type Signed = Pick<ReadManifest, "facts"> & { signature: SignatureState; elsewhere: string[] };

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
  const { signal, retention } = request;
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
  if (!newest || !chosen) throw noSuchRun(evidence.place, request, runIds);

  const facts = manifests.map((manifest) => manifest.facts);
  const deletions = await deletionsOf(evidence, facts, signal);
  const manifestExpired = (runId: string): boolean =>
    hasExpired(retention, runId, keys.manifest(runId), deletions.get(runId));
  const chain = judgeChain(facts, manifestExpired);
  const differences = [
    ...chain.differences,
    ...judgePointer(keys.latest, await readLatest(evidence), facts),
    ...judgeSignatures(manifests, newest.runId, request.signatureExpected ?? false),
  ];
  const missingAlready = new Set(differences.filter(({ kind }) => kind === "missing").map(({ runId }) => runId));
  const withoutManifest = runIds.filter((_, index) => !read[index] && !missingAlready.has(runIds[index] ?? ""));
  const strays = withoutManifest.filter((runId) => !RUN_ID.test(runId));
  differences.push(...strays.map((name) => extraObject(`${keys.runs}${name}`, null)));
  const interrupted = withoutManifest.filter((runId) => RUN_ID.test(runId));
  differences.push(...(await deletedManifests(evidence, interrupted, retention, signal)));
  const expired: Verification["expired"] = { raw: 0, consolidated: 0, other: 0 };

  const checked = request.all ? manifests.map((manifest) => manifest.facts.runId).reverse() : [chosen.facts.runId];
  const datasets = await listDatasets(evidence, manifests, signal);
  differences.push(...strayObjects(datasets, manifests, new Set(checked), new Set(interrupted)));
  for (const runId of checked) {
    signal?.throwIfAborted();
    const manifest = manifests.find((candidate) => candidate.facts.runId === runId);
    if (manifest?.facts.problem !== undefined) continue;
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
  const bytes = await evidence.read(keys.manifest(runId));
  if (!bytes) return undefined;
  const { facts, objects } = readManifest(runId, bytes);
  // What lies below runs/ is read again when the run's turn comes: ten thousand accounts of each of a thousand runs are many.
  const elsewhere = objects.map(({ key }) => key).filter((key) => !key.startsWith(keys.runs));
  const signature = await evidence.read(keys.signature(runId));
  if (!signature) return { facts, elsewhere, signature: "absent" };
  const trusted = await publicKeys?.();
  if (!trusted) return { facts, elsewhere, signature: "notChecked" };
  return { facts, elsewhere, signature: signedBy(trusted, bytes, signature) ? "valid" : "invalid" };
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

/** When the manifests were deleted that others name and that are not there, by run, as far as the versions of the bucket say. */
async function deletionsOf(
  evidence: VerifiableEvidence,
  manifests: readonly ManifestFacts[],
  signal: AbortSignal | undefined,
): Promise<Map<string, number>> {
  const there = new Set(manifests.map(({ runId }) => runId));
  const gone = manifests.flatMap(({ previous }) => (previous && !there.has(previous.runId) ? [previous.runId] : []));
  const listed = await inParallel(gone, PARALLEL, signal, (runId) => evidence.list(keys.manifest(runId)));
  return new Map(
    gone.flatMap((runId, index) => {
      const found = listed[index]?.find(({ key }) => key === keys.manifest(runId));
      return found?.deletedAt === undefined ? [] : [[runId, found.deletedAt]];
    }),
  );
}

/** Runs whose manifest was there and was deleted, as the versions of the bucket say. */
async function deletedManifests(
  evidence: VerifiableEvidence,
  runIds: readonly string[],
  retention: Retention | undefined,
  signal: AbortSignal | undefined,
): Promise<Difference[]> {
  const listed = await inParallel(runIds, PARALLEL, signal, (runId) => evidence.list(keys.manifest(runId)));
  const wasDeleted = (runId: string, { key, deleted, deletedAt }: ListedObject): boolean =>
    key === keys.manifest(runId) && deleted === true && !hasExpired(retention, runId, key, deletedAt);
  return runIds
    .filter((runId, index) => listed[index]?.some((object) => wasDeleted(runId, object)))
    .map((runId) => ({
      kind: "missing",
      key: keys.manifest(runId),
      runId,
      meaning: "The run had a manifest, and it was deleted; an older version is kept: restore it and verify again",
    }));
}

/** The objects below the folders of datasets, by the run of their partition; "" for those of none. */
async function listDatasets(
  evidence: VerifiableEvidence,
  manifests: readonly Signed[],
  signal: AbortSignal | undefined,
): Promise<Map<string, ListedObject[]>> {
  const named = manifests.flatMap(({ elsewhere }) => elsewhere.filter(isEvidenceKey));
  const folders = new Set([
    ...DATASETS,
    ...named.filter((key) => key.includes("/")).map((key) => key.slice(0, key.indexOf("/"))),
  ]);
  const byRun = new Map<string, ListedObject[]>();
  for (const listed of await inParallel([...folders], PARALLEL, signal, (folder) => evidence.list(`${folder}/`))) {
    for (const object of listed) {
      const runId = /\/run=([^/]+)\//.exec(object.key)?.[1] ?? "";
      const objects = byRun.get(runId);
      if (objects) objects.push(object);
      else byRun.set(runId, [object]);
    }
  }
  return byRun;
}

/** What lies among the datasets and no manifest names; runs that are checked in full judge their own. */
function strayObjects(
  datasets: ReadonlyMap<string, readonly ListedObject[]>,
  manifests: readonly Signed[],
  checked: ReadonlySet<string>,
  interrupted: ReadonlySet<string>,
): Difference[] {
  const byRun = new Map(manifests.map((manifest) => [manifest.facts.runId, manifest]));
  return [...datasets].flatMap(([runId, objects]) => {
    const manifest = byRun.get(runId);
    const judgedElsewhere = checked.has(runId) || interrupted.has(runId) || manifest?.facts.problem !== undefined;
    if (judgedElsewhere) return [];
    const named = new Set(manifest?.elsewhere);
    return objects
      .filter(({ key, deleted }) => !deleted && !named.has(key))
      .map(({ key }) => extraObject(key, manifest ? runId : null));
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

function noSuchRun(place: string, { runId, retention }: VerificationRequest, runIds: readonly string[]): RolloutError {
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
