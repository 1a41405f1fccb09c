import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { bundleRuntime } from "../../components/runtimeBundle";
import type { FinishedRun } from "../../runtime/announcement";
import { metricsOfRun } from "../../runtime/runMetrics";
import { invokeBundle, FUNCTION_CREDENTIALS, type BundledRun } from "../support/bundledCollector";
import { member, organization, runCollector } from "../support/collectorRun";
import { credentialReportCsv, rootRow, userRow } from "../support/credentialReports";
import { startFakeAws, type FakeAws, type FakeAwsOptions } from "../support/fakeAws";
import { startFakeEventBus } from "../support/fakeEventBus";
import { eventProblems } from "../support/eventSchemas";
import { FAKE_SESSION } from "../support/fakeIdentity";

describe("what the deployed collector says of a run", () => {
  let folder: string;
  let aws: FakeAws;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "bundle-"));
    bundleRuntime(folder);
  });
  after(() => rmSync(folder, { recursive: true }));
  afterEach(() => aws.close());

  async function run(options: FakeAwsOptions, more: Parameters<typeof invokeBundle>[2] = {}): Promise<BundledRun> {
    aws = await startFakeAws(options);
    return invokeBundle(folder, aws.endpoint, more);
  }

  /** The one line in embedded metric format, of which CloudWatch makes metrics. */
  function metricsOf({ lines }: BundledRun): Record<string, unknown> {
    const found = lines.filter((line) => "_aws" in line);
    expect(found, "lines in embedded metric format").to.have.length(1);
    return found[0] ?? {};
  }

  describe("in its log", () => {
    const EXECUTION = "arn:aws:states:eu-central-1:111111111111:execution:collector:night";

    it("has run, account, request and cold start on lines of JSON", async () => {
      const { lines } = await run(organization([{ id: member(1) }, { id: member(2), roleMissing: true }]), {
        events: [{}, { execution: EXECUTION }],
      });
      const events = lines.filter((line) => !("_aws" in line));
      for (const line of events) {
        expect(line, JSON.stringify(line)).to.include({
          function_request_id: "request-1",
          function_name: "collector",
          service: "iam-credential-reports",
        });
        expect(line).to.include.keys("level", "message", "timestamp", "cold_start");
      }
      const first = events.slice(0, events.length / 2);
      const second = events.slice(events.length / 2);
      expect(new Set(first.map(({ cold_start }) => cold_start))).to.deep.equal(new Set([true]));
      expect(new Set(second.map(({ cold_start }) => cold_start))).to.deep.equal(new Set([false]));
      expect(new Set(first.map(({ execution }) => execution))).to.deep.equal(new Set([undefined]));
      expect(new Set(second.map(({ execution }) => execution))).to.deep.equal(new Set([EXECUTION]));
      const refused = first.find(({ accountId }) => accountId === member(2));
      expect(refused).to.include({ level: "WARN", message: "account not collected", step: "assumeRole" });
      expect(refused?.["runId"]).to.match(/^\d{8}T\d{6}Z-/);
    });

    it("never has a secret, a session token, the external id or the content of a report", async () => {
      const marked = "marked-user";
      const report = (accountId: string): string =>
        credentialReportCsv(accountId, [rootRow(accountId), userRow(accountId, marked)]);
      const externalId = "marked-external-id";
      const broken = report(member(3)).replace(`arn:aws:iam::${member(3)}:user/${marked}`, `${marked} has no ARN`);
      const unquoted = report(member(4)).replace(`\n${marked},`, `\n${marked}"s,`);
      const { output, summary } = await run(
        organization(
          [
            { id: member(1), report: report(member(1)), externalId },
            { id: member(2), externalId: "another" },
            { id: member(3), report: broken, externalId },
            { id: member(4), report: unquoted, externalId },
            { id: member(5) },
          ],
          {
            faults: [
              {
                service: "sts",
                accountId: member(5),
                answer: {
                  status: 400,
                  code: "ValidationError",
                  message: `1 validation error detected: Value '${externalId}' at 'externalId' failed to satisfy constraint`,
                },
              },
            ],
          },
        ),
        { settings: { externalId } },
      );
      expect(summary?.missing.map(({ accountId, step, code }) => `${accountId} ${step} ${code}`)).to.deep.equal([
        `${member(2)} assumeRole AccessDenied`,
        `${member(3)} parse BadArn`,
        `${member(4)} parse NotCsv`,
        `${member(5)} assumeRole ValidationError`,
      ]);
      const secrets = [FAKE_SESSION.secret, FAKE_SESSION.token, ...Object.values(FUNCTION_CREDENTIALS)];
      for (const secret of [...secrets, externalId, marked]) {
        expect(output, secret).not.to.include(secret);
        expect(JSON.stringify(summary), secret).not.to.include(secret);
      }
      expect(output).to.include("the external id");
    });
  });

  describe("by events", () => {
    const BUS = "arn:aws:events:eu-central-1:111111111111:event-bus/default";

    async function told(options: FakeAwsOptions, remainingMs = 60_000): Promise<{ name: string; detail: unknown }[]> {
      const bus = await startFakeEventBus();
      try {
        const settings = { events: { busArn: BUS, findings: false } };
        await run(options, { settings, remainingMs, env: { AWS_ENDPOINT_URL_EVENTBRIDGE: bus.endpoint } });
        return bus.taken.map(({ DetailType, Detail }) => ({ name: DetailType, detail: JSON.parse(Detail) as unknown }));
      } finally {
        await bus.close();
      }
    }

    it("is told of a run that failed, with what to do", async () => {
      const [event, ...more] = await told({ managementAccountId: member(1), accounts: [] });
      expect(more).to.deep.equal([]);
      expect(event?.name).to.equal("RunFailed");
      expect(event?.detail).to.include({ code: "NoAccounts", collector: "collector", requestId: "request-1" });
      expect(await eventProblems("RunFailed", [event?.detail])).to.equal("");
    });

    it("is told once of a run whose time was over, which left a manifest: that it is incomplete", async () => {
      const events = await told(organization([{ id: member(1) }]), 1);
      expect(events.map(({ name }) => name)).to.deep.equal(["RunIncomplete"]);
    });
  });

  describe("in its metrics", () => {
    it("counts a complete run, under the function's name alone", async () => {
      const ran = await run(organization([{ id: member(1) }, { id: member(2), state: "SUSPENDED" }]));
      const metrics = metricsOf(ran);
      const { CloudWatchMetrics: directives } = metrics["_aws"] as { CloudWatchMetrics: Record<string, unknown>[] };
      expect(directives).to.have.length(1);
      expect(directives[0]).to.deep.include({ Namespace: "IamCredentialReports", Dimensions: [["Collector"]] });
      expect(directives[0]?.["Metrics"]).to.deep.include({ Name: "RunSeconds", Unit: "Seconds" });
      expect(metrics).to.include({
        Collector: "collector",
        runId: ran.summary?.runId,
        RunsCompleted: 1,
        RunsIncomplete: 0,
        RunsFailed: 0,
        RunsRefused: 0,
        AccountsListed: 3,
        AccountsInScope: 2,
        AccountsCollected: 2,
        AccountsNotCollected: 0,
        AccountsOutOfScope: 1,
        Rows: 4,
        ApiCalls: ran.summary?.apiCalls,
        ThrottledCalls: 0,
        ThrottledPercent: 0,
      });
      expect(metrics["OldestReportAge"]).to.be.greaterThan(0);
      expect(metrics["Findings"]).to.be.greaterThan(0);
    });

    it("counts an incomplete run, and one whose time was over, as incomplete", async () => {
      const missing = await run(organization([{ id: member(1), roleMissing: true }]));
      expect(metricsOf(missing)).to.include({
        RunsCompleted: 0,
        RunsIncomplete: 1,
        RunsFailed: 0,
        AccountsNotCollected: 1,
      });
      await aws.close();
      const late = await run(organization([{ id: member(1) }]), { remainingMs: 1 });
      expect(late.failure).to.match(/^RunError The time of run/);
      expect(metricsOf(late)).to.include({ RunsIncomplete: 1, RunsFailed: 0 });
    });

    it("counts a run that left no manifest as failed", async () => {
      const failed = await run({ managementAccountId: member(1), accounts: [] });
      expect(metricsOf(failed)).to.include({ RunsCompleted: 0, RunsIncomplete: 0, RunsFailed: 1, RunsRefused: 0 });
    });

    it("counts what AWS throttles, and not its refusals for want of room for another report", async () => {
      aws = await startFakeAws(
        organization([{ id: member(1) }], {
          faults: [
            { service: "sts", times: 2, answer: { status: 400, code: "Throttling" } },
            { service: "s3", times: 1, answer: { status: 503, code: "SlowDown" } },
            {
              service: "iam",
              action: "GenerateCredentialReport",
              times: 3,
              answer: { status: 409, code: "LimitExceeded" },
            },
            {
              service: "iam",
              action: "GetCredentialReport",
              times: 1,
              answer: { status: 500, code: "ServiceFailure" },
            },
          ],
        }),
      );
      const announced: FinishedRun[] = [];
      const announce = (run: FinishedRun): Promise<undefined> => {
        announced.push(run);
        return Promise.resolve(undefined);
      };
      await runCollector(aws, { announce });
      const [run] = announced;
      expect(run).to.include({ throttledCalls: 3, apiCalls: aws.requests.length });
      expect(run && metricsOfRun(run.manifest, run)).to.include({
        ThrottledCalls: 3,
        ThrottledPercent: (100 * 3) / aws.requests.length,
      });
    });
  });
});
