import { expect } from "chai";

import { readOrganization } from "../../runtime/accounts";
import { awsClients } from "../../runtime/clients";
import { RunError } from "../../runtime/errors";
import { MANAGEMENT, member, organization, rejection, runCollector, SETTINGS } from "../support/collectorRun";
import { startFakeAws, type FakeAws, type FakeAwsOptions } from "../support/fakeAws";
import { fakeClock } from "../support/fakeClock";

describe("the accounts of the organization", () => {
  let aws: FakeAws;

  afterEach(() => aws.close());

  async function read(options: FakeAwsOptions) {
    aws = await startFakeAws(options);
    const credentials = { accessKeyId: "AKIACOLLECTOR", secretAccessKey: "secret" };
    const clients = awsClients(SETTINGS, { endpoint: aws.endpoint, credentials });
    try {
      return await readOrganization(clients.organizations, fakeClock());
    } finally {
      clients.destroy();
    }
  }

  it("are listed once each, in order of id, with the organization and its management account", async () => {
    const twice = [{ id: member(2) }, { id: member(1), name: "One", ou: "A" }, { id: member(2) }];

    const found = await read(organization(twice));

    expect(found).to.include({ organizationId: "o-exampleorg", managementAccountId: MANAGEMENT });
    expect(found.accounts.map(({ accountId }) => accountId)).to.deep.equal([MANAGEMENT, member(1), member(2)]);
    expect(found.accounts[1]).to.deep.equal({
      accountId: member(1),
      accountName: "One",
      ouPath: "Root/A",
      organizationsState: "ACTIVE",
    });
  });

  it("cost one list of accounts and two lists for each unit", async () => {
    await read(
      organization([
        { id: member(1), ou: "A/B" },
        { id: member(2), ou: "C" },
      ]),
    );

    const actions = aws.requests.map(({ action }) => action).sort();
    expect(actions.filter((action) => action === "ListAccounts")).to.have.length(1);
    expect(actions.filter((action) => action === "ListAccountsForParent")).to.have.length(4);
    expect(actions).to.have.length(1 + 1 + 1 + 4 + 4);
  });

  it("survive throttling of Organizations", async () => {
    const answer = { status: 400, code: "TooManyRequestsException" };
    const found = await read(
      organization([{ id: member(1) }], { faults: [{ service: "organizations", times: 6, answer }] }),
    );
    expect(found.accounts).to.have.length(2);
  });

  it("fail the run when Organizations refuses, saying where the collector must run", async () => {
    const answer = { status: 400, code: "AccessDeniedException", message: "You don't have permissions" };
    const error = await rejection(
      read(organization([], { faults: [{ service: "organizations", action: "ListAccounts", answer }] })),
    );
    expect(error).to.be.instanceOf(RunError).and.include({ code: "AccessDeniedException" });
    expect(error.message).to.match(
      /cannot be listed: AccessDeniedException: You don't have permissions\. Run the collector in the management account/,
    );
  });

  it("fail the run when there are none", async () => {
    const error = await rejection(read({ managementAccountId: MANAGEMENT, accounts: [] }));
    expect(error).to.be.instanceOf(RunError).and.include({ code: "NoAccounts" });
  });

  it("fail the run when none is in scope, before anything is written", async () => {
    aws = await startFakeAws({
      managementAccountId: MANAGEMENT,
      accounts: [
        { id: MANAGEMENT, stateField: "none" },
        { id: member(1), state: "SUSPENDED" },
      ],
    });

    const error = await rejection(runCollector(aws));

    expect(error).to.be.instanceOf(RunError).and.include({ code: "NoAccountsInScope" });
    expect(error.message).to.include("None of the 2 accounts listed is in scope");
    expect(error.message).to.include("gives no state for the account");
    expect(aws.objects.size).to.equal(0);
  });
});
