import { GetFindingsCommand, SecurityHubClient } from "@aws-sdk/client-securityhub";
import { expect } from "chai";

import type { AsffFinding } from "../../report/formats/asff";
import { awsClients } from "../../runtime/clients";
import { findingsImport } from "../../runtime/findingsImport";
import { FINDINGS_AT_ONCE, securityHubImport } from "../../runtime/securityHub";
import type { CollectorSettings, SecurityHubImport } from "../../runtime/settings";
import { MANAGEMENT, member, organization, runCollector, SETTINGS, type CollectorRun } from "../support/collectorRun";
import { credentialReportCsv, rootRow, userRow } from "../support/credentialReports";
import { startFakeAws, type FakeAws, type FakeAwsOptions } from "../support/fakeAws";
import { fakeClock } from "../support/fakeClock";
import {
  startFakeSecurityHub,
  type FakeSecurityHub,
  type ImportRefusal,
  type ImportRequest,
} from "../support/fakeSecurityHub";
import { SESSION_KEY_PREFIX } from "../support/fakeWire";
import { MOTO_ACCOUNT, startMoto } from "../support/motoServer";
import { SteppedRun } from "../support/steppedRun";

const REGION = "eu-central-1";
const WHERE = { region: REGION, dnsSuffix: "amazonaws.com" };
const CREDENTIALS = { accessKeyId: "AKIACOLLECTOR", secretAccessKey: "collector-secret" };

describe("the import into Security Hub", () => {
  let aws: FakeAws;
  let hub: FakeSecurityHub;

  afterEach(async () => {
    await aws.close();
    await hub.close();
  });

  async function imported(
    options: FakeAwsOptions,
    more: {
      refuse?: (request: ImportRequest, number: number) => ImportRefusal | undefined;
      settings?: Partial<CollectorSettings>;
      endsAfterMs?: number;
    } = {},
  ): Promise<{ run: CollectorRun; answer: SecurityHubImport }> {
    aws = await startFakeAws(options);
    hub = await startFakeSecurityHub(more.refuse);
    const settings: CollectorSettings = { ...SETTINGS, ...more.settings };
    const clock = fakeClock();
    const clients = awsClients(settings, { endpoint: aws.endpoint, credentials: CREDENTIALS });
    const importing = securityHubImport(WHERE, clients, hub.endpoint);
    try {
      const run = await runCollector(aws, {
        ...{ clock, settings },
        importFindings: (manifest, archive) => {
          const endsAt = clock.now() + (more.endsAfterMs ?? 60_000);
          const context = { settings, region: REGION, clients, importing, clock, log: () => undefined, endsAt };
          return findingsImport(context)(manifest, archive);
        },
      });
      const { securityHub: answer } = run.summary;
      if (!answer) throw new Error("the summary says nothing of Security Hub");
      return { run, answer };
    } finally {
      clients.destroy();
    }
  }

  it("imports each account's findings in that account, as its member role, the collector's own as itself", async () => {
    const { answer } = await imported(organization([{ id: member(1) }, { id: member(2) }]));
    expect(answer).to.include({ accounts: 3, accountsNotImported: 0 });
    for (const { path, accessKeyId, scope, findings } of hub.requests) {
      expect(path).to.equal("/findings/import");
      expect(scope).to.equal(`${REGION}/securityhub`);
      const [account] = new Set(findings.map(({ AwsAccountId }) => AwsAccountId));
      expect(
        findings.every(({ AwsAccountId, ProductArn }) => {
          return AwsAccountId === account && ProductArn.endsWith(`:${account}:product/${account}/default`);
        }),
      ).to.equal(true);
      expect(accessKeyId).to.equal(account === MANAGEMENT ? "AKIACOLLECTOR" : `${SESSION_KEY_PREFIX}${account}`);
    }
    const accounts = hub.requests.map(({ findings }) => findings[0]?.AwsAccountId);
    expect(accounts).to.have.members([MANAGEMENT, member(1), member(2)]);
    expect(answer.findings).to.equal(hub.requests.reduce((sum, { findings }) => sum + findings.length, 0));
  });

  it("imports what passes too, so that what was fixed is closed, and marks what is excepted", async () => {
    const exception = {
      accountId: member(1),
      user: "alice",
      control: "console-mfa",
      reason: "r",
      expires: "2099-01-01",
    };
    await imported(organization([{ id: member(1) }]), { settings: { exceptions: [exception] } });
    const findings = hub.requests.flatMap((request) => request.findings);
    const statuses = new Set(findings.map(({ Compliance }) => Compliance.Status));
    expect([...statuses]).to.include.members(["PASSED", "FAILED", "NOT_AVAILABLE"]);
    const suppressed = findings.filter(({ Workflow }) => Workflow?.Status === "SUPPRESSED");
    expect(suppressed.map(({ GeneratorId }) => GeneratorId)).to.deep.equal(["iam-credential-reports/console-mfa"]);
  });

  it("sends a hundred in a request", async () => {
    const users = Array.from({ length: 60 }, (_, n) => userRow(member(1), `user${n}`));
    const report = credentialReportCsv(member(1), [rootRow(member(1)), ...users]);
    const { answer } = await imported(organization([{ id: member(1), report }]));
    const sizes = hub.requests.map(({ findings }) => findings.length);
    expect(Math.max(...sizes)).to.equal(FINDINGS_AT_ONCE);
    expect(new Set(hub.requests.flatMap(({ findings }) => findings.map(({ Id }) => Id))).size).to.equal(
      answer.findings,
    );
  });

  it("names accounts where Security Hub is off, the role may not, or findings are refused, and imports all others", async () => {
    const { answer, run } = await imported(organization([1, 2, 3, 4].map((n) => ({ id: member(n) }))), {
      refuse: ({ findings }) => {
        switch (findings[0]?.AwsAccountId) {
          case member(1):
            return {
              status: 401,
              type: "InvalidAccessException:",
              body: { Message: "not subscribed to AWS Security Hub" },
            };
          case member(2):
            return { status: 403, type: "AccessDeniedException", body: { message: "not authorized" } };
          case member(3):
            return {
              status: 200,
              body: {
                SuccessCount: findings.length - 2,
                FailedCount: 2,
                FailedFindings: [{ Id: "x", ErrorCode: "InvalidInput", ErrorMessage: "Types" }],
              },
            };
          default:
            return undefined;
        }
      },
    });
    expect(run.summary.complete).to.equal(true);
    expect(answer).to.include({ accounts: 2, accountsNotImported: 3 });
    expect(answer.notImported).to.deep.equal([
      { accountId: member(1), code: "InvalidAccessException", message: "not subscribed to AWS Security Hub" },
      { accountId: member(2), code: "AccessDeniedException", message: "not authorized" },
      { accountId: member(3), code: "InvalidInput", message: "2 findings were refused: Types" },
    ]);
  });

  it("tries again what is throttled or fails for a moment", async () => {
    const { answer } = await imported(organization([{ id: member(1) }]), {
      refuse: (_, number) => {
        if (number > 3) return undefined;
        return number === 1
          ? { status: 429, type: "TooManyRequestsException", body: { message: "later" } }
          : { status: 500, type: "InternalException", body: "broken" };
      },
    });
    expect(answer).to.include({ accounts: 2, accountsNotImported: 0 });
  });

  it("asks for nothing of accounts that are missing from the run", async () => {
    const { answer } = await imported(organization([{ id: member(1), roleMissing: true }]));
    expect(answer).to.include({ accounts: 1, accountsNotImported: 0 });
  });

  it("ends when its time is over, and names who went without", async () => {
    const { answer, run } = await imported(organization([{ id: member(1) }]), { endsAfterMs: 0 });
    expect(run.summary.complete).to.equal(true);
    expect(hub.requests).to.deep.equal([]);
    expect(answer.notImported.map(({ accountId, code }) => `${accountId} ${code}`)).to.deep.equal([
      `${MANAGEMENT} ImportDeadline`,
      `${member(1)} ImportDeadline`,
    ]);
  });

  it("imports the same where a state machine collects", async () => {
    aws = await startFakeAws(organization([{ id: member(1) }, { id: member(2) }]));
    hub = await startFakeSecurityHub();
    const clients = awsClients(SETTINGS, { endpoint: aws.endpoint, credentials: CREDENTIALS });
    const clock = fakeClock();
    const importing = securityHubImport(WHERE, clients, hub.endpoint);
    const context = {
      settings: SETTINGS,
      region: REGION,
      clients,
      importing,
      clock,
      log: () => undefined,
      endsAt: Infinity,
    };
    try {
      const { securityHub } = await new SteppedRun(aws, {
        clock,
        finish: { importFindings: findingsImport(context) },
      }).run();
      expect(securityHub).to.include({ accounts: 3, accountsNotImported: 0 });
      expect(hub.requests).to.have.length(3);
    } finally {
      clients.destroy();
    }
  });
});

