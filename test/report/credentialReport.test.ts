import { expect } from "chai";
import { stringify } from "csv-stringify/sync";
import fc from "fast-check";

import { CredentialReportError, KNOWN_COLUMNS, parseCredentialReport } from "../../report/credentialReport";
import { credentialReportCsv, rootRow, userRow } from "../support/credentialReports";

const ACCOUNT = "123456789012";

function failure(body: Uint8Array | string): CredentialReportError {
  try {
    parseCredentialReport(body, ACCOUNT);
  } catch (error) {
    expect(error).to.be.instanceOf(CredentialReportError);
    return error as CredentialReportError;
  }
  throw new Error("expected the report to be refused");
}

describe("parseCredentialReport", () => {
  const csv = credentialReportCsv(ACCOUNT);

  describe("takes every form that AWS writes", () => {
    it("22 columns, LF and no final newline, cells verbatim", () => {
      const report = parseCredentialReport(Buffer.from(csv), ACCOUNT);
      expect(report.columns).to.deep.equal(KNOWN_COLUMNS);
      expect(report.rows.map(([user]) => user)).to.deep.equal(["<root_account>", "alice"]);
      expect(report.rows[0]?.[3]).to.equal("not_supported");
    });

    it("a 23rd column and columns it does not know", () => {
      const columns = [...KNOWN_COLUMNS, "additional_credentials_info", "passkeys"];
      const row = userRow(ACCOUNT, "alice", { additional_credentials_info: "{}", passkeys: "2" });
      const report = parseCredentialReport(credentialReportCsv(ACCOUNT, [row], columns), ACCOUNT);
      expect(report.columns).to.deep.equal(columns);
      expect(report.rows[0]?.slice(-2)).to.deep.equal(["{}", "2"]);
    });

    for (const [name, body] of [
      ["a byte-order mark", `\uFEFF${csv}`],
      ["CRLF line ends", csv.replaceAll("\n", "\r\n")],
      ["a final newline", `${csv}\n`],
      ["blank lines at the end", `${csv}\n\n\r\n`],
      ["mixed line ends", csv.replace("\n", "\r\n")],
    ] as const) {
      it(name, () => {
        expect(parseCredentialReport(Buffer.from(body), ACCOUNT)).to.deep.equal(parseCredentialReport(csv, ACCOUNT));
        expect(parseCredentialReport(body, ACCOUNT)).to.deep.equal(parseCredentialReport(csv, ACCOUNT));
      });
    }

    it("user names that look like formulas, unchanged", () => {
      const rows = ["=1+1", "+x", "-x", "@x"].map((user) => userRow(ACCOUNT, user));
      const report = parseCredentialReport(credentialReportCsv(ACCOUNT, rows), ACCOUNT);
      expect(report.rows.map(([user]) => user)).to.deep.equal(["=1+1", "+x", "-x", "@x"]);
    });
  });

  describe("puts user names with commas together again", () => {
    const quote = (text: string) => `"${text}"`;
    const rest = KNOWN_COLUMNS.slice(2).map(() => "N/A");
    const arn = (user: string, path = "/") => `arn:aws:iam::${ACCOUNT}:user${path}${user}`;

    for (const [name, user, cells] of [
      ["neither name nor ARN quoted", "a,b,,c", ["a,b,,c", arn("a,b,,c")]],
      ["both quoted", "a,b", [quote("a,b"), quote(arn("a,b"))]],
      ["only the ARN quoted", "a,b", ["a,b", quote(arn("a,b"))]],
      ["only the name quoted", "a,b", [quote("a,b"), arn("a,b")]],
      ["a path before the name", "x,y", ["x,y", arn("x,y", "/team/ops/")]],
      ["a leading and a trailing comma", ",x,", [",x,", arn(",x,")]],
    ] as const) {
      it(name, () => {
        const body = [
          KNOWN_COLUMNS.join(","),
          [...cells, ...rest].join(","),
          credentialReportCsv(ACCOUNT).split("\n")[2],
        ];
        const report = parseCredentialReport(body.join("\n"), ACCOUNT);
        expect(report.rows[0]?.[0]).to.equal(user);
        expect(report.rows[0]?.[1]?.endsWith(`/${user}`)).to.equal(true);
        expect(report.rows[0]).to.have.length(22);
        expect(report.rows[1]?.[0], "the row after it").to.equal("alice");
      });
    }

    it("names the line when the extra cells are not part of a name", () => {
      const body = csv.replace("alice,arn", "alice,surplus,arn");
      expect(failure(`${body}\n`)).to.include({
        code: "RowLength",
        message: "line 3 has 23 cells where the header has 22",
      });
    });
  });

  describe("refuses what is not the account's report", () => {
    for (const [name, body, code] of [
      ["nothing", "", "EmptyReport"],
      ["only white space", " \r\n\n", "EmptyReport"],
      ["a header alone", `${KNOWN_COLUMNS.join(",")}\n`, "EmptyReport"],
      ["HTML", "<!DOCTYPE html><html><body>Sign in</body></html>", "NotCsv"],
      ["an open quote", csv.replace("alice", '"alice'), "NotCsv"],
      ["bytes that are not text", Buffer.from([0x75, 0xff, 0xfe, 0x00]), "NotCsv"],
      ["another CSV", "a,b\n1,2\n", "MissingColumns"],
      ["a header that breaks off", "user,arn,user_creation_ti", "MissingColumns"],
      ["a column twice", csv.replace("cert_2_active", "cert_1_active"), "DuplicateColumns"],
      ["a short row among whole ones", csv.replace(",not_supported", ""), "RowLength"],
      ["a row without ARN", csv.replace(`arn:aws:iam::${ACCOUNT}:user/alice`, "N/A"), "BadArn"],
      ["another account's report", credentialReportCsv("210987654321"), "WrongAccount"],
      [
        "a row of another account",
        credentialReportCsv(ACCOUNT, [rootRow(ACCOUNT), userRow("210987654321", "eve")]),
        "WrongAccount",
      ],
    ] as const) {
      it(name, () => {
        expect(failure(body).code).to.equal(code);
      });
    }

    it("wherever the last row is cut, whichever kind of value ends it", () => {
      for (const end of ["N/A", "2024-03-05T10:00:00+00:00"]) {
        const whole = credentialReportCsv(ACCOUNT, [
          rootRow(ACCOUNT),
          userRow(ACCOUNT, "alice", { cert_2_last_rotated: end }),
        ]);
        const lastRow = whole.lastIndexOf("\n") + 1;
        for (let length = lastRow + 1; length < whole.length; length += 1) {
          expect(failure(whole.slice(0, length)).code, whole.slice(lastRow, length)).to.equal("Truncated");
        }
        expect(parseCredentialReport(whole, ACCOUNT).rows).to.have.length(2);
      }
    });
  });

  it("gives back whatever cells went in, however they are quoted", () => {
    const cell = fc.string({ unit: "binary", maxLength: 12 });
    const rows = fc.array(fc.array(cell, { minLength: 21, maxLength: 21 }), { minLength: 1, maxLength: 5 });
    const options = fc.record({ quoted: fc.boolean(), record_delimiter: fc.constantFrom("\n", "\r\n") });
    fc.assert(
      fc.property(rows, options, (random, form) => {
        const cells = random.map(([first, ...rest]) => [first || "x", ...rest]);
        for (const row of cells) row.splice(1, 0, `arn:aws:iam::${ACCOUNT}:user/${row[0]}`);
        const body = stringify([[...KNOWN_COLUMNS], ...cells], { ...form, quoted_match: /[\r\n]/ });
        expect(parseCredentialReport(Buffer.from(body), ACCOUNT).rows).to.deep.equal(cells);
      }),
    );
  });
});
