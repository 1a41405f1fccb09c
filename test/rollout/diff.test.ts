import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { DEFAULT_THRESHOLDS, type Thresholds } from "../../report/controls";
import type { Manifest } from "../../report/manifest";
import { diff, type DiffAnswer, type DiffOptions } from "../../rollout/commands/diff";
import { CompareProgress } from "../../rollout/progress/compareProgress";
import { RolloutError } from "../../rollout/errors";
import { keys } from "../../runtime/store";
import {
  collected,
  daysAgo,
  notCollected,
  passwordCells,
  rootCells,
  runOf,
  userCells,
  type Cells,
  type Run,
} from "../report/factories";
import { answerOf, PROJECT, run as runProgram } from "../support/commandLine";
import { putObject, putRuns } from "../support/runsInFolder";

const RUNS = ["20261121T031500Z-000001", "20261122T031500Z-000002", "20261123T031500Z-000003"] as const;
const [FIRST, SECOND, NEWEST] = RUNS;
const ACCOUNT = "111122223333";

const created = (name: string, days: number, cells: Cells = {}): Cells =>
  userCells(name, { ...cells, user_creation_time: daysAgo(days) });
const users = (...cells: Cells[]): Run => runOf([[collected(ACCOUNT, "Management"), [rootCells(), ...cells]]]);

