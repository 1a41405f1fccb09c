import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { CONTROLS, controlsOf, DEFAULT_THRESHOLDS, resultOf } from "../../../report/controls";
import { KNOWN_COLUMNS } from "../../../report/credentialReport";
import { savedQueries } from "../../../report/queries";
import { CONTROL_QUERY_IDS, controlQuery, controlSelect } from "../../../report/queries/controls";
import { FINDINGS, TABLES } from "../../../report/queries/tables";
import { rowReader, type CredentialRow } from "../../../report/rows";
import { csvSink } from "../../../runtime/consolidation";
import { FolderStore } from "../../../runtime/folderStore";
import { parquetSink } from "../../../runtime/parquetSink";
import { keys } from "../../../runtime/store";
import { athenaOver } from "../../support/duckDb";
import { everyKindOfRow } from "../../support/everyKindOfRow";

const BEFORE = "20261119T031500Z-000001";
const NEWEST = "20261120T031500Z-0a3f1c";
/** All of time: the tests must not depend on today's date. */
const ALWAYS = 365_000;

type Accounts = ReturnType<typeof everyKindOfRow>;
type Row = Record<string, unknown>;

async function write(store: FolderStore, runId: string, accounts: Accounts): Promise<void> {
  for (const sink of [
    csvSink(await store.open(keys.consolidated(runId))),
    parquetSink(await store.open(keys.typed(runId))),
  ]) {
    await sink.begin(KNOWN_COLUMNS);
    for (const { origin, report } of accounts) await sink.add(origin, report);
    await sink.end();
  }
}

function rowsOf(accounts: Accounts): CredentialRow[] {
  return accounts.flatMap(({ origin, report }) => {
    const read = rowReader(report.columns);
    return report.rows.map((cells) => read(origin, cells));
  });
}

