import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { report, type ReportAnswer, type ReportOptions } from "../../rollout/commands/report";
import { RolloutError } from "../../rollout/errors";
import { keys } from "../../runtime/store";
import {
  collected,
  notCollected,
  passwordCells,
  rootCells,
  runOf,
  userCells,
  type Cells,
  type Run,
} from "../report/factories";
import { answerOf, run as runProgram } from "../support/commandLine";
import { putObject, putRuns } from "../support/runsInFolder";

const [FIRST, SECOND, NEWEST] = [
  "20261118T031500Z-000001",
  "20261119T031500Z-000002",
  "20261120T031500Z-000003",
] as const;

const users = (...cells: Cells[]): Run => runOf([[collected("111122223333", "Management"), [rootCells(), ...cells]]]);
const alice = userCells("alice", passwordCells(false, 3));

describe("report", () => {
  let folder: string;
  let lines: string[];
  const make = (options: Partial<ReportOptions> = {}): Promise<ReportAnswer> =>
    report({ log: (line) => lines.push(line) }, { out: path.join(folder, "out"), from: folder, ...options });
  const failure = async (options: Partial<ReportOptions> = {}): Promise<string> => {
    const error: unknown = await make(options).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(RolloutError);
    expect(existsSync(path.join(folder, "out")), "nothing is written").to.equal(false);
    return (error as Error).message;
  };
  const exceptionsFile = (text: string): string => {
    const file = path.join(folder, "exceptions.yaml");
    writeFileSync(file, text);
    return file;
  };
  const excepted = (changes = ""): string =>
    exceptionsFile(
      `exceptions:\n  - {account: "111122223333", user: alice, control: IAM.5, reason: SEC-12, expires: 2026-11-20}\n${changes}`,
    );

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "report-"));
    lines = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("writes page, CSV and inventory of the newest run into a folder of its own, without any configuration", async () => {
    putRuns(folder, { [FIRST]: users(), [NEWEST]: users(alice) });
    const answer = await make();
    expect(answer).to.include({ command: "report", runId: NEWEST, complete: true, rows: 2 });
    const written = readdirSync(path.join(folder, "out", NEWEST)).sort();
    expect(written).to.deep.equal([
      "access-review.csv",
      "accounts.csv",
      "credentials.csv",
      "organizational-units.csv",
      "report.html",
      "users.csv",
    ]);
    expect(Object.keys(answer.files).sort()).to.deep.equal(written);
    expect(readFileSync(answer.report ?? "", "utf8")).to.match(/^<!doctype html>[^]*<\/html>\s*$/);
    expect(readFileSync(answer.csv ?? "", "utf8")).to.equal(
      readFileSync(path.join(folder, keys.consolidated(NEWEST)), "utf8"),
    );
    expect(readFileSync(answer.files["users.csv"] ?? "", "utf8")).to.contain("alice");
    expect(answer.changes).to.deep.include({ from: FIRST });
    expect(answer.changes?.counts).to.include({ userAdded: 1, findingOpened: 2 });
  });

  it("writes the formats that are asked for, and no other", async () => {
    putRuns(folder, { [NEWEST]: users(alice) });
    const answer = await make({ format: ["review", "json", "asff", "ocsf"], asffAccount: "222233334444" });
    expect(readdirSync(path.join(folder, "out", NEWEST)).sort()).to.deep.equal([
      "access-review.html",
      "findings.asff.jsonl",
      "findings.ocsf.jsonl",
      "report.json",
    ]);
    expect(answer).to.include({ report: null, csv: null });
    const asff = readFileSync(answer.files["findings.asff.jsonl"] ?? "", "utf8")
      .trim()
      .split("\n");
    const findings = asff.map((line) => JSON.parse(line) as { AwsAccountId: string; GeneratorId: string });
    expect(findings.map(({ GeneratorId }) => GeneratorId.split("/")[1])).to.deep.equal([
      "root-hardware-mfa",
      "console-mfa",
      "user-mfa",
    ]);
    expect(new Set(findings.map(({ AwsAccountId }) => AwsAccountId))).to.deep.equal(new Set(["222233334444"]));
    const json = JSON.parse(readFileSync(answer.files["report.json"] ?? "", "utf8")) as {
      findings: unknown[];
      changes: null;
    };
    expect(json.findings).to.have.length(3);
    expect(json.changes).to.equal(null);
  });

  it("counts findings without exception for --fail-on, and says which exceptions are past their time or match nothing", async () => {
    putRuns(folder, { [NEWEST]: users(alice) });
    expect((await make({ failOn: ["cis-3.0:1.10", "IAM.4"] })).failOn).to.deep.equal({
      standing: 1,
      controls: [
        { control: "console-mfa", standing: 1 },
        { control: "root-access-key", standing: 0 },
      ],
    });
    const more =
      '  - {account: "111122223333", user: alice, control: user-mfa, reason: SEC-1, expires: 2026-11-19}\n' +
      '  - {account: "111122223333", user: bob, control: user-mfa, reason: SEC-2, expires: 2027-01-01}\n';
    lines = [];
    const answer = await make({ failOn: ["console-mfa"], exceptions: excepted(more) });
    expect(answer.failOn?.standing).to.equal(0);
    expect(answer.exceptions.map(({ state }) => state)).to.deep.equal(["applied", "expired", "unmatched"]);
    expect(lines.join("\n")).to.match(/1 applied, 1 expired, 1 unmatched/);
    expect(lines.join("\n")).to.contain("expired: 111122223333 alice user-mfa");
    expect(lines.join("\n")).to.contain("unmatched: 111122223333 bob user-mfa");
    expect(readFileSync(answer.report ?? "", "utf8")).to.contain("SEC-12");
  });

  it("refuses a control or an exception that says nothing, before anything is read or written", async () => {
    putRuns(folder, { [NEWEST]: users(alice) });
    expect(await failure({ failOn: ["console-mfa", "cis-9.9"] })).to.match(
      /--fail-on names no control: "cis-9.9"\. Take an id/,
    );
    expect(await failure({ exceptions: path.join(folder, "none.yaml") })).to.match(
      /none\.yaml cannot be read: .*ENOENT.*Correct the path/,
    );
    expect(await failure({ exceptions: exceptionsFile("exceptions: [{account: 1}]") })).to.match(
      /exceptions\.yaml are not usable: exception 1 needs text for account, user, .*nothing was excepted/,
    );
    expect(await failure({ exceptions: exceptionsFile("exceptions: [") })).to.match(/are not usable: /);
  });

  it("shows the runs before as a trend, back to where the chain of manifests ends", async () => {
    putRuns(folder, { [FIRST]: users(), [SECOND]: users(alice), [NEWEST]: users(alice) });
    const page = readFileSync((await make()).report ?? "", "utf8");
    for (const day of ["2026-11-20", FIRST, SECOND]) expect(page).to.contain(day);
    rmSync(path.join(folder, keys.manifest(FIRST)));
    lines = [];
    await make();
    expect(lines.join("\n")).to.contain(`The trend begins after run ${FIRST}, whose manifest is not there any more`);
  });

  it("draws no trend over a manifest that was altered, and says so", async () => {
    putRuns(folder, { [FIRST]: users(), [SECOND]: users(alice), [NEWEST]: users(alice) });
    const file = path.join(folder, keys.manifest(FIRST));
    writeFileSync(file, readFileSync(file, "utf8").replace('"complete":true', '"complete":false'));
    await make();
    expect(lines.join("\n")).to.match(new RegExp(`The trend begins after run ${FIRST}: .*SHA-256.*Run verify`));
  });

  it("is made without comparison where the run before was altered, and says so", async () => {
    putRuns(folder, { [FIRST]: users(), [NEWEST]: users(alice) });
    putObject(folder, keys.consolidated(FIRST), "forged");
    const answer = await make();
    expect(answer.changes).to.equal(null);
    expect(lines.join("\n")).to.match(
      new RegExp(`Not compared with the run before, ${FIRST}: .*not what the collector wrote`),
    );
  });

  it("leaves nothing half-written where the rows of a run cannot be read", async () => {
    const run = users(alice);
    putRuns(folder, { [NEWEST]: { ...run, csv: `${run.csv}one cell\n` } });
    const error: unknown = await make().catch((e: unknown) => e);
    expect((error as Error).message).to.contain("line 4");
    expect(readdirSync(path.join(folder, "out", NEWEST))).to.deep.equal([]);
  });

  describe("on the command line", function () {
    this.timeout(60_000);
    const command = (...args: string[]) =>
      runProgram(process.execPath, [
        "--import=tsx",
        "orchestrate.ts",
        "report",
        "--from",
        folder,
        "--out",
        path.join(folder, "out"),
        "--json",
        ...args,
      ]);

    it("ends with 3 where a finding stands, with 2 where only accounts are missing, and with 0 without --fail-on", async () => {
      putRuns(folder, { [NEWEST]: users(alice) });
      expect(
        answerOf<ReportAnswer>(await command("--fail-on", "console-mfa,IAM.4", "--format", "json"), 3).failOn?.standing,
      ).to.equal(1);
      answerOf(await command("--fail-on", "IAM.4", "--format", "json"), 0);
      answerOf(await command("--format", "json"), 0);
      putRuns(folder, {
        [NEWEST]: runOf([
          [collected("111122223333", "Management"), [rootCells()]],
          notCollected("444455556666", "Lost"),
        ]),
      });
      answerOf(await command("--fail-on", "IAM.4", "--format", "json"), 2);
    });

    it("refuses a format that there is not, with the list of those that there are", async () => {
      const ended = await command("--format", "html,pdf");
      expect(ended.code).to.equal(1);
      expect(ended.stderr).to.contain('"pdf" is no format; there are html, csv, inventory, review, json, asff, ocsf');
    });
  });
});
