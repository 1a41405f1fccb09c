import { readTime } from "./cells";
import { MANIFEST_SCHEMA, type Manifest } from "./manifest";
import { limited } from "./formats/findingText";
import { visible } from "./page/text";

/** Bytes that are no manifest of this version. The message says what is wrong, as the end of a sentence that names the manifest. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";
}

/** Whether a value is what it should be; else what it should be, with the place. */
type Check = (value: unknown, place: string) => void;

/** What the id of a run looks like. It becomes part of keys and paths. */
export const RUN_ID = /^\d{8}T\d{6}Z-[0-9a-f]{6}$/;

/** Longest name of an object in a bucket. */
const KEY_CHARACTERS = 1024;

/**
 * Reads a manifest, having checked all that readers rely on: whoever may write to the bucket, or to a folder, may have chosen its bytes.
 * Fields that are not known are let pass: a later version may have added them.
 *
 * @param runId The run that it has to be of.
 * @throws {ManifestError} saying what is wrong first.
 */
export function readManifest(bytes: Uint8Array, runId: string): Manifest {
  const document = parsed(bytes);
  if (!isRecord(document)) throw new ManifestError("is not a JSON object");
  const schema = document["schema"];
  if (schema !== MANIFEST_SCHEMA) {
    throw new ManifestError(
      `is of format ${said(schema)}, and this version reads ${MANIFEST_SCHEMA}: use the version of this tool that matches`,
    );
  }
  manifest(document, "");
  if (document["runId"] !== runId) throw new ManifestError(`says that it is of run ${said(document["runId"])}`);
  return document as unknown as Manifest;
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
  } catch (error) {
    throw new ManifestError("is not JSON", { cause: error });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value for a message, whatever it is. */
function said(value: unknown): string {
  return limited(visible(JSON.stringify(value) ?? "nothing"), 100);
}

const is =
  (what: string, holds: (value: unknown) => boolean): Check =>
  (value, place) => {
    if (!holds(value)) throw new ManifestError(`has ${said(value)} as ${place}, expected ${what}`);
  };

const matches = (what: string, pattern: RegExp): Check =>
  is(what, (value) => typeof value === "string" && pattern.test(value));
const oneOf = (...words: string[]): Check => is(words.join(" or "), (value) => words.some((word) => word === value));
const text = is("text", (value) => typeof value === "string");
const flag = is("true or false", (value) => typeof value === "boolean");
const count = is("a whole number", (value) => Number.isSafeInteger(value) && Number(value) >= 0);
const time = is("a time in ISO 8601", (value) => typeof value === "string" && readTime(value) !== null);
const accountId = matches("twelve digits", /^\d{12}$/);
const runId = matches("the id of a run", RUN_ID);
const sha256 = matches("a SHA-256", /^[0-9a-f]{64}$/);
/** A key that leads nowhere but below where it begins, also as a path. */
const key = is("a key", (value) => {
  if (typeof value !== "string" || value.length > KEY_CHARACTERS || /[\0\\]/.test(value)) return false;
  return value.split("/").every((part) => part !== "" && part !== "." && part !== "..");
});

const fields =
  (of: Record<string, Check>): Check =>
  (value, place) => {
    if (!isRecord(value)) throw new ManifestError(`has ${said(value)} as ${place}, expected an object`);
    for (const [name, check] of Object.entries(of)) {
      const own = Object.hasOwn(value, name) ? value[name] : undefined;
      check(own, place === "" ? name : `${place}.${name}`);
    }
  };
const optional =
  (check: Check): Check =>
  (value, place) => {
    if (value !== undefined) check(value, place);
  };
const nullable =
  (check: Check): Check =>
  (value, place) => {
    if (value !== null) check(value, place);
  };
const list =
  (check: Check): Check =>
  (value, place) => {
    if (!Array.isArray(value)) throw new ManifestError(`has ${said(value)} as ${place}, expected a list`);
    for (const [index, item] of value.entries()) check(item, `${place}[${index}]`);
  };

const object = fields({ key, bytes: count, sha256 });
const identity = { accountId, accountName: text, ouPath: text };
const STATES: ReadonlyMap<unknown, Check> = new Map([
  ["collected", fields({ ...identity, reportGeneratedTime: time, rows: count, raw: object })],
  ["outOfScope", fields({ ...identity, reason: text })],
  [
    "notCollected",
    fields({
      ...identity,
      step: oneOf("assumeRole", "generate", "fetch", "parse", "store"),
      ...{ code: text, message: text, attempts: count, remedy: text },
      raw: optional(object),
    }),
  ],
]);
const account: Check = (value, place) => {
  const state = isRecord(value) ? value["state"] : undefined;
  const check = STATES.get(state);
  if (!check) throw new ManifestError(`has ${said(state)} as ${place}.state, expected a state of an account`);
  check(value, place);
};

const manifest = fields({
  runId,
  startedAt: time,
  finishedAt: time,
  organizationId: nullable(text),
  managementAccountId: nullable(accountId),
  complete: flag,
  counts: fields({ listed: count, inScope: count, collected: count, notCollected: count, outOfScope: count }),
  rows: count,
  accounts: list(account),
  consolidated: object,
  typed: optional(object),
  findings: optional(object),
  controls: optional(
    fields({
      thresholds: fields({ rootUseDays: count, unusedDays: count, dormantDays: count, keyAgeDays: count }),
      results: list(fields({ control: text, pass: count, fail: count, notApplicable: count, notDecidable: count })),
    }),
  ),
  previous: nullable(fields({ runId, key, sha256 })),
});
