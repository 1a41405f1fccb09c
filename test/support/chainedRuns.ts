import { createHash, createSign, type KeyObject } from "node:crypto";
import { MANIFEST_SCHEMA } from "../../report/manifest";
import type { VerifiableEvidence } from "../../rollout/evidence/evidence";

/** Ids of the runs, oldest first. */
export const RUNS = ["20251121T031500Z-000001", "20251122T031500Z-000002", "20251123T031500Z-000003"] as const;
/** The last of them. */
export const NEWEST = RUNS[2];
/** Of text or bytes, in hexadecimal. */
export const sha256 = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
/** Day of a run, as ISO 8601. */
export const dayOf = (runId: string): string => `2025-11-${runId.slice(6, 8)}`;
/** Key of the manifest. */
export const manifestKey = (runId: string): string => `runs/${runId}/manifest.json`;
/** Key of the consolidated CSV. */
export const csvKey = (runId: string): string => `credentials/run_date=${dayOf(runId)}/run=${runId}/credentials.csv`;
/** Key of the one raw report. */
export const rawKey = (runId: string): string => `runs/${runId}/raw/111122223333.csv`;

/** A run as a collector writes it, or somebody who passes for one. */
export interface WrittenRun {
  runId: string;
  /** ISO 8601; by default 03:15 and 03:16 of its day. */
  startedAt?: string;
  finishedAt?: string;
  /** What its objects say beside the run id. */
  says?: string;
  /** The run before it, as its manifest names it. */
  previous: object | null;
  /** Signs the manifest. */
  sign?: KeyObject;
  /** Members of the manifest that are something else. */
  more?: object;
}

/**
 * Puts the objects of a complete run, and points to it.
 *
 * @returns how the next manifest names it
 */
export function writeRun(
  put: (key: string, body: Buffer) => unknown,
  run: WrittenRun,
): { runId: string; key: string; sha256: string } {
  const { runId, says = "", previous, sign } = run;
  const putText = (key: string, text: string): object => {
    put(key, Buffer.from(text));
    return { key, bytes: Buffer.byteLength(text), sha256: sha256(text) };
  };
  const text: string = JSON.stringify(
    {
      schema: MANIFEST_SCHEMA,
      runId,
      startedAt: run.startedAt ?? `${dayOf(runId)}T03:15:00Z`,
      finishedAt: run.finishedAt ?? `${dayOf(runId)}T03:16:00Z`,
      complete: true,
      accounts: [
        { accountId: "111122223333", state: "collected", raw: putText(rawKey(runId), `user,arn\n${runId}${says}`) },
      ],
      consolidated: putText(csvKey(runId), `account_id\n${runId}${says}\n`),
      typed: putText(csvKey(runId).replace("credentials/", "credentials_typed/"), `PAR1${runId}${says}`),
      later: {
        somewhere: [putText(csvKey(runId).replace("credentials/", "findings/"), `{"run_id":"${runId}${says}"}\n`)],
      },
      previous,
      ...run.more,
    },
    null,
    2,
  );
  putText(manifestKey(runId), text);
  if (sign) put(`${manifestKey(runId)}.sig`, createSign("sha256").update(text).sign(sign));
  const latest = { runId, manifestKey: manifestKey(runId), manifestSha256: sha256(text) };
  put("latest.json", Buffer.from(JSON.stringify(latest)));
  return { runId, key: manifestKey(runId), sha256: sha256(text) };
}

/** The objects of three complete runs, as the collector chains them. */
export function threeRuns(sign?: KeyObject): Map<string, Buffer> {
  const objects = new Map<string, Buffer>();
  let previous: object | null = null;
  for (const runId of RUNS) {
    previous = writeRun((key, body) => objects.set(key, body), { runId, previous, ...(sign && { sign }) });
  }
  return objects;
}

