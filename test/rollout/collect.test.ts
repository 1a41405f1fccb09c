import path from "node:path";
import { expect } from "chai";
import { collect } from "../../rollout/commands/collect";
import { logCoverage } from "../../rollout/commands/coverage";
import { RolloutError } from "../../rollout/errors";
import { readOrganizationConfig } from "../../rollout/configuration/organizationConfig";
import type { RunSummary } from "../../runtime/settings";
import { callerIdentity, withCannedAws, type CannedAnswer } from "../support/cannedAws";

const SUMMARY: RunSummary = {
  runId: "20261123T031500Z-000001",
  complete: false,
  accounts: { listed: 3, inScope: 3, collected: 1, notCollected: 2, outOfScope: 0 },
  rows: 4,
  bucket: "evidence",
  manifestKey: "runs/20261123T031500Z-000001/manifest.json",
  manifestSha256: "00",
  missing: [
    {
      accountId: "444455556666",
      accountName: "Sandbox",
      step: "assumeRole",
      code: "AccessDenied",
      message: "not authorized",
      remedy: "Deploy the member role",
    },
  ],
  seconds: 1.5,
  apiCalls: 12,
  unreached: 0,
};

describe("collect", () => {
  const config = readOrganizationConfig(path.join(__dirname, "../.."));
  const lines: string[] = [];
  const invoke = (answer: CannedAnswer) =>
    withCannedAws({ GetCallerIdentity: callerIdentity("111122223333"), Invoke: answer }, () =>
      collect({ config, log: (line) => lines.push(line), signal: new AbortController().signal }),
    );
  const failure = async (answer: CannedAnswer): Promise<string> => {
    const error: unknown = await invoke(answer).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(RolloutError);
    return (error as Error).message;
  };
  const refusal = (status: number, code: string): CannedAnswer => ({
    status,
    headers: { "x-amzn-errortype": code },
    body: JSON.stringify({ Message: "refused" }),
  });

  it("gives the summary of the run", async () => {
    const answer = await invoke({ status: 200, body: JSON.stringify(SUMMARY) });
    expect(answer).to.deep.equal({ command: "collect", ...SUMMARY });
  });

  it("says that the collector is not deployed, and what to do", async () => {
    expect(await failure(refusal(404, "ResourceNotFoundException"))).to.contain("run up first");
  });

  it("says that a run is going on already", async () => {
    expect(await failure(refusal(429, "TooManyRequestsException"))).to.contain("one at a time");
  });

  it("says which right is missing", async () => {
    expect(await failure(refusal(403, "AccessDeniedException"))).to.contain("lambda:InvokeFunction");
  });

  it("gives the cause of a run that failed, and where its log is", async () => {
    const message = await failure({
      status: 200,
      headers: { "x-amz-function-error": "Unhandled" },
      body: JSON.stringify({ errorType: "RunError", errorMessage: "no account is in scope" }),
    });
    expect(message).to.contain("RunError: no account is in scope");
    expect(message).to.contain("/aws/lambda/iam-credential-reports-collector");
  });
});

describe("logCoverage", () => {
  it("names each missing account with cause and remedy, and counts those that the summary leaves out", () => {
    const lines: string[] = [];
    logCoverage(SUMMARY, (line) => lines.push(line));
    const text = lines.join("\n");
    expect(text).to.contain("1 of 3 accounts in scope collected, 2 missing");
    expect(text).to.contain("444455556666 Sandbox: assumeRole: AccessDenied: not authorized");
    expect(text).to.contain("Deploy the member role");
    expect(text).to.contain("and 1 more, all named in the manifest");
    expect(text).not.to.contain("report:");
  });

  it("says what became of the report, where it is delivered", () => {
    const lines: string[] = [];
    const delivery = { page: null, published: true, problem: "The page was not stored: AccessDenied: no" };
    logCoverage({ ...SUMMARY, delivery }, (line) => lines.push(line));
    expect(lines.slice(-2)).to.deep.equal([
      "  report: no page stored, summary published",
      "  report: The page was not stored: AccessDenied: no",
    ]);
  });
});
