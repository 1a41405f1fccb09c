import { expect } from "chai";

import { accountId, CALM, organizationAccounts, readyAfterMs, reportsOf } from "../../bench/organization";
import { measure } from "../../bench/runs";
import { parseCredentialReport } from "../../report/credentialReport";

describe("the organization of the benches", () => {
  it("has reports that are those of their accounts, the same each time", () => {
    const first = reportsOf({ users: 20, seed: 1 });
    const again = reportsOf({ users: 20, seed: 1 });
    for (const index of [0, 1, 63, 64, 9_999]) {
      const { rows } = parseCredentialReport(first(accountId(index)), accountId(index));
      expect(rows).to.have.length(21);
      expect(again(accountId(index))).to.equal(first(accountId(index)));
    }
    expect(first(accountId(1))).not.to.equal(reportsOf({ users: 20, seed: 2 })(accountId(1)));
  });

  it("makes reports in times that follow from the seed, spread as they should be", () => {
    const accounts = organizationAccounts({ accounts: 2_000 }).map(({ id }) => id);
    const uniform = accounts.map((id) => readyAfterMs(id, { ...CALM, accounts: 2_000 }));
    expect(Math.min(...uniform)).to.be.within(2_000, 2_100);
    expect(Math.max(...uniform)).to.be.within(9_900, 10_000);

    const ready = { kind: "lognormal" as const, medianMs: 3_000, sigma: 0.35 };
    const sorted = accounts.map((id) => readyAfterMs(id, { ...CALM, accounts: 2_000, ready })).sort((a, b) => a - b);
    expect(sorted[1_000], "median").to.be.within(2_900, 3_100);
    expect(sorted[1_682], "a standard deviation above").to.be.within(4_100, 4_400);
  });

  it("never completes as many reports as it is told to, and none of the management account", () => {
    const options = { ...CALM, accounts: 10, neverComplete: 3 };
    const never = organizationAccounts(options).filter(({ id }) => readyAfterMs(id, options) === Infinity);
    expect(never.map(({ id }) => id)).to.deep.equal([accountId(7), accountId(8), accountId(9)]);
  });

  it("is collected whole by the bundled collector in a process of its own", async () => {
    const ready = { kind: "uniform" as const, fromMs: 10, toMs: 20 };

    const run = await measure({ accounts: 5, users: 3, latencyMs: 0, ready }, {});

    expect(run).to.include({ accounts: 5, collected: 5, notCollected: 0, rawObjects: 5, rawAccounts: 5, rows: 20 });
    expect(run.calls).to.include({ "sts.AssumeRole": 4, "iam.GetCredentialReport": 5 });
  });
});