describe("the saved queries", function () {
  // DuckDB is installed once
  this.timeout(180_000);
  // the last account has a root user only
  const accounts = everyKindOfRow(300, 12, NEWEST, 7).map(({ origin, report }, index) => ({
    origin,
    report: index === 299 ? { ...report, rows: report.rows.slice(0, 1) } : report,
  }));
  const rows = rowsOf(accounts);
  let folder: string;
  let ask: (sql: string[]) => Promise<Row[][]>;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "queries-"));
    const store = new FolderStore(folder);
    await write(store, BEFORE, everyKindOfRow(302, 12, BEFORE, 1000));
    await write(store, NEWEST, accounts);
    for (const [runId, user] of [
      [BEFORE, "forgotten"],
      [NEWEST, "alice"],
    ] as const) {
      const line = {
        control: "console-mfa",
        result: "fail",
        account_id: "100000000001",
        user,
        cells: { mfa_active: "false" },
        run_id: runId,
      };
      const day = `${runId.slice(0, 4)}-${runId.slice(4, 6)}-${runId.slice(6, 8)}`;
      await store.put(
        `${FINDINGS}/run_date=${day}/run=${runId}/findings.json`,
        Buffer.from(`${JSON.stringify(line)}\n`),
      );
    }
    ask = await athenaOver(folder);
  });
  after(() => rmSync(folder, { recursive: true }));

  const one = async (sql: string): Promise<Row[]> => (await ask([sql]))[0] ?? [];
  const saved = (id: string): string => {
    const query = savedQueries(DEFAULT_THRESHOLDS, ALWAYS).find((known) => known.id === id);
    if (!query) throw new Error(`no saved query ${id}`);
    return query.sql;
  };
  const nameOf = (row: Row): string => `${String(row["account_id"])} ${String(row["user"])}`;

  it("agree with the table of controls on every subject, in the newest run only", async () => {
    const answers = await ask(CONTROL_QUERY_IDS.map((id) => controlQuery(id, DEFAULT_THRESHOLDS, ALWAYS)));
    CONTROL_QUERY_IDS.forEach((id, index) => {
      const control = CONTROLS.find((known) => known.id === id);
      if (!control) throw new Error(`the table has no control ${id}`);
      const wanted = rows
        .filter((row) => controlsOf(row).includes(control))
        .map((row) => `${row.accountId} ${row.user}: ${resultOf(control, row, DEFAULT_THRESHOLDS)}`);
      const found = (answers[index] ?? []).map((row) => `${nameOf(row)}: ${String(row["result"])}`);
      expect(found.sort(), id).to.deep.equal(wanted.sort());
    });
    expect(CONTROL_QUERY_IDS).to.deep.equal(CONTROLS.map(({ id }) => id));
  });

  it("meet every result of every control, so that the comparison above means something", async () => {
    const results = await one(saved("control-totals"));
    const met = (id: string): string[] =>
      results.filter((row) => row["control"] === id).map((row) => String(row["result"]));
    for (const id of CONTROL_QUERY_IDS) {
      const applicable = ["root-access-key", "root-mfa", "root-mfa-or-no-password", "root-use", "user-mfa"].includes(
        id,
      );
      const wanted = id === "root-hardware-mfa" ? [] : ["fail", "pass", ...(applicable ? [] : ["notApplicable"])];
      expect(met(id), id).to.have.members([...wanted, "notDecidable"]);
    }
    const subjects = results.reduce((sum, row) => sum + Number(row["subjects"]), 0);
    const all = CONTROL_QUERY_IDS.reduce(
      (sum, id) => sum + rows.filter((row) => controlsOf(row).some((control) => control.id === id)).length,
      0,
    );
    expect(subjects, "every subject has one result a control").to.equal(all);
  });

  it("follow the thresholds that they are made for", async () => {
    const strict = { rootUseDays: 90, unusedDays: 1, dormantDays: 400, keyAgeDays: 400 };
    const [few, many] = await ask([
      controlQuery("unused-credentials", { ...strict, unusedDays: 400 }, ALWAYS),
      controlQuery("unused-credentials", strict, ALWAYS),
    ]);
    const failing = (found: Row[] = []): number => found.filter((row) => row["result"] === "fail").length;
    expect(failing(few)).to.be.lessThan(failing(many));
    expect(() => controlQuery("unused-credentials", { ...strict, unusedDays: 0 })).to.throw(RangeError, "from 1 on");
    expect(() => controlSelect("no-such-control")).to.throw("no query for the control no-such-control");
  });

  it("all run, and name their columns", async () => {
    const queries = savedQueries(DEFAULT_THRESHOLDS, ALWAYS);
    const answers = await ask(queries.map(({ sql }) => sql));
    expect(new Set(queries.map(({ id }) => id))).to.have.property("size", queries.length);
    queries.forEach(({ id }, index) => {
      if (id !== "changes") expect(answers[index], id).not.to.be.empty;
    });
  });

  it("list every IAM user once, with creation time, and no root user", async () => {
    const wanted = rows.filter(({ isRoot }) => !isRoot).map(({ accountId, user }) => `${accountId} ${user}`);
    for (const id of ["iam-users", "console-access", "user-access-review"]) {
      expect((await one(saved(id))).map(nameOf).sort(), id).to.deep.equal(wanted.sort());
    }
  });

  it("give ages in whole days from the time of the report", async () => {
    const found = await one(saved("access-keys"));
    const wanted = rows.flatMap((row) =>
      row.isRoot && row.keys.every((key) => key.active !== true && key.lastRotated.kind !== "date")
        ? []
        : row.keys
            .filter((key) => key.active === true || key.lastRotated.kind === "date")
            .map(({ number, lastRotated }) => {
              const days = lastRotated.kind === "date" ? (row.generatedAt - lastRotated.at) / 86_400_000 : undefined;
              return `${row.accountId} ${row.user} ${number} ${days === undefined ? "null" : Math.max(0, Math.floor(days))}`;
            }),
    );
    const lines = found.map((row) => `${nameOf(row)} ${String(row["key_number"])} ${String(row["key_days"])}`);
    expect(lines.sort()).to.deep.equal(wanted.sort());
  });

  it("count per account and per unit what the rows hold", async () => {
    const [byAccount = [], byUnit = []] = await ask([saved("totals-by-account"), saved("totals-by-ou")]);
    const sum = (found: Row[], column: string): number => found.reduce((total, row) => total + Number(row[column]), 0);
    expect(byAccount).to.have.length(300);
    expect(byUnit).to.have.length(3);
    for (const found of [byAccount, byUnit]) {
      expect(sum(found, "users")).to.equal(rows.filter(({ isRoot }) => !isRoot).length);
      expect(sum(found, "active_keys")).to.equal(
        rows.flatMap((row) => row.keys).filter(({ active }) => active === true).length,
      );
    }
  });

  it("name accounts that an earlier run covered and the newest does not", async () => {
    const found = await one(saved("coverage"));
    const missing = found.filter((row) => row["coverage"] === "missing").map((row) => row["account_id"]);
    expect(missing).to.deep.equal(["100000000300", "100000000301"]);
    expect(found).to.have.length(302);
  });

  it("name accounts that have a root user only", async () => {
    expect((await one(saved("accounts-without-users"))).map((row) => row["account_id"])).to.deep.equal([
      "100000000299",
    ]);
  });

  it("list dormant users as the control of that name fails them, where every usable credential is unused", async () => {
    const dormant = (await one(saved("dormant-users"))).map(nameOf);
    const failing = (await one(controlQuery("dormant-credentials", DEFAULT_THRESHOLDS, ALWAYS)))
      .filter((row) => row["result"] === "fail")
      .map(nameOf);
    expect(dormant).not.to.be.empty;
    expect(failing).to.include.members(dormant);
    expect(dormant.length).to.be.lessThan(failing.length);
  });

  it("show the findings of the newest run only", async () => {
    expect((await one(saved("findings"))).map((row) => row["user"])).to.deep.equal(["alice"]);
  });

  it("read the verbatim table as RFC 4180, name for name", async () => {
    const [first] = await one(
      `SELECT account_name, "user" FROM credentials WHERE "user" <> '<root_account>' ORDER BY account_id LIMIT 1`,
    );
    expect(first).to.include({ account_name: 'Account "0", \\ of many' });
    expect(first?.["user"]).to.match(/^user-\d+,=1$/);
  });

  it("name a column of every table that the saved queries could miss: none is written twice", () => {
    for (const { name, columns } of TABLES) {
      expect(new Set(columns.map((column) => column.name)).size, name).to.equal(columns.length);
    }
  });
});

