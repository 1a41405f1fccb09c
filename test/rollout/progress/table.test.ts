import { expect } from "chai";
import { tableLines, type ResultRow } from "../../../rollout/progress/table";
import { widthOf } from "../../../rollout/progress/width";

const row = (stack: string, result: string, more: Partial<ResultRow> = {}): ResultRow => ({
  stack,
  account: "222233334444",
  result,
  changes: { create: 4 },
  seconds: 1.25,
  ...more,
});
const member = (index: number): string => `member-${String(index).padStart(12, "0")}`;

describe("the table at the end", () => {
  it("says of each stack its account, result, counts, seconds and cause, aligned", () => {
    const rows = [
      row("security", "created"),
      row("logarchive", "failed", { changes: {}, cause: "Bucket report-bucket: s3:CreateBucket: BucketAlreadyExists" }),
    ];
    expect(tableLines(rows)).to.deep.equal([
      "stack       account       result      created  updated  replaced  deleted  same  seconds",
      "security    222233334444  created           4        0         0        0     0      1.3",
      "logarchive  222233334444  failed                                                     1.3",
      "  Bucket report-bucket: s3:CreateBucket: BucketAlreadyExists",
    ]);
  });

  it("fits 100 columns, whatever stands in it", () => {
    const long = row("member-123456789012-and-more-and-more", "unchanged, or so", { cause: "x".repeat(300) });
    expect(Math.max(...tableLines([long, row("security", "created")]).map(widthOf))).to.be.at.most(100);
  });

  it("sums up many that ended alike, and names each failure", () => {
    const rows = Array.from({ length: 100 }, (_, index) => row(member(index), "unchanged", { changes: { same: 4 } }));
    const failed = row(member(100), "failed", { cause: "denied" });
    const lines = tableLines([row("security", "unchanged", { changes: { same: 4 } }), ...rows, failed]);
    expect(lines).to.have.length(4);
    expect(lines[1]).to.contain(member(100));
    expect(lines[3]).to.equal(
      "and 101 stacks more unchanged: 404 same · 1.3 s on average, 1.3 s at most (--verbose lists them)",
    );
    expect(tableLines(rows, { all: true })).to.have.length(101);
  });

  it("sums up many that were skipped for one cause", () => {
    const cause = "it needs management, which failed";
    const rows = Array.from({ length: 20 }, (_, index) => row(member(index), "skipped", { cause }));
    expect(tableLines(rows)).to.deep.equal([
      "stack  account       result      created  updated  replaced  deleted  same  seconds",
      `and 20 stacks more skipped: ${cause} (--verbose lists them)`,
    ]);
  });

  it("is not there where nothing was done", () => {
    expect(tableLines([])).to.deep.equal([]);
  });
});
