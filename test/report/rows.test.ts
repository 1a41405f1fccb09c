import { expect } from "chai";
import fc from "fast-check";
import { LEADING_COLUMNS } from "../../report/consolidated";
import { KNOWN_COLUMNS } from "../../report/credentialReport";
import { MalformedRowError, readColumns, readCredentialRows } from "../../report/consolidatedReader";
import { cellOf, keyExists, type CredentialRow } from "../../report/rows";
import { daysAgo, keyCells, passwordCells, rootCells, toCsv, userCells, type Cells } from "./factories";

function read(cells: Cells): CredentialRow {
  const [row] = readCredentialRows(toCsv([cells]));
  if (row === undefined) throw new Error("no row");
  return row;
}

function failure(csv: string): MalformedRowError {
  try {
    readCredentialRows(csv);
  } catch (error) {
    if (error instanceof MalformedRowError) return error;
    throw error;
  }
  throw new Error("expected the CSV to be refused");
}

describe("rows of a consolidated CSV", () => {
  it("reads the very columns that a run writes", () => {
    const columns = [...LEADING_COLUMNS, ...KNOWN_COLUMNS];
    expect(readColumns(toCsv([userCells("anna")]))).to.deep.equal(columns);
    expect(readCredentialRows(toCsv([], columns))).to.deep.equal([]);
    for (const gone of columns) {
      const error = failure(
        toCsv(
          [],
          columns.filter((column) => column !== gone),
        ),
      );
      expect(error.column).to.equal(gone);
      expect(error.line).to.equal(1);
    }
  });

  it("reads a root row, whose not_supported is not true", () => {
    const row = read(rootCells());
    expect(row.isRoot).to.equal(true);
    expect(row.passwordEnabled).to.equal("unsupported");
    expect(row.passwordLastUsed).to.deep.equal({ kind: "never" });
    expect(row.passwordLastChanged).to.deep.equal({ kind: "unsupported" });
    expect(row.keys.map(keyExists)).to.deep.equal([false, false]);
  });

  it("tells no password, a password never used and a use from each other", () => {
    expect(read(userCells("a")).passwordLastUsed.kind).to.equal("none");
    expect(read(userCells("a", passwordCells(true, null))).passwordLastUsed.kind).to.equal("never");
    const used = read(userCells("a", { ...passwordCells(true, 1), password_last_used: "2026-11-19T07:08:09+00:00" }));
    expect(used.passwordLastUsed).to.deep.equal({ kind: "date", at: Date.parse("2026-11-19T07:08:09Z") });
  });

  it("calls the use of a password not known when the report has a password and N/A", () => {
    const row = read(userCells("a", { ...passwordCells(true, 1), password_last_used: "N/A" }));
    expect(row.passwordLastUsed.kind).to.equal("unknown");
  });

  it("tells a key never used from no key", () => {
    const row = read(userCells("a", keyCells(1, { age: 40, used: null })));
    expect(row.keys[0]).to.deep.include({ number: 1, active: true, lastUsed: { kind: "never" }, region: null });
    expect(row.keys[1]).to.deep.include({ number: 2, active: false, lastUsed: { kind: "none" } });
  });

  it("keeps an inactive key with its rotation date, region and service", () => {
    const key = read(
      userCells("a", keyCells(2, { active: false, age: 40, used: 3, service: "iam", region: "us-east-1" })),
    ).keys[1];
    expect(keyExists(key)).to.equal(true);
    expect(key).to.deep.include({ active: false, service: "iam", region: "us-east-1" });
  });

  it("reads booleans without regard to case and dates with Z or an offset", () => {
    const row = read(
      userCells("a", {
        mfa_active: "TRUE",
        password_enabled: "False",
        user_creation_time: "2024-02-29T23:30:00-01:00",
      }),
    );
    expect(row.mfaActive).to.equal(true);
    expect(row.passwordEnabled).to.equal(false);
    expect(row.created).to.deep.equal({ kind: "date", at: Date.parse("2024-03-01T00:30:00Z") });
  });

  it("keeps columns that it does not know, verbatim", () => {
    const row = read(userCells("a", { additional_credentials_info: '=x, "y"' }));
    expect(cellOf(row, "additional_credentials_info")).to.equal('=x, "y"');
    expect(cellOf(row, "no_such_column")).to.equal("");
  });

  it("takes a column that one account's report lacked for not known", () => {
    expect(read(userCells("a", { cert_1_active: "", cert_1_last_rotated: "" })).certificates[0]).to.deep.equal({
      active: "unknown",
      lastRotated: { kind: "unknown" },
    });
  });

  it("takes a cell of no documented form for not known, and keeps its text", () => {
    const row = read(userCells("a", { mfa_active: "maybe", user_creation_time: "2026-02-30T00:00:00Z" }));
    expect(row.mfaActive).to.equal("unknown");
    expect(row.created).to.deep.equal({ kind: "unknown" });
    expect(cellOf(row, "user_creation_time")).to.equal("2026-02-30T00:00:00Z");
  });

  it("names line and column of a row that does not say whose it is", () => {
    const error = failure(toCsv([userCells("a"), userCells("b"), userCells("c", { account_id: "1234" })]));
    expect(error).to.deep.include({ line: 4, column: "account_id" });
    expect(error.message).to.include("line 4").and.include("account_id").and.include('"1234"').and.include("SHA-256");
  });

  it("counts lines rightly behind a quoted cell that spans two", () => {
    const error = failure(toCsv([userCells("a", { account_name: "two\nlines" }), userCells("")]));
    expect(error).to.deep.include({ line: 4, column: "user" });
  });

  it("refuses a report without a time, and an empty user", () => {
    expect(failure(toCsv([userCells("")])).column).to.equal("user");
    expect(failure(toCsv([userCells("a", { report_generated_time: "N/A" })])).column).to.equal("report_generated_time");
    expect(failure(toCsv([userCells("a", { report_generated_time: "2026-02-30T00:00:00Z" })])).column).to.equal(
      "report_generated_time",
    );
  });

  it("names the line that is too short, the quote that never ends, and the empty file", () => {
    const csv = toCsv([userCells("a")]);
    expect(failure(`${csv.trimEnd()},more\n`)).to.deep.include({ line: 2, column: null });
    expect(failure(`${csv}111122223333,Management\n`)).to.deep.include({ line: 3, column: "ou_path" });
    expect(failure(`${csv}"111122223333`).message).to.include("consolidated CSV, line");
    expect(failure("").message).to.include("empty");
    expect(failure("user,user\n").message).to.include("twice");
  });

  it("loses no row and changes no name, whatever the names are", () => {
    const name = fc.stringMatching(/^[\w+=,.@-]{1,64}$/);
    const days = fc.option(fc.integer({ min: 0, max: 4000 }));
    const user = fc.record({
      name,
      mfa: fc.boolean(),
      password: fc.boolean(),
      used: days,
      key: days,
      active: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(user, { minLength: 1, maxLength: 30 }),
        fc.string({ unit: "binary" }),
        (users, accountName) => {
          const lines = users.map(({ name, mfa, password, used, key, active }) =>
            userCells(name, {
              account_name: accountName,
              ...(password ? passwordCells(mfa, used) : {}),
              ...keyCells(1, key === null ? null : { age: key, active, used }),
            }),
          );
          const rows = readCredentialRows(toCsv(lines));
          expect(rows.map((row) => row.user)).to.deep.equal(users.map((user) => user.name));
          rows.forEach((row, n) => {
            const { password, used, key, active } = users[n]!;
            expect(row.accountName).to.equal(accountName);
            expect(row.passwordEnabled).to.equal(password);
            expect(row.passwordLastUsed.kind).to.equal(!password ? "none" : used === null ? "never" : "date");
            expect(keyExists(row.keys[0])).to.equal(key !== null);
            expect(row.keys[0].active).to.equal(key !== null && active);
            if (key !== null) {
              expect(row.keys[0].lastRotated).to.deep.equal({ kind: "date", at: Date.parse(daysAgo(key)) });
            }
          });
        },
      ),
      { numRuns: 60 },
    );
  });
});
