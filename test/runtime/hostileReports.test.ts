import { expect } from "chai";
import { stringify } from "csv-stringify/sync";

import { KNOWN_COLUMNS, parseCredentialReport } from "../../report/credentialReport";
import { csvRecords } from "../../report/csv";
import type { AsffFinding } from "../../report/formats/asff";
import { RunError } from "../../runtime/errors";
import { ReportArchive } from "../../runtime/reportArchive";
import type { OrganizationalUnit } from "../../runtime/organizationTree";
import { checkUnits, scopeRules } from "../../runtime/scope";
import { inRequests } from "../../runtime/securityHub";
import { rootRow } from "../support/credentialReports";

describe("what reports of several accounts share", () => {
  it("keeps columns apart whose names hold commas", async () => {
    const archive = await ReportArchive.open();
    try {
      for (const [accountId, more] of [
        ["111111111111", ["a", "b"]],
        ["222222222222", ["a,b"]],
      ] as const) {
        const columns = [...KNOWN_COLUMNS, ...more];
        const bytes = Buffer.from(stringify([columns, columns.map((column) => rootRow(accountId)[column] ?? "x")]));
        await archive.add(accountId, bytes, parseCredentialReport(bytes, accountId).columns);
      }

      expect(archive.columns(["111111111111", "222222222222"]).slice(KNOWN_COLUMNS.length)).to.deep.equal([
        "a",
        "b",
        "a,b",
      ]);
    } finally {
      await archive.close();
    }
  });

  it("loses no carriage return that ends no line", () => {
    expect([...csvRecords("a,b\r\nc,d\r")].map(({ cells }) => cells)).to.deep.equal([
      ["a", "b"],
      ["c", "d\r"],
    ]);
  });
});

describe("findings for Security Hub", () => {
  it("go in as many requests as they need: a hundred, and six megabytes, are the most of one", () => {
    const finding = (Title: string): AsffFinding => ({ Title }) as AsffFinding;
    const small = Array.from({ length: 250 }, (_, n) => finding(String(n)));
    const large = Array.from({ length: 60 }, () => finding("語".repeat(70_000)));

    expect(inRequests(small).map(({ length }) => length)).to.deep.equal([100, 100, 50]);
    const requests = inRequests(large);
    expect(requests.flat()).to.deep.equal(large);
    for (const request of requests) expect(Buffer.byteLength(JSON.stringify(request))).to.be.below(6_000_000);
    expect(inRequests([])).to.deep.equal([]);
  });
});

describe("a unit whose name holds slashes", () => {
  it("is not taken for the unit at the path that it looks like", () => {
    const root: OrganizationalUnit = { id: "r-ab12", path: "Root", parent: undefined };
    const above: OrganizationalUnit = { id: "ou-ab12-1", path: "Root/Workloads", parent: root };
    const meant: OrganizationalUnit = { id: "ou-ab12-2", path: "Root/Workloads/Production", parent: above };
    const hostile: OrganizationalUnit = { id: "ou-ab12-3", path: "Root/Workloads/Production", parent: root };
    const rules = scopeRules({ include: [], exclude: ["Root/Workloads/Production"] });
    const tree = (units: OrganizationalUnit[]) => ({ units: [root, above, ...units], unitOf: () => undefined });

    expect(() => checkUnits(rules, tree([meant]))).not.to.throw();
    expect(() => checkUnits(rules, tree([meant, hostile])))
      .to.throw(RunError, "ou-ab12-2, ou-ab12-3")
      .with.property("code", "AmbiguousSelector");
  });
});
