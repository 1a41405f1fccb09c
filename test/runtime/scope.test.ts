import { OrganizationsClient } from "@aws-sdk/client-organizations";
import { expect } from "chai";

import { systemClock } from "../../runtime/clock";
import { RunError } from "../../runtime/errors";
import { listScope } from "../../runtime/listing";
import { outOfScope, scopeRules } from "../../runtime/scope";
import { MANAGEMENT, member, organization, rejection, runCollector } from "../support/collectorRun";
import { startFakeAws, type FakeAws } from "../support/fakeAws";
import { unitId } from "../support/fakeOrganizations";

const ACCOUNT = { accountId: member(1), accountName: "One", ouPath: "", organizationsState: "ACTIVE" };

describe("selectors", () => {
  for (const [text, kind] of [
    ["111122223333", "account"],
    ["ou-ab12-11111111", "unit"],
    ["r-ab12", "unit"],
    ["Root", "path"],
    ["Root/Workloads/Production", "path"],
    ["tag:Stage", "tag"],
    ["tag:Stage=production=blue", "tag"],
  ] as const) {
    it(`takes ${text} for ${kind}`, () => {
      expect(scopeRules({ include: [text], exclude: [] }).include[0]).to.include({ kind, text });
    });
  }

  for (const text of ["", "12345", "tag:", "tag:=x"]) {
    it(`refuses ${JSON.stringify(text)} by name`, () => {
      expect(() => scopeRules({ include: [], exclude: [text] }))
        .to.throw(RunError, JSON.stringify(text))
        .with.property("code", "BadSelector");
    });
  }

  it("let a tag be named with and without its value", () => {
    const tags = new Map([["Stage", "test=1"]]);
    const reason = (include: string) => outOfScope(ACCOUNT, scopeRules({ include: [include], exclude: [] }), { tags });
    expect(reason("tag:Stage")).to.equal(undefined);
    expect(reason("tag:Stage=test=1")).to.equal(undefined);
    expect(reason("tag:Stage=test")).to.equal("not included by tag:Stage=test");
    expect(reason("tag:stage")).to.equal("not included by tag:stage");
  });

  it("name the Organizations state first: a closed account is out, whatever the configuration says", () => {
    const rules = scopeRules({ include: [member(1)], exclude: [] });
    expect(outOfScope({ ...ACCOUNT, organizationsState: "SUSPENDED" }, rules, {})).to.equal("account is SUSPENDED");
    expect(outOfScope({ ...ACCOUNT, organizationsState: undefined }, rules, {})).to.equal(
      "Organizations gives no state for the account",
    );
  });
});

describe("the scope of a run", () => {
  let aws: FakeAws;

  beforeEach(async () => {
    aws = await startFakeAws(
      organization([
        { id: member(1), ou: "Workloads/Production", tags: { Stage: "production" } },
        { id: member(2), ou: "Workloads/Test", tags: { Stage: "test" } },
        { id: member(3), ou: "Workloads", tags: { Stage: "test", Owner: "x" } },
        { id: member(4), ou: "Sandbox", state: "SUSPENDED" },
        { id: member(5), ou: "WorkloadsOld" },
      ]),
    );
  });
  afterEach(() => aws.close());

  function calls(action: string): number {
    return aws.requests.filter((request) => request.action === action).length;
  }

  for (const [what, include, exclude, expected] of [
    ["everything, by default", [], [], [MANAGEMENT, member(1), member(2), member(3), member(5)]],
    ["one account", [member(2)], [], [member(2)]],
    ["a unit and all below it, by path", ["Root/Workloads"], [], [member(1), member(2), member(3)]],
    ["the root, which has all", ["Root"], [member(5)], [MANAGEMENT, member(1), member(2), member(3)]],
    ["a unit without a part of it", ["Root/Workloads"], ["Root/Workloads/Test"], [member(1), member(3)]],
    ["accounts by tag", ["tag:Stage=test"], [], [member(2), member(3)]],
    ["accounts by tag without others", ["tag:Stage"], ["tag:Owner"], [member(1), member(2)]],
    ["account and unit together", [member(5), "Root/Workloads/Test"], [], [member(2), member(5)]],
    ["all but the management account", [], [MANAGEMENT], [member(1), member(2), member(3), member(5)]],
  ] as const) {
    it(`is ${what}`, async () => {
      const { manifest, summary } = await runCollector(aws, {
        settings: { include: [...include], exclude: [...exclude] },
      });

      const collected = manifest.accounts.filter(({ state }) => state === "collected");
      expect(collected.map(({ accountId }) => accountId)).to.deep.equal(expected);
      expect(summary).to.include({ complete: true });
      expect(summary.accounts).to.include({ listed: 6, outOfScope: 6 - expected.length });
      for (const account of manifest.accounts) {
        expect(account.ouPath, account.accountId).to.match(/^Root/);
        if (account.state === "outOfScope") expect(account.reason).not.to.equal("");
      }
    });
  }

  it("is a unit by its id", async () => {
    const { manifest } = await runCollector(aws, { settings: { exclude: [unitId("Workloads")] } });

    const out = manifest.accounts.filter(({ state }) => state === "outOfScope").map(({ accountId }) => accountId);
    expect(out).to.deep.equal([member(1), member(2), member(3), member(4)]);
    expect(manifest.accounts[1]).to.include({ reason: `excluded by ${unitId("Workloads")}` });
  });

  it("asks for tags only when a selector names one, and never of closed accounts", async () => {
    await runCollector(aws, { settings: { include: ["Root"] } });
    expect(calls("ListTagsForResource")).to.equal(0);

    await runCollector(aws, { start: "2026-11-24T00:00:00Z", settings: { exclude: ["tag:Owner"] } });
    expect(calls("ListTagsForResource")).to.equal(5);
  });

  for (const [what, unknown] of [
    ["account", member(99)],
    ["organizational unit", "Root/Wrokloads"],
    ["organizational unit", "ou-zz99-99999999"],
  ] as const) {
    for (const where of ["include", "exclude"] as const) {
      it(`fails by name when ${where} has the unknown ${what} ${unknown}, before anybody is asked`, async () => {
        const error = await rejection(runCollector(aws, { settings: { [where]: [unknown] } }));

        expect(error).to.be.instanceOf(RunError).and.include({ code: "UnknownSelector" });
        expect(error.message).to.include(`the ${what} ${unknown}`);
        expect(calls("AssumeRole")).to.equal(0);
        expect(aws.objects.size).to.equal(0);
      });
    }
  }

  it("fails when it leaves nobody", async () => {
    const error = await rejection(runCollector(aws, { settings: { include: ["tag:Nobody"] } }));
    expect(error).to.be.instanceOf(RunError).and.include({ code: "NoAccountsInScope" });
    expect(error.message).to.include("None of the 6 accounts listed is in scope").and.include("include and exclude");
  });

  it("is told to who only looks, where it leaves nobody", async () => {
    const client = new OrganizationsClient({
      endpoint: aws.endpoint,
      region: "eu-central-1",
      credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" },
    });
    const rules = scopeRules({ include: ["tag:Nobody"], exclude: [] });
    const found = await listScope(client, systemClock, rules, { inScope: () => undefined }, { noneInScope: "isTold" });
    expect(found.accounts).to.have.length(6);
    expect(found.outOfScope.map(({ accountId }) => accountId)).to.deep.equal(
      found.accounts.map(({ accountId }) => accountId),
    );
  });
});
