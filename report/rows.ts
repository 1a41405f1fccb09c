import { readDate, readFlag, readPlace, readTime, type DateCell, type Flag, type SentinelMeaning } from "./cells";
import type { ReportOrigin } from "./consolidated";
import { KNOWN_COLUMNS } from "./credentialReport";

/**
 * The typed rows of credential reports: what every user's line says, with AWS's sentinels told apart.
 */

/** One of a user's two access keys. It exists when it is active or has a rotation date: see {@link keyExists}. */
export interface AccessKey {
  /** 1 or 2: the report shows no key id. */
  number: 1 | 2;
  active: Flag;
  /** When the key was made or last changed. */
  lastRotated: DateCell;
  /** `never` also covers uses before 2015-04-22, when AWS began to record them. */
  lastUsed: DateCell;
  /** Region of the last use; null when AWS says `N/A` (global services, or no use). */
  region: string | null;
  /** Service of the last use, as in `s3`; null when AWS says `N/A`. */
  service: string | null;
}

/** One of a user's two signing certificates. */
export interface SigningCertificate {
  active: Flag;
  lastRotated: DateCell;
}

/** One user (or root user) of one account, at the time that the account's report was generated. */
export interface CredentialRow extends ReportOrigin {
  /** `reportGeneratedTime` in milliseconds since 1970, NaN if it is no date. Ages are counted from here, never from now. */
  generatedAt: number;
  /** IAM user name, or `<root_account>`. */
  user: string;
  arn: string;
  isRoot: boolean;
  created: DateCell;
  /** `unsupported` for most root users; `false` for root says that the root credentials were removed. */
  passwordEnabled: Flag;
  /** `never` also covers uses before 2014-10-20; `none` when there is no password. */
  passwordLastUsed: DateCell;
  passwordLastChanged: DateCell;
  /** `none` also when the account's password policy asks for no rotation. */
  passwordNextRotation: DateCell;
  mfaActive: Flag;
  keys: readonly [AccessKey, AccessKey];
  certificates: readonly [SigningCertificate, SigningCertificate];
  /** The cells as AWS wrote them: see {@link cellOf}. */
  cells: readonly string[];
  /** Where each column stands in `cells`. */
  positions: ReadonlyMap<string, number>;
}

/** Name of the root user in a credential report. */
export const ROOT_USER = "<root_account>";

/** An access key is there when it is active or has a rotation date; inactive keys keep theirs in live reports. */
export function keyExists(key: AccessKey): boolean {
  return key.active === true || key.lastRotated.kind === "date";
}

/** The text of a cell as AWS wrote it, columns that this version does not know included; empty where there is none. */
export function cellOf(row: Pick<CredentialRow, "cells" | "positions">, column: string): string {
  const position = row.positions.get(column);
  return position === undefined ? "" : (row.cells[position] ?? "");
}

/** The columns of the report that a row is made of, in the order of {@link readRow}. */
type Places = readonly number[];

/**
 * Makes the reader of rows that share a header.
 *
 * A column that the header lacks is a cell that says nothing.
 *
 * @param columns The header; columns may stand in any order, and there may be others.
 * @returns Reads the cells of one line; `origin` says whose report it is from.
 */
export function rowReader(
  columns: readonly string[],
): (origin: ReportOrigin, cells: readonly string[]) => CredentialRow {
  const positions = new Map(columns.map((column, index) => [column, index]));
  const places = KNOWN_COLUMNS.map((column) => positions.get(column) ?? -1);
  // Rows of one account follow each other and say the same of it.
  let time = "";
  let generatedAt = NaN;
  return (origin, cells) => {
    if (origin.reportGeneratedTime !== time) {
      time = origin.reportGeneratedTime;
      generatedAt = readTime(time) ?? NaN;
    }
    return readRow(origin, generatedAt, cells, positions, places);
  };
}

const NOTHING_SAID: SentinelMeaning = { notApplicable: "unknown", noInformation: "unknown" };
const NOT_THERE: SentinelMeaning = { notApplicable: "none", noInformation: "unknown" };
const USE: Record<"never" | "none" | "unknown", SentinelMeaning> = {
  never: { notApplicable: "never", noInformation: "never" },
  none: { notApplicable: "none", noInformation: "never" },
  unknown: { notApplicable: "unknown", noInformation: "never" },
};

/** A line's cells, and where the known columns stand among them. */
interface Line {
  cells: readonly string[];
  places: Places;
}

/** The text of a known column; empty where the line lacks it. */
function text({ cells, places }: Line, column: number): string {
  return cells[places[column] ?? -1] ?? "";
}

function readRow(
  origin: ReportOrigin,
  generatedAt: number,
  cells: readonly string[],
  positions: ReadonlyMap<string, number>,
  places: Places,
): CredentialRow {
  const line: Line = { cells, places };
  const user = text(line, 0);
  const passwordEnabled = readFlag(text(line, 3));
  // "N/A" says that there is no password; where the report says there is one, it says nothing about its dates.
  const hasNoPassword = passwordEnabled === false;
  return {
    accountId: origin.accountId,
    accountName: origin.accountName,
    ouPath: origin.ouPath,
    reportGeneratedTime: origin.reportGeneratedTime,
    runId: origin.runId,
    generatedAt,
    user,
    arn: text(line, 1),
    isRoot: user === ROOT_USER,
    created: readDate(text(line, 2), NOTHING_SAID),
    passwordEnabled,
    passwordLastUsed: readDate(text(line, 4), hasNoPassword ? USE.none : USE.unknown),
    passwordLastChanged: readDate(text(line, 5), hasNoPassword ? NOT_THERE : NOTHING_SAID),
    passwordNextRotation: readDate(text(line, 6), NOT_THERE),
    mfaActive: readFlag(text(line, 7)),
    keys: [readKey(1, line, 8), readKey(2, line, 13)],
    certificates: [readCertificate(line, 18), readCertificate(line, 20)],
    cells,
    positions,
  };
}

/** @param first Index of `access_key_N_active` among the known columns. */
function readKey(number: 1 | 2, line: Line, first: number): AccessKey {
  const active = readFlag(text(line, first));
  const lastRotated = readDate(text(line, first + 1), NOT_THERE);
  // "N/A" is both "no such key" and "never used": the rotation date tells them apart.
  const exists = active === true || lastRotated.kind === "date";
  return {
    number,
    active,
    lastRotated,
    lastUsed: readDate(text(line, first + 2), exists ? USE.never : USE.none),
    region: readPlace(text(line, first + 3)),
    service: readPlace(text(line, first + 4)),
  };
}

function readCertificate(line: Line, first: number): SigningCertificate {
  return { active: readFlag(text(line, first)), lastRotated: readDate(text(line, first + 1), NOT_THERE) };
}
