import { isoTime, type DateCell, type Flag } from "../cells";
import type { ChangeKind, UserChange } from "./change";
import { keyExists, type AccessKey, type CredentialRow } from "../rows";

/** What changed in the credentials of one user between two runs; a cell that says neither yes nor no is no change. */
export function* changesOfCredentials(
  before: CredentialRow,
  after: CredentialRow,
): Generator<UserChange, void, undefined> {
  const { user } = after;
  for (const number of [0, 1] as const) yield* keyChanges(user, before.keys[number], after.keys[number]);
  const mfa = turned(before.mfaActive, after.mfaActive);
  if (mfa !== undefined) yield change(mfa ? "mfaGained" : "mfaLost", user, mfaInWords(!mfa), mfaInWords(mfa));
  const access = turned(before.passwordEnabled, after.passwordEnabled);
  if (access !== undefined) {
    yield change(access ? "consoleGained" : "consoleLost", user, consoleInWords(!access), consoleInWords(access));
  }
  if (after.isRoot) yield* rootUse(before, after);
}

/** What a user has: `created 2024-01-01T00:00:00Z; console access, no MFA, key 1 active`. */
export function credentialsInWords({ created, passwordEnabled, mfaActive, keys }: CredentialRow): string {
  const has = [
    ...(typeof passwordEnabled === "boolean" ? [consoleInWords(passwordEnabled)] : []),
    ...(typeof mfaActive === "boolean" ? [mfaInWords(mfaActive)] : []),
    ...keys.filter(keyExists).map((key) => `key ${key.number}${activityOf(key)}`),
  ];
  const since = created.kind === "date" ? `created ${isoTime(created.at)}` : "creation time not known";
  return has.length === 0 ? since : `${since}; ${has.join(", ")}`;
}

function change(kind: ChangeKind, user: string, before: string | null, after: string | null): UserChange {
  return { kind, user, control: null, before, after };
}

/** What a flag turned to; undefined if it did not turn, or is not known to have. */
function turned(before: Flag, after: Flag): boolean | undefined {
  return typeof before === "boolean" && typeof after === "boolean" && before !== after ? after : undefined;
}

const mfaInWords = (active: boolean): string => (active ? "MFA" : "no MFA");
const consoleInWords = (enabled: boolean): string => (enabled ? "console access" : "no console access");

function* keyChanges(user: string, before: AccessKey, after: AccessKey): Generator<UserChange, void, undefined> {
  const isThere = turned(there(before), there(after));
  if (isThere === true) yield change("keyAdded", user, null, keyInWords(after));
  if (isThere === false) yield change("keyRemoved", user, keyInWords(before), null);
  if (there(before) !== true || there(after) !== true) return;
  const [was, is] = [before.lastRotated, after.lastRotated];
  if (was.kind === "date" && is.kind === "date" && was.at !== is.at) {
    yield change("keyRotated", user, rotationInWords(before.number, was.at), rotationInWords(after.number, is.at));
  }
  const activity = turned(before.active, after.active);
  if (activity !== undefined) {
    const [from, to] = [`key ${before.number}${activityOf(before)}`, `key ${after.number}${activityOf(after)}`];
    yield change(activity ? "keyActivated" : "keyDeactivated", user, from, to);
  }
}

/** Whether there is a key in the slot: no, only where both cells say so. */
function there(key: AccessKey): Flag {
  if (keyExists(key)) return true;
  return key.active === false && key.lastRotated.kind === "none" ? false : "unknown";
}

function keyInWords(key: AccessKey): string {
  const rotated = key.lastRotated.kind === "date" ? `, last rotated ${isoTime(key.lastRotated.at)}` : "";
  return `key ${key.number}${activityOf(key)}${rotated}`;
}

function rotationInWords(number: number, at: number): string {
  return `key ${number}, last rotated ${isoTime(at)}`;
}

function activityOf({ active }: AccessKey): string {
  if (typeof active !== "boolean") return "";
  return active ? " active" : " inactive";
}

/**
 * A use of root that is newer than what was known before. Where a cell did not say when root was last used, only a use after
 * the older report was generated is known to be new.
 */
function* rootUse(before: CredentialRow, after: CredentialRow): Generator<UserChange, void, undefined> {
  const [were, are] = [usesOf(before), usesOf(after)];
  const newest = newestOf(are);
  const known = newestOf(were);
  if (newest === undefined || (known !== undefined && newest <= known)) return;
  const isNew =
    newest > before.generatedAt ||
    are.some((is, number) => is.kind === "date" && is.at === newest && !saysNothing(were[number]));
  if (!isNew) return;
  const never = were.some(saysNothing) ? "not known" : "never";
  yield change("rootUsed", after.user, known === undefined ? never : isoTime(known), isoTime(newest));
}

function usesOf({ passwordLastUsed, keys }: CredentialRow): readonly DateCell[] {
  return [passwordLastUsed, keys[0].lastUsed, keys[1].lastUsed];
}

function newestOf(uses: readonly DateCell[]): number | undefined {
  const times = uses.flatMap((use) => (use.kind === "date" ? [use.at] : []));
  return times.length === 0 ? undefined : Math.max(...times);
}

function saysNothing(cell: DateCell | undefined): boolean {
  return cell === undefined || cell.kind === "unknown" || cell.kind === "unsupported";
}