/** Evidence in memory. */
export function inMemory(objects: ReadonlyMap<string, Buffer>): VerifiableEvidence {
  const ids = (): string[] => [...objects.keys()].flatMap((key) => /^runs\/([^/]+)\//.exec(key)?.[1] ?? []);
  return {
    place: "memory",
    runIds: () => Promise.resolve([...new Set(ids())].sort()),
    read: (key) => Promise.resolve(objects.get(key)),
    readDated: (key) => {
      const bytes = objects.get(key);
      return Promise.resolve(bytes && { bytes });
    },
    deletedRunIds: () => Promise.resolve([]),
    versions: () => "none",
    list: (prefix) =>
      Promise.resolve([...objects.keys()].filter((key) => key.startsWith(prefix)).map((key) => ({ key }))),
    hash: (key) => {
      const body = objects.get(key);
      return Promise.resolve(body && { bytes: body.length, sha256: sha256(body) });
    },
  };
}

/**
 * A versioned bucket in memory. As in S3, whoever puts chooses neither the time of an object nor that older versions go; only who may
 * delete versions leaves no trace.
 */
export class VersionedBucket implements VerifiableEvidence {
  readonly place = "memory";
  private readonly kept = new Map<string, { body: Buffer | undefined; at: number }[]>();
  /** Milliseconds since 1970. */
  now = Date.parse(`${dayOf(RUNS[0])}T03:15:30Z`);

  /** Three runs, each written at its time. */
  static ofThreeRuns(sign?: KeyObject): VersionedBucket {
    const bucket = new VersionedBucket();
    let previous: object | null = null;
    for (const runId of RUNS) {
      bucket.now = Date.parse(`${dayOf(runId)}T03:15:30Z`);
      previous = bucket.write({ runId, previous, ...(sign && { sign }) });
    }
    bucket.now = Date.parse(`${dayOf(NEWEST)}T14:00:00Z`);
    return bucket;
  }

  write(run: WrittenRun): ReturnType<typeof writeRun> {
    return writeRun((key, body) => this.put(key, body), run);
  }
  put(key: string, body: Buffer | string): void {
    this.kept.set(key, [...(this.kept.get(key) ?? []), { body: Buffer.from(body), at: this.now }]);
  }
  /** Deletes as whoever may delete objects: a mark is put. */
  delete(key: string): void {
    this.kept.get(key)?.push({ body: undefined, at: this.now });
  }
  /** Deletes all versions but the newest, or all of them. */
  purge(match: (key: string) => boolean, leave: "newest" | "nothing"): void {
    for (const [key, versions] of [...this.kept].filter(([candidate]) => match(candidate))) {
      if (leave === "nothing") this.kept.delete(key);
      else this.kept.set(key, versions.slice(-1));
    }
  }
  /** The manifest of a run, as the next names it. */
  named(runId: string): { runId: string; key: string; sha256: string } {
    const key = manifestKey(runId);
    return { runId, key, sha256: sha256(this.there(key)?.body ?? "") };
  }

  private there(key: string): { body: Buffer; at: number } | undefined {
    const { body, at = 0 } = this.kept.get(key)?.at(-1) ?? {};
    return body && { body, at };
  }
  versions = () => "checked" as const;
  read = (key: string) => Promise.resolve(this.there(key)?.body);
  readDated = (key: string) => {
    const found = this.there(key);
    return Promise.resolve(found && { bytes: found.body, writtenAt: found.at });
  };
  private runsOf(keys: string[]): string[] {
    return [...new Set(keys.flatMap((key) => /^runs\/([^/]+)\//.exec(key)?.[1] ?? []))].sort();
  }
  runIds = () => Promise.resolve(this.runsOf([...this.kept.keys()].filter((key) => this.there(key))));
  deletedRunIds = async () => {
    const there = await this.runIds();
    return this.runsOf([...this.kept.keys()]).filter((id) => !there.includes(id));
  };
  list = (prefix: string) =>
    Promise.resolve(
      [...this.kept]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, versions]) => {
          const { body, at = 0 } = versions.at(-1) ?? {};
          return { key, versions: versions.length, ...(body ? { writtenAt: at } : { deleted: true, deletedAt: at }) };
        })
        .sort((a, b) => (a.key < b.key ? -1 : 1)),
    );
  hash = (key: string) => {
    const body = this.there(key)?.body;
    return Promise.resolve(body && { bytes: body.length, sha256: sha256(body) });
  };
}
