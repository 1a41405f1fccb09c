import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { consolidatedHeader, consolidatedRows, type ReportOrigin } from "../../report/consolidated";
import { KNOWN_COLUMNS } from "../../report/credentialReport";
import { readCredentialRows } from "../../report/consolidatedReader";
import type { CredentialRow } from "../../report/rows";
import { TYPED_COLUMNS, TypedBatch, type TypedValue } from "../../report/typed";

const ORIGIN: ReportOrigin = {
  accountId: "111122223333",
  accountName: "Sales, EMEA",
  ouPath: "Root/Workloads",
  reportGeneratedTime: "2026-11-20T02:14:09Z",
  runId: "20261123T031500Z-000001",
};

/** The typed form of one row whose cells are `N/A` but where `cells` says otherwise. */
function typed(cells: Record<string, string>, columns: readonly string[] = KNOWN_COLUMNS): Record<string, TypedValue> {
  const batch = new TypedBatch();
  batch.add(ORIGIN, { columns: [...columns], rows: [columns.map((column) => cells[column] ?? "N/A")] });
  return rowsOf(batch)[0] ?? {};
}

function rowsOf(batch: TypedBatch): Record<string, TypedValue>[] {
  return Array.from({ length: batch.rows }, (_, row) =>
    Object.fromEntries(TYPED_COLUMNS.map(({ name }, column) => [name, batch.column(column)[row] ?? null])),
  );
}

const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", "N/A", "true", "2026-13-45T00:00:00Z"));
const instant = fc
  .date({ min: new Date("1000-01-01T00:00:00Z"), max: new Date("2999-12-31T00:00:00Z"), noInvalidDate: true })
  .map((at) => at.toISOString().slice(0, 19));
const dateCell = fc.oneof(
  instant.map((at) => `${at}+00:00`),
  instant.map((at) => `${at}Z`),
  fc.constantFrom("N/A", "no_information", "not_supported"),
);
const flagCell = fc.constantFrom("true", "false", "TRUE", "False", "not_supported", "N/A");

/** Cells of every form that AWS documents for their column. */
const documentedRow = fc.tuple(
  ...KNOWN_COLUMNS.map((column) => {
    if (column === "user") return fc.constantFrom("<root_account>", "alice", "=cmd,x");
    if (column === "arn") return fc.constant("arn:aws:iam::111122223333:user/x");
    if (/_active$|_enabled$/.test(column)) return flagCell;
    return /region|service/.test(column) ? fc.constantFrom("N/A", "eu-central-1", "s3") : dateCell;
  }),
);