describe("the saved query of changes", function () {
  this.timeout(180_000);
  const GENERATED = "2026-11-20T00:17:03Z";
  const nobody = Object.fromEntries(
    KNOWN_COLUMNS.map((column) => [column, /active|enabled/.test(column) ? "false" : "N/A"]),
  );
  const account = (
    runId: string,
    accountId: string,
    users: Record<string, Record<string, string>>,
  ): Accounts[number] => ({
    origin: { accountId, accountName: "a", ouPath: "Root", reportGeneratedTime: GENERATED, runId },
    report: {
      columns: [...KNOWN_COLUMNS],
      rows: Object.entries(users).map(([user, cells]) => {
        const row: Record<string, string> = {
          ...nobody,
          user,
          arn: `arn:aws:iam::${accountId}:user/${user}`,
          user_creation_time: "2024-01-01T00:00:00Z",
          ...cells,
        };
        return KNOWN_COLUMNS.map((column) => row[column] ?? "");
      }),
    },
  });
  const key = (rotated: string, active = "true") => ({
    access_key_1_active: active,
    access_key_1_last_rotated: rotated,
  });

  it("names users, keys, MFA and console access that came, went or changed; a user made again is another one", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "changes-"));
    const store = new FolderStore(folder);
    const old = "2025-01-01T00:00:00Z";
    await write(store, BEFORE, [
      account(BEFORE, "100000000001", {
        "<root_account>": { password_last_used: "no_information", password_enabled: "not_supported" },
        same: key(old),
        left: {},
        again: {},
        rotated: key(old),
        off: key(old),
        mfa: { mfa_active: "true" },
        console: {},
      }),
      account(BEFORE, "100000000002", { gone: {} }),
    ]);
    await write(store, NEWEST, [
      account(NEWEST, "100000000001", {
        "<root_account>": { password_last_used: "2026-11-19T12:00:00Z", password_enabled: "not_supported" },
        same: key(old),
        again: { user_creation_time: "2026-11-19T00:00:00Z" },
        rotated: key("2026-11-19T00:00:00Z"),
        off: key(old, "false"),
        mfa: { mfa_active: "false" },
        console: { password_enabled: "true", ...key(old) },
      }),
    ]);
    await store.put(`${FINDINGS}/run_date=2026-11-20/run=${NEWEST}/findings.json`, Buffer.from("{}\n"));
    const ask = await athenaOver(folder);
    const query = savedQueries(DEFAULT_THRESHOLDS, ALWAYS).find(({ id }) => id === "changes");
    const [found = []] = await ask([query?.sql ?? ""]);
    expect(found.map((row) => `${String(row["user"])}: ${String(row["change"])}`)).to.have.members([
      "<root_account>: root used",
      "left: user removed",
      "again: user removed",
      "again: user added",
      "rotated: key 1 rotated",
      "off: key 1 deactivated",
      "mfa: MFA lost",
      "console: console access gained",
      "console: key 1 added",
    ]);
    rmSync(folder, { recursive: true });
  });
});
