import type { UserChange } from "./change";
import type { Thresholds } from "../controls";
import { changesOfCredentials, credentialsInWords } from "./credentialChanges";
import { changesOfFindings } from "./findingChanges";
import type { CredentialRow } from "../rows";

/** How a user of the newer run is related to one of the older. */
type Relation =
  | { kind: "same" | "renamed" | "recreated"; older: CredentialRow; newer: CredentialRow }
  | { kind: "added"; newer: CredentialRow }
  | { kind: "removed"; older: CredentialRow };

/**
 * What changed among the users of an account that both runs collected.
 *
 * @param before Rows of the older run.
 * @param after Rows of the newer run.
 */
export function* changesOfUsers(
  before: readonly CredentialRow[],
  after: readonly CredentialRow[],
  thresholds: Thresholds,
): Generator<UserChange, void, undefined> {
  for (const relation of relationsOf(before, after)) {
    switch (relation.kind) {
      case "added": {
        const { newer } = relation;
        yield change("userAdded", newer.user, null, credentialsInWords(newer));
        yield* changesOfFindings(newer.user, undefined, newer, thresholds);
        break;
      }
      case "removed": {
        const { older } = relation;
        yield change("userRemoved", older.user, credentialsInWords(older), null);
        yield* changesOfFindings(older.user, older, undefined, thresholds);
        break;
      }
      default: {
        const { kind, older, newer } = relation;
        const { user } = newer;
        if (kind === "renamed") yield change("userRenamed", user, older.user, user);
        if (kind === "recreated") {
          // Two people's credentials are not compared.
          yield change("userRecreated", user, credentialsInWords(older), credentialsInWords(newer));
        } else {
          yield* changesOfCredentials(older, newer);
        }
        yield* changesOfFindings(user, older, newer, thresholds);
      }
    }
  }
}

function change(kind: UserChange["kind"], user: string, before: string | null, after: string | null): UserChange {
  return { kind, user, control: null, before, after };
}

/** Relates the users of two runs: in the order of the newer, then those who are gone in the order of the older. */
function* relationsOf(
  before: readonly CredentialRow[],
  after: readonly CredentialRow[],
): Generator<Relation, void, undefined> {
  const olderByName = byName(before);
  const newerByName = byName(after);
  const gone = new Map([...olderByName].filter(([name, older]) => !isSame(older, newerByName.get(name))));
  const come = new Map([...newerByName].filter(([name, newer]) => !isSame(olderByName.get(name), newer)));
  const renamed = renamesAmong([...gone.values()], [...come.values()]);
  const related = new Set<CredentialRow>(renamed.values());
  for (const [name, newer] of newerByName) {
    const namesake = olderByName.get(name);
    const formerly = renamed.get(newer);
    if (namesake && !come.has(name)) {
      yield { kind: "same", older: namesake, newer };
    } else if (formerly) {
      yield { kind: "renamed", older: formerly, newer };
    } else if (namesake && !related.has(namesake)) {
      related.add(namesake);
      yield { kind: "recreated", older: namesake, newer };
    } else {
      yield { kind: "added", newer };
    }
  }
  for (const older of gone.values()) if (!related.has(older)) yield { kind: "removed", older };
}

/** Rows by user name. IAM has a name once in an account; a row that says it again is kept apart. */
function byName(rows: readonly CredentialRow[]): Map<string, CredentialRow> {
  const named = new Map<string, CredentialRow>();
  for (const row of rows) {
    let name = row.user;
    // No user name has a line break.
    while (named.has(name)) name += "\n";
    named.set(name, row);
  }
  return named;
}

/** Whether a name is the same user in both runs: a creation time that is not known does not speak against it. */
function isSame(older: CredentialRow | undefined, newer: CredentialRow | undefined): boolean {
  if (!older || !newer) return false;
  if (older.isRoot || older.created.kind !== "date" || newer.created.kind !== "date") return true;
  return older.created.at === newer.created.at;
}

/** The former row of each user who was renamed: the only one to go, and the only one to come, of a creation time. */
function renamesAmong(
  gone: readonly CredentialRow[],
  come: readonly CredentialRow[],
): Map<CredentialRow, CredentialRow> {
  const comeBy = onlyByCreation(come);
  const renamed = new Map<CredentialRow, CredentialRow>();
  for (const [created, older] of onlyByCreation(gone)) {
    const newer = comeBy.get(created);
    if (older && newer) renamed.set(newer, older);
  }
  return renamed;
}

/** Users by creation time; null where several share it. */
function onlyByCreation(rows: readonly CredentialRow[]): Map<number, CredentialRow | null> {
  const only = new Map<number, CredentialRow | null>();
  for (const row of rows) {
    if (row.isRoot || row.created.kind !== "date") continue;
    only.set(row.created.at, only.has(row.created.at) ? null : row);
  }
  return only;
}
