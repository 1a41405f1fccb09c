import { expect } from "chai";

import { RunError } from "../../runtime/errors";
import { MANAGEMENT, member, rejection, runCollector, SETTINGS } from "../support/collectorRun";
import { startFakeAws, type FakeAccount, type FakeAws, type InjectedFault } from "../support/fakeAws";

/** The answer of Organizations to an account that is in none. */
const NOT_IN_USE: InjectedFault = {
  service: "organizations",
  answer: {
    status: 400,
    code: "AWSOrganizationsNotInUseException",
    message: "Your account is not a member of an organization.",
  },
};

describe("an account that is in no organization", () => {
  let aws: FakeAws;

  const start = async (account: Partial<FakeAccount> = {}, faults: InjectedFault[] = []): Promise<FakeAws> => {
    const accounts = [{ id: MANAGEMENT, roleMissing: true, ...account }];
    return (aws = await startFakeAws({ managementAccountId: MANAGEMENT, accounts, faults: [NOT_IN_USE, ...faults] }));
  };
  const standalone = { ...SETTINGS, standalone: true };

  afterEach(() => aws.close());

  it("collects itself with its own credentials, and asks Organizations nothing", async () => {
    await start({ alias: "acme-prod" });

    const { manifest, summary, record } = await runCollector(aws, { settings: standalone });

    expect(summary).to.deep.include({ complete: true, rows: 2 });
    expect(manifest).to.deep.include({ organizationId: null, managementAccountId: null, complete: true });
    expect(manifest.counts).to.include({ listed: 1, inScope: 1, collected: 1, outOfScope: 0 });
    expect(record(MANAGEMENT)).to.include({ accountName: "acme-prod", ouPath: "", state: "collected" });
    const actions = aws.requests.filter(({ service }) => service !== "s3").map(({ action }) => action);
    expect(actions).to.have.members(["ListAccountAliases", "GenerateCredentialReport", "GetCredentialReport"]);
  });

  it("is called by its id where it has no alias, or one that may not be read", async () => {
    await start();
    expect((await runCollector(aws, { settings: standalone })).record(MANAGEMENT).accountName).to.equal(MANAGEMENT);
    await aws.close();

    const answer = { status: 403, code: "AccessDenied" };
    await start({ alias: "acme-prod" }, [{ service: "iam", action: "ListAccountAliases", answer }]);
    const { record, summary } = await runCollector(aws, { settings: standalone });
    expect(record(MANAGEMENT)).to.include({ accountName: MANAGEMENT, state: "collected" });
    expect(summary.complete).to.equal(true);
  });

  it("fails the run, and writes nothing, where include or exclude chooses among accounts", async () => {
    await start();
    for (const chosen of [{ include: ["Root/Workloads"] }, { exclude: ["tag:stage=test"] }]) {
      const error = await rejection(runCollector(aws, { settings: { ...standalone, ...chosen } }));
      expect(error).to.be.instanceOf(RunError).and.include({ code: "NothingToChoose" });
    }
    expect(aws.objects.size).to.equal(0);
  });

  it("fails the run where an organization is configured, and says which setting is for it", async () => {
    await start();
    const error = await rejection(runCollector(aws));
    expect(error).to.be.instanceOf(RunError).and.include({ code: "AWSOrganizationsNotInUseException" });
    expect(error.message).to.contain("set organizationId to none").and.contain("--standalone");
  });
});

describe("a collector in the account of a delegated administrator", () => {
  it("reads that account with its own credentials, and the management account by the member role", async () => {
    const delegated = member(7);
    const accounts = [{ id: MANAGEMENT }, { id: member(1) }, { id: delegated, roleMissing: true }];
    // what carries no session is the collector's own
    const aws = await startFakeAws({ managementAccountId: delegated, accounts });
    try {
      const settings = { ...SETTINGS, accountId: delegated };
      const { summary } = await runCollector(aws, { settings });
      expect(summary.accounts).to.include({ collected: 3, notCollected: 0 });
      const assumed = aws.requests.filter(({ action }) => action === "AssumeRole").map(({ accountId }) => accountId);
      expect(assumed).to.have.members([MANAGEMENT, member(1)]);
    } finally {
      await aws.close();
    }
  });
});