describe("diff", () => {
  let folder: string;
  let lines: string[];
  const put = (runs: Record<string, Run>, more: Partial<Manifest> = {}): void => putRuns(folder, runs, more);
  const compare = (options: DiffOptions = {}): Promise<DiffAnswer> =>
    diff({ log: (line) => lines.push(line), progress: { write: () => true } }, { from: folder, ...options });
  const failure = async (options: DiffOptions = {}): Promise<string> => {
    const error: unknown = await compare(options).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(RolloutError);
    expect(lines, "nothing is told of a comparison that failed").to.deep.equal([]);
    return (error as Error).message;
  };
  const threeRuns = (): void =>
    put({
      [FIRST]: users(created("anna", 10)),
      [SECOND]: users(created("anna", 10), created("ben", 20)),
      [NEWEST]: users(created("anna", 10, { mfa_active: "true" }), created("ben", 20)),
    });

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "diff-"));
    lines = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("compares the newest run with the one before it", async () => {
    threeRuns();
    const answer = await compare();
    expect(answer).to.deep.include({ command: "diff", place: folder, thresholds: DEFAULT_THRESHOLDS });
    expect([answer.from.runId, answer.to.runId]).to.deep.equal([SECOND, NEWEST]);
    expect(answer.counts).to.include({ mfaGained: 1, findingClosed: 1, userAdded: 0 });
    expect(answer.changes.map(({ kind, user }) => [kind, user])).to.deep.equal([
      ["mfaGained", "anna"],
      ["findingClosed", "anna"],
    ]);
  });

  it("compares the runs that are named", async () => {
    threeRuns();
    const second = await compare({ run: SECOND });
    expect([second.from.runId, second.to.runId, second.counts.userAdded]).to.deep.equal([FIRST, SECOND, 1]);
    const all = await compare({ since: FIRST });
    expect([all.from.runId, all.to.runId]).to.deep.equal([FIRST, NEWEST]);
    expect(all.counts).to.include({ userAdded: 1, mfaGained: 1 });
  });

  it("takes the run before from the manifest, not from the list of runs", async () => {
    threeRuns();
    // A run that began before and ended after the newest is not its predecessor.
    putObject(folder, `runs/20261123T031400Z-000009/manifest.json`, JSON.stringify({ schema: "of another tool" }));
    expect((await compare({ run: NEWEST })).from.runId).to.equal(SECOND);
  });

  it("holds both runs against the thresholds of the newer", async () => {
    const thresholds = { ...DEFAULT_THRESHOLDS, unusedDays: 5 };
    const held = (run: Run, thresholds: Thresholds): Run => ({
      ...run,
      manifest: { ...run.manifest, controls: { thresholds, results: [] } },
    });
    put({
      [FIRST]: held(users(created("anna", 500, passwordCells(true, 1))), DEFAULT_THRESHOLDS),
      [NEWEST]: held(users(created("anna", 500, passwordCells(true, 9))), thresholds),
    });
    const answer = await compare();
    expect(answer.thresholds).to.deep.equal(thresholds);
    expect(answer.changes.map(({ kind, control }) => [kind, control])).to.deep.equal([
      ["findingOpened", "unused-credentials"],
    ]);
  });

  it("tells people the changes by kind, and how many more there are", async () => {
    const many = Array.from({ length: 23 }, (_, n) => created(`user-${n}`, 100 + n, { mfa_active: "true" }));
    put({ [FIRST]: users(created("\u202egnp", 10)), [NEWEST]: users(...many) });
    const { counts, changes } = await compare();
    expect(counts.userAdded).to.equal(23);
    expect(changes.filter(({ kind }) => kind === "userAdded")).to.have.length(23);
    const text = lines.join("\n");
    expect(lines[0]).to.contain(`Run ${NEWEST}`).and.to.contain(`against run ${FIRST}`);
    expect(lines[0]).to.match(/: 25 changes$/);
    expect(text).to.contain("  Users added: 23\n    111122223333 Management · user-0: created ");
    expect(text).to.contain("    … and 3 more; --json has all");
    expect(text).to.contain("  Users removed: 1");
    expect(text).to.contain(
      "Findings closed: 1\n    111122223333 Management · [U+202E]gnp · user-mfa: fail: has no MFA",
    );
    expect(text, "names cannot steer a terminal").not.to.contain("\u202e");
    expect(text).not.to.contain("MFA lost");
  });

  it("says that nothing changed", async () => {
    put({ [FIRST]: users(), [NEWEST]: users() });
    expect((await compare()).changes).to.deep.equal([]);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/: nothing changed$/);
  });

  it("warns of a run that is incomplete, with how much it lacks", async () => {
    const [first, second] = ["222222222222", "333333333333"];
    const management = [collected(ACCOUNT, "Management"), [rootCells()]] as [ReturnType<typeof collected>, Cells[]];
    put({
      [FIRST]: runOf([management, notCollected(first, "Lost"), notCollected(second, "Also")]),
      [NEWEST]: runOf([management, [collected(first, "Lost"), [rootCells()]], notCollected(second, "Also")]),
    });
    const answer = await compare();
    expect([answer.from.complete, answer.to.complete]).to.deep.equal([false, false]);
    expect(lines.slice(1, 3)).to.deep.equal([
      `  Run ${FIRST} is incomplete: 2 accounts of 3 in scope not collected, and not compared`,
      `  Run ${NEWEST} is incomplete: 1 account of 3 in scope not collected, and not compared`,
    ]);
    expect(lines.slice(3)).to.deep.equal([
      "  Accounts that entered coverage: 1",
      `    ${first} Lost: not collected: AccessDenied at assumeRole → collected`,
    ]);
  });

  describe("refuses, with what to do,", () => {
    it("where nothing, or only one run, was collected", async () => {
      expect(await failure()).to.contain("run collect first");
      put({ [NEWEST]: users() });
      const message = await failure();
      expect(message).to.contain(`Run ${NEWEST}`).and.to.contain("is the first").and.to.contain("run collect again");
    });

    it("a run that is not there, naming those that are", async () => {
      threeRuns();
      for (const options of [{ run: "20200101T000000Z-000000" }, { since: "20200101T000000Z-000000" }]) {
        const message = await failure(options);
        expect(message).to.contain(`There is no run 20200101T000000Z-000000 in ${folder}`);
        expect(message).to.contain(`${NEWEST}, ${SECOND}, ${FIRST}`);
      }
    });

    it("a run and itself, and runs in the wrong order", async () => {
      threeRuns();
      expect(await failure({ run: FIRST, since: FIRST })).to.contain(
        "compared with itself: name an older run with --since",
      );
      expect(await failure({ since: NEWEST })).to.contain("compared with itself");
      expect(await failure({ run: FIRST, since: SECOND })).to.contain(
        `swap them, with --run ${SECOND} --since ${FIRST}`,
      );
    });

    it("where the run before has expired, unless another is named", async () => {
      threeRuns();
      rmSync(path.join(folder, `runs/${SECOND}`), { recursive: true });
      const message = await failure();
      expect(message).to.contain(`Run ${SECOND}, the one before run ${NEWEST}`).and.to.contain("--since");
      expect((await compare({ since: FIRST })).counts.userAdded).to.equal(1);
    });

    it("evidence that was altered: rows, or the manifest of the run before", async () => {
      threeRuns();
      const { csv } = users(created("anna", 10));
      putObject(folder, keys.consolidated(SECOND), csv);
      expect(await failure()).to.contain(`${keys.consolidated(SECOND)} in ${folder} is not what the collector wrote`);
      threeRuns();
      const forged = { ...users().manifest, runId: SECOND, previous: null };
      putObject(
        folder,
        `runs/${SECOND}/manifest.json`,
        JSON.stringify({ ...forged, consolidated: putObject(folder, keys.consolidated(SECOND), csv) }),
      );
      expect(await failure())
        .to.contain(`The manifest of run ${SECOND}`)
        .and.to.contain("Run verify");
    });

    it("rows that are not those of the manifest, as a file of another run", async () => {
      put({ [FIRST]: users(), [NEWEST]: { ...users(created("anna", 1)), manifest: users().manifest } });
      const message = await failure();
      expect(message).to.contain(`Runs ${FIRST} and ${NEWEST} cannot be compared`);
      expect(message).to.contain(`account ${ACCOUNT} has 2 rows where the manifest counts 1`);
    });

    it("where there is neither a configuration nor a folder", async () => {
      expect(await failure({ from: undefined })).to.contain("give --from DIR");
    });

    it("when it is interrupted", async () => {
      threeRuns();
      const error: unknown = await diff(
        { log: (line) => lines.push(line), signal: AbortSignal.abort(), progress: { write: () => true } },
        { from: folder },
      ).catch((e: unknown) => e);
      expect(String(error)).to.contain("Interrupted: nothing was compared");
    });
  });

  it("exits with 0 whether or not something changed, with one JSON object on standard output", async () => {
    threeRuns();
    const tsx = path.join(PROJECT, "node_modules/tsx/dist/loader.mjs");
    const orchestrate = (...args: string[]) =>
      runProgram(
        process.execPath,
        [`--import=${tsx}`, path.join(PROJECT, "orchestrate.ts"), "diff", "--from", folder, ...args],
        { cwd: folder },
      );
    const ended = await orchestrate("--json");
    const answer = answerOf<DiffAnswer>(ended);
    expect(Object.keys(answer).sort()).to.deep.equal([
      "changes",
      "command",
      "counts",
      "from",
      "place",
      "thresholds",
      "to",
    ]);
    expect(answer.changes[0]).to.deep.equal({
      ...{
        kind: "mfaGained",
        accountId: ACCOUNT,
        accountName: "Management",
        ouPath: "Root",
        user: "anna",
        control: null,
      },
      ...{ before: "no MFA", after: "MFA" },
    });
    expect(ended.stderr).to.contain("MFA gained: 1");
    const plain = await orchestrate("--since", "20200101T000000Z-000000");
    expect([plain.code, plain.stdout]).to.deep.equal([1, ""]);
    expect(plain.stderr)
      .to.match(/^Error: There is no run/)
      .and.not.to.contain("    at ");
  });
});

describe("progress of a comparison", () => {
  const shown = (isTTY: boolean, milliseconds: number, rows: number): string[] => {
    const written: string[] = [];
    let now = 0;
    const progress = new CompareProgress({ isTTY, write: (text) => written.push(text) }, () => now);
    progress.reading("run a");
    for (let row = 1; row <= rows; row += 1) {
      now += milliseconds;
      progress.row(rows);
    }
    progress.close();
    return written;
  };

  it("is one living line on a terminal, and a line every ten seconds elsewhere", () => {
    expect(shown(true, 1, 2500)).to.deep.equal([
      "\r\u001b[2K  reading run a",
      "\r\u001b[2K  1,000 of 2,500 rows compared",
      "\r\u001b[2K  2,000 of 2,500 rows compared",
      "\r\u001b[2K",
    ]);
    expect(shown(false, 1, 9000)).to.deep.equal([]);
    expect(shown(false, 1, 20_000)).to.deep.equal([
      "  10,000 of 20,000 rows compared\n",
      "  20,000 of 20,000 rows compared\n",
    ]);
  });
});