describe("findings in a Security Hub that is not ours", function () {
  this.timeout(60_000);

  it("are there as they were imported", async () => {
    const moto = await startMoto();
    const aws = await startFakeAws(organization([]));
    const hub = await startFakeSecurityHub();
    const [ours, theirs] = [aws, moto].map(({ endpoint }) => {
      return awsClients(SETTINGS, { endpoint, credentials: CREDENTIALS });
    });
    const client = new SecurityHubClient({ endpoint: moto.endpoint, region: REGION, credentials: CREDENTIALS });
    try {
      if (!ours || !theirs) throw new Error("there are no clients");
      const sent: AsffFinding[] = [];
      const importing = securityHubImport(WHERE, theirs, moto.endpoint);
      const clock = fakeClock();
      await runCollector(aws, {
        clock,
        importFindings: (manifest, archive) => {
          const context = { settings: SETTINGS, region: REGION, clients: ours, clock, log: () => undefined };
          return findingsImport({
            ...context,
            endsAt: Infinity,
            importing: (session, findings, options) => {
              // moto knows one account
              const theirs = JSON.parse(JSON.stringify(findings).replaceAll(MANAGEMENT, MOTO_ACCOUNT)) as AsffFinding[];
              sent.push(...theirs);
              return importing(session, theirs, options);
            },
          })(manifest, archive);
        },
      });
      const { Findings: found = [] } = await client.send(new GetFindingsCommand({ MaxResults: 100 }));
      expect(found.map(({ Id }) => Id)).to.have.members(sent.map(({ Id }) => Id));
      const [one] = sent;
      expect(found.find(({ Id }) => Id === one?.Id)).to.deep.include({
        Title: one?.Title,
        GeneratorId: one?.GeneratorId,
        AwsAccountId: MOTO_ACCOUNT,
      });
    } finally {
      for (const each of [ours, theirs]) each?.destroy();
      client.destroy();
      await Promise.all([aws.close(), hub.close(), moto.stop()]);
    }
  });
});
