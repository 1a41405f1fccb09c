import { expect } from "chai";

import { Deadline } from "../../runtime/deadline";
import { MANAGEMENT, member, organization, readText, runCollector } from "../support/collectorRun";
import { credentialReportCsv, rootRow, userRow } from "../support/credentialReports";
import { fakeClock } from "../support/fakeClock";
import { startFakeAws, type FakeAccount, type FakeAws, type FakeAwsOptions } from "../support/fakeAws";
import { FAKE_SESSION } from "../support/fakeIdentity";

describe("collect", () => {
  let aws: FakeAws;

  afterEach(() => aws.close());

  async function start(accounts: FakeAccount[], more: Partial<FakeAwsOptions> = {}): Promise<FakeAws> {
    aws = await startFakeAws(organization(accounts, more));
    return aws;
  }

  function calls(action: string, accountId: string): number {
    return aws.requests.filter((request) => request.action === action && request.accountId === accountId).length;
  }

  it("collects every account of every page, empty pages included, with its organizational unit", async () => {
    const ous = ["", "Workloads", "Workloads/Production", "Security"];
    const members = Array.from({ length: 45 }, (_, n) => ({ id: member(n), ou: ous[n % 4] ?? "" }));
    await start(members, { emptyPages: true, pageSize: 7 });

    const { summary, record } = await runCollector(aws);

    expect(summary).to.include({ complete: true, rows: 92 });
    expect(summary.accounts).to.deep.equal({ listed: 46, inScope: 46, collected: 46, notCollected: 0, outOfScope: 0 });
    expect(record(member(2)).ouPath).to.equal("Root/Workloads/Production");
    expect(record(member(3)).ouPath).to.equal("Root/Security");
    expect(record(MANAGEMENT).ouPath).to.equal("Root");
  });

  it("asks the accounts of the first pages while it lists the next", async () => {
    const members = Array.from({ length: 60 }, (_, n) => ({ id: member(n) }));
    await start(members, { pageSize: 5 });

    const { summary } = await runCollector(aws);

    const actions = aws.requests.map(({ action }) => action);
    expect(summary.complete).to.equal(true);
    expect(actions.indexOf("AssumeRole")).to.be.lessThan(actions.lastIndexOf("ListAccounts"));
    expect(summary.apiCalls).to.equal(actions.length);
  });

  it("fails when the listing breaks off, after what it began has ended, and leaves nothing that speaks of a run", async () => {
    const members = Array.from({ length: 30 }, (_, n) => ({ id: member(n) }));
    const faults: FakeAwsOptions["faults"] = [];
    await start(members, {
      pageSize: 5,
      faults,
      onRequest: ({ service, action }) => {
        if (action !== "AssumeRole" || faults.length > 0) return;
        faults.push({
          service: "organizations",
          action: "ListAccounts",
          answer: { status: 400, code: "AccessDeniedException" },
        });
        expect(service).to.equal("sts");
      },
    });

    const error: unknown = await runCollector(aws).catch((e: unknown) => e);

    expect(String(error)).to.contain("The accounts of the organization cannot be listed: AccessDeniedException");
    const asked = aws.requests.length;
    await new Promise((resolve) => setImmediate(resolve));
    expect(aws.requests.length).to.equal(asked);
    expect(aws.busy()).to.equal(0);
    expect([...aws.objects.keys()].filter((key) => !key.includes("/raw/"))).to.deep.equal([]);
  });

  it("uses its own credentials in the management account and assumes the role everywhere else", async () => {
    await start([{ id: member(1), externalId: "evidence-42" }]);

    const { summary } = await runCollector(aws, { settings: { externalId: "evidence-42" } });

    expect(summary.complete).to.equal(true);
    const roles = aws.requests.filter(({ action }) => action === "AssumeRole").map(({ fields }) => fields);
    expect(roles).to.have.length(1);
    expect(roles[0]).to.include({
      RoleArn: `arn:aws:iam::${member(1)}:role/credential-report-reader`,
      RoleSessionName: "iam-credential-reports",
      ExternalId: "evidence-42",
    });
  });

  it("assumes the role by its path", async () => {
    await start([{ id: member(1) }]);
    await runCollector(aws, { settings: { memberRolePath: "/security/" } });
    const roles = aws.requests.filter(({ action }) => action === "AssumeRole").map(({ fields }) => fields["RoleArn"]);
    expect(roles).to.deep.equal([`arn:aws:iam::${member(1)}:role/security/credential-report-reader`]);
  });

  it("names suspended and closing accounts as out of scope and does not ask them", async () => {
    await start([
      { id: member(1), state: "SUSPENDED" },
      { id: member(2), state: "PENDING_CLOSURE", stateField: "both" },
      { id: member(3), state: "ACTIVE", stateField: "Status" },
    ]);

    const { summary, record } = await runCollector(aws);

    expect(summary.complete, "accounts out of scope do not make a run incomplete").to.equal(true);
    expect(summary.accounts).to.include({ listed: 4, inScope: 2, outOfScope: 2 });
    expect(record(member(1))).to.include({ state: "outOfScope", reason: "account is SUSPENDED" });
    expect(record(member(2))).to.include({ state: "outOfScope", reason: "account is PENDING_CLOSURE" });
    expect(record(member(3)).state).to.equal("collected");
    expect(calls("AssumeRole", member(1)) + calls("AssumeRole", member(2))).to.equal(0);
  });

  it("goes on without an account whose role is missing, and names it with cause and remedy", async () => {
    await start([{ id: member(1) }, { id: member(2), name: "Forgotten", roleMissing: true }, { id: member(3) }]);

    const { summary, record } = await runCollector(aws);

    expect(summary.complete).to.equal(false);
    expect(summary.accounts).to.include({ collected: 3, notCollected: 1 });
    const lost = record(member(2));
    expect(lost).to.include({ state: "notCollected", step: "assumeRole", code: "AccessDenied", attempts: 1 });
    expect(lost).to.have.property("message").that.includes("sts:AssumeRole");
    expect(lost).to.have.property("remedy").that.includes("deploy the member role");
    expect(summary.missing.map(({ accountName }) => accountName)).to.deep.equal(["Forgotten"]);
  });

  it("names the account whose raw report the bucket refuses", async () => {
    await start([{ id: member(1) }, { id: member(2) }], {
      faults: [{ service: "s3", key: new RegExp(`raw/${member(1)}`), answer: { status: 403, code: "AccessDenied" } }],
    });

    const { summary, record } = await runCollector(aws);

    expect(record(member(1))).to.include({ state: "notCollected", step: "store", code: "AccessDenied" });
    expect(summary.accounts).to.include({ collected: 2, notCollected: 1 });
    expect(readText(aws, `credentials/run_date=2026-11-23/run=${summary.runId}/credentials.csv`)).not.to.include(
      member(1),
    );
  });

  it("stores what it cannot read, and names the account", async () => {
    const report = "<html>proxy</html>";
    await start([
      { id: member(1), report },
      { id: member(2), report: credentialReportCsv(member(3)) },
    ]);

    const { summary, record } = await runCollector(aws);

    expect(record(member(1))).to.include({ state: "notCollected", step: "parse", code: "NotCsv" });
    expect(record(member(1))).to.have.nested.property("raw.bytes", report.length);
    expect(readText(aws, `runs/${summary.runId}/raw/${member(1)}.csv`)).to.equal(report);
    expect(record(member(2))).to.include({ step: "parse", code: "WrongAccount" });
    expect(summary.rows).to.equal(2);
  });

  it("leaves a header and an incomplete manifest when no account could be collected", async () => {
    aws = await startFakeAws({ managementAccountId: MANAGEMENT, accounts: [{ id: member(1), roleMissing: true }] });

    const { summary, manifest } = await runCollector(aws);

    expect(summary).to.include({ complete: false, rows: 0 });
    expect(readText(aws, manifest.consolidated.key).split("\n")).to.have.length(2);
  });

  it("gives its place up while it waits, so that one worker asks everyone before it fetches from anyone", async () => {
    await start([
      { id: member(1), inProgress: 1 },
      { id: member(2), inProgress: 1 },
    ]);

    await runCollector(aws, { settings: { concurrency: 1 } });

    const order = aws.requests
      .filter(({ service }) => service === "iam")
      .map(({ action, accountId }) => `${action} ${accountId}`);
    expect(order.indexOf(`GenerateCredentialReport ${member(2)}`)).to.be.lessThan(
      order.indexOf(`GetCredentialReport ${member(1)}`),
    );
  });

  it("keeps back the more time to consolidate the more rows it has", () => {
    const clock = fakeClock();
    const deadline = new Deadline(clock.now() + 60_000, clock);
    const before = deadline.asksUntil();
    deadline.add(100_000);
    expect(before - deadline.asksUntil()).to.equal(10_000);
    expect(deadline.passed()).to.equal(false);
    deadline.add(500_000);
    expect(deadline.passed()).to.equal(true);
  });

  it("stops asking at the deadline and names who was not reached, and writes the manifest", async () => {
    await start([{ id: member(1), neverCompletes: true }, { id: member(2) }]);

    const { summary, record } = await runCollector(aws, {
      deadline: Date.parse("2026-11-23T03:01:00Z"),
      settings: { concurrency: 1 },
    });

    expect(summary.accounts).to.include({ collected: 2, notCollected: 1 });
    expect(record(member(1))).to.include({ step: "generate", code: "RunDeadline" });
    const late = await runCollector(aws, {
      start: "2026-11-24T00:00:00Z",
      deadline: Date.parse("2026-11-24T00:00:00Z"),
    });
    expect(late.record(member(2))).to.include({ step: "assumeRole", code: "RunDeadline", attempts: 0 });
  });

  it("keeps credentials, tokens and the content of reports out of log and manifest", async () => {
    const users = [rootRow(member(1)), userRow(member(1), "very-private-name")];
    await start([
      { id: member(1), report: credentialReportCsv(member(1), users) },
      { id: member(2), roleMissing: true },
    ]);

    const { logs, manifest, summary } = await runCollector(aws, { settings: { externalId: "secret-external-id" } });

    const said = JSON.stringify([logs, manifest, summary]);
    for (const secret of [
      FAKE_SESSION.secret,
      FAKE_SESSION.token,
      "collector-secret",
      "secret-external-id",
      "very-private-name",
    ]) {
      expect(said, secret).not.to.include(secret);
    }
    expect(logs.filter(({ accountId }) => accountId).map(({ accountId }) => accountId)).to.have.members([
      MANAGEMENT,
      member(1),
      member(2),
    ]);
  });
});