describe("TypedBatch", () => {
  it("makes a row of every row, whatever is in its cells", () => {
    const reports = fc.array(
      fc.record({
        columns: fc.uniqueArray(fc.oneof(fc.constantFrom(...KNOWN_COLUMNS), fc.string()), { minLength: 1 }),
        cells: fc.array(fc.array(text, { maxLength: 30 }), { maxLength: 5 }),
      }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(reports, (given) => {
        const batch = new TypedBatch();
        for (const { columns, cells } of given) batch.add(ORIGIN, { columns, rows: cells });
        const expected = given.reduce((sum, { cells }) => sum + cells.length, 0);
        expect(TYPED_COLUMNS.map((_, column) => batch.column(column).length)).to.deep.equal(
          TYPED_COLUMNS.map(() => expected),
        );
        for (const [index, { name, nullable }] of TYPED_COLUMNS.entries()) {
          if (!nullable) expect(batch.column(index), name).not.to.include(null);
        }
      }),
    );
  });

  it("says of documented cells what the report's page says of them", () => {
    fc.assert(
      fc.property(fc.array(documentedRow, { minLength: 1, maxLength: 3 }), (rows) => {
        const report = { columns: [...KNOWN_COLUMNS], rows };
        const batch = new TypedBatch();
        batch.add(ORIGIN, report);
        const csv = consolidatedHeader(KNOWN_COLUMNS) + consolidatedRows(KNOWN_COLUMNS, ORIGIN, report);
        expect(rowsOf(batch)).to.deep.equal(readCredentialRows(csv).map(asTyped));
      }),
    );
  });

  it("reads the dates of ISO 8601 to the second, usual or not, and nothing else", () => {
    const digits = (length: number, max: number) =>
      fc.integer({ min: 0, max }).map((value) => String(value).padStart(length, "0"));
    const oddDate = fc
      .tuple(digits(4, 9999), digits(2, 13), digits(2, 32), digits(2, 25), digits(2, 61), digits(2, 61))
      .map(([year, month, day, hour, minute, second]) => `${year}-${month}-${day}T${hour}:${minute}:${second}`);
    const zone = fc.constantFrom("Z", "+00:00", "-00:00", "+05:30", ".123Z", ".9+00:00", "", " +00:00");
    fc.assert(
      fc.property(fc.oneof(instant, oddDate), zone, (at, offset) => {
        const cell = `${at}${offset}`;
        const expected = timeOf(at, offset);
        const row = typed({ user_creation_time: cell });
        expect(row["user_creation_time"], cell).to.equal(expected);
        expect(row["user_creation_time_state"], cell).to.equal(expected === null ? "unknown" : "date");
      }),
      { numRuns: 2000 },
    );
  });

  it("tells a password never used from one that is not there", () => {
    const never = typed({ password_enabled: "true", password_last_used: "no_information" });
    expect(never).to.include({ password_last_used: null, password_last_used_state: "never" });
    const none = typed({ password_enabled: "false", password_last_used: "N/A" });
    expect(none).to.include({ password_last_used: null, password_last_used_state: "none" });
  });

  it("tells a key never used from one that is not there", () => {
    const never = typed({ access_key_1_active: "false", access_key_1_last_rotated: "2024-03-05T10:00:00+00:00" });
    expect(never).to.include({ access_key_1_last_used_date: null, access_key_1_last_used_date_state: "never" });
    const none = typed({ access_key_1_active: "false" });
    expect(none).to.include({ access_key_1_last_used_date_state: "none", access_key_1_last_rotated_state: "none" });
  });

  it("takes root's password for neither on nor off", () => {
    expect(typed({ user: "<root_account>", password_enabled: "not_supported" })).to.include({
      is_root: true,
      password_enabled: null,
      password_enabled_state: "unsupported",
    });
    expect(typed({ user: "root", password_enabled: "FALSE" })).to.include({
      is_root: false,
      password_enabled: false,
      password_enabled_state: "false",
    });
  });

  it("keeps the row of a cell of undocumented form: unknown, with no value", () => {
    const row = typed({ user: "alice", mfa_active: "perhaps", password_last_changed: "yesterday" });
    expect(row).to.include({
      user: "alice",
      mfa_active: null,
      mfa_active_state: "unknown",
      password_last_changed: null,
      password_last_changed_state: "unknown",
    });
  });

  it("takes a column that the report lacks for unknown, and leaves out one that it does not know", () => {
    const row = typed({ user: "alice", additional_credentials_info: "x" }, ["user", "additional_credentials_info"]);
    expect(row).to.include({ user: "alice", mfa_active_state: "unknown", user_creation_time_state: "unknown" });
    expect(row).to.not.have.property("additional_credentials_info");
  });

  it("holds only the rows that came after it was cleared", () => {
    const batch = new TypedBatch();
    const report = (...users: string[]) => ({ columns: ["user"], rows: users.map((user) => [user]) });
    batch.add(ORIGIN, report("alice", "bob", "carol"));
    batch.clear();
    batch.add(ORIGIN, report("dave", "erin", "frank"), 1, 2);
    expect(rowsOf(batch).map(({ user }) => user)).to.deep.equal(["erin"]);
  });

  it("begins with whose row it is, and gives every date and boolean of the report a state", () => {
    const names = TYPED_COLUMNS.map(({ name }) => name);
    expect(names.slice(0, 8)).to.deep.equal([
      "account_id",
      "account_name",
      "ou_path",
      "report_generated_time",
      "run_id",
      "is_root",
      "user",
      "arn",
    ]);
    const valued = TYPED_COLUMNS.filter(({ name, type }) => KNOWN_COLUMNS.includes(name) && type !== "string");
    expect(valued).to.have.length(16);
    for (const { name } of valued) expect(names[names.indexOf(name) + 1]).to.equal(`${name}_state`);
  });
});

describe("docs/formats.md", () => {
  it("describes every column of the typed form", () => {
    const document = readFileSync(path.join(__dirname, "../../docs/formats.md"), "utf8");
    for (const { name } of TYPED_COLUMNS) {
      const described = name.replace(/_[12]_/, "_N_").replace(/_state$/, "");
      expect(document, described).to.contain(`\`${described}\``);
      if (name.endsWith("_state")) expect(document, name).to.contain(`\`${described}\`, \`_state\``);
    }
  });
});

/** What a date means by the calendar: a date whose parts are changed by reading it does not exist. */
function timeOf(at: string, offset: string): number | null {
  if (!/^(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(offset)) return null;
  const inUtc = new Date(`${at}Z`);
  // The end of a day may be written as 24:00:00 of it, which is the day after.
  if (Number.isNaN(inUtc.getTime()) || inUtc.toISOString().slice(0, 19) !== at) return null;
  return inUtc.getTime() - (offset.includes("+05:30") ? 5.5 * 3_600_000 : 0);
}

/** A row of the page's data in the words of the typed form. */
function asTyped(row: CredentialRow): Record<string, TypedValue> {
  const date = (name: string, cell: CredentialRow["created"]) => ({
    [name]: cell.kind === "date" ? cell.at : null,
    [`${name}_state`]: cell.kind,
  });
  const flag = (name: string, cell: CredentialRow["mfaActive"]) => ({
    [name]: typeof cell === "boolean" ? cell : null,
    [`${name}_state`]: String(cell),
  });
  const [key1, key2] = row.keys;
  const key = (n: number, { active, lastRotated, lastUsed, region, service }: typeof key1) => ({
    ...flag(`access_key_${n}_active`, active),
    ...date(`access_key_${n}_last_rotated`, lastRotated),
    ...date(`access_key_${n}_last_used_date`, lastUsed),
    [`access_key_${n}_last_used_region`]: region,
    [`access_key_${n}_last_used_service`]: service,
  });
  const [certificate1, certificate2] = row.certificates;
  return {
    account_id: row.accountId,
    account_name: row.accountName,
    ou_path: row.ouPath,
    report_generated_time: Date.parse(row.reportGeneratedTime),
    run_id: row.runId,
    is_root: row.isRoot,
    user: row.user,
    arn: row.arn,
    ...date("user_creation_time", row.created),
    ...flag("password_enabled", row.passwordEnabled),
    ...date("password_last_used", row.passwordLastUsed),
    ...date("password_last_changed", row.passwordLastChanged),
    ...date("password_next_rotation", row.passwordNextRotation),
    ...flag("mfa_active", row.mfaActive),
    ...key(1, key1),
    ...key(2, key2),
    ...flag("cert_1_active", certificate1.active),
    ...date("cert_1_last_rotated", certificate1.lastRotated),
    ...flag("cert_2_active", certificate2.active),
    ...date("cert_2_last_rotated", certificate2.lastRotated),
  };
}
