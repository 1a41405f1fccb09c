import { expect } from "chai";
import { parsePermissionMatrix } from "../support/permissionMatrix";

const HEAD = ["# Page", "## Permission matrix", "### Bucket", "| action | one | other |", "|---|---|---|"];
const page = (...lines: string[]): string => [...HEAD, ...lines].join("\n");

describe("the table of the permission matrix", () => {
  it("is read by asset, action and principal, with effect, reason and note", () => {
    const text = page(
      "| read | **allow** own [1] | deny shut |",
      "",
      "1. Why.",
      "## Next",
      "| action | x |",
      "| y | z |",
    );
    const matrix = parsePermissionMatrix(text);
    expect(matrix.principals).to.deep.equal(["one", "other"]);
    expect(matrix.rows).to.deep.equal([
      {
        asset: "Bucket",
        action: "read",
        cells: [
          { principal: "one", effect: "allow", reason: "own", note: 1 },
          { principal: "other", effect: "deny", reason: "shut" },
        ],
      },
    ]);
    expect([...matrix.notes]).to.deep.equal([[1, "Why."]]);
  });

  for (const [name, lines, complaint] of [
    ["a cell that says neither", ["| read | maybe | deny no |"], /"Bucket", "read", "one": "maybe" is neither/],
    ["a reason that is none of the effect", ["| read | **allow** shut | deny no |"], /"shut" is no reason to allow/],
    ["a cell without a reason", ["| read | **allow** | deny no |"], /neither \*\*allow\*\* nor deny with a reason/],
    ["a row that is too short", ["| read | deny no |"], /has 1 cells, not 2/],
    ["a row that stands twice", ["| read | deny no | deny no |", "| read | deny no | deny no |"], /stands twice/],
    ["a table of other columns", ["", "### Key", "| action | one |", "|---|---|"], /other columns/],
    ["a section without a row", [], /has no row/],
  ] as const) {
    it(`refuses ${name}, and names it`, () => {
      expect(() => parsePermissionMatrix(page(...lines))).to.throw(complaint);
    });
  }

  it("refuses a page without the section", () => {
    expect(() => parsePermissionMatrix("# Page")).to.throw("there is no section");
  });
});
