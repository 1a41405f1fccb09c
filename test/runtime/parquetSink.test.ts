import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { duckDbPython } from "../../bench/duckdb/python";
import type { ReportOrigin } from "../../report/consolidated";
import { KNOWN_COLUMNS, type CredentialReport } from "../../report/credentialReport";
import { csvSink, type ConsolidationSink } from "../../runtime/consolidation";
import { parquetSink } from "../../runtime/parquetSink";
import { evidence, type ObjectWriter } from "../../runtime/store";
import { rootRow, userRow } from "../support/credentialReports";

const RUN = "20261123T031500Z-000001";

/** A writer that keeps what it is given. */
function memory(): ObjectWriter & { pieces: Uint8Array[]; aborted: boolean } {
  const pieces: Uint8Array[] = [];
  return {
    pieces,
    aborted: false,
    write: (bytes) => Promise.resolve(void pieces.push(bytes)),
    close: () => Promise.resolve(evidence("key", Buffer.concat(pieces))),
    abort() {
      this.aborted = true;
      return Promise.resolve();
    },
  };
}

/** Accounts of the example, each with root and some users whose cells are of every kind. */
const ACCOUNTS: { origin: ReportOrigin; report: CredentialReport }[] = [1, 2, 3, 4].map((n) => {
  const accountId = `20000000000${n}`;
  const origin = {
    accountId,
    accountName: n === 2 ? 'Comma, "quote"\nand line' : `Account ${n} ✓`,
    ouPath: "Root/Workloads",
    reportGeneratedTime: `2026-11-20T0${n}:02:03Z`,
    runId: RUN,
  };
  const rows = [
    rootRow(accountId),
    userRow(accountId, "=1+1"),
    userRow(accountId, "key", {
      password_enabled: "FALSE",
      password_last_used: "N/A",
      access_key_1_active: "true",
      access_key_1_last_rotated: "2025-01-31T23:59:59Z",
      access_key_1_last_used_date: n % 2 === 0 ? "2026-11-19T00:00:00+00:00" : "N/A",
      access_key_1_last_used_region: "eu-central-1",
    }),
    userRow(accountId, "odd", { password_last_used: "last Tuesday", additional_credentials_info: "x" }),
    ...Array.from({ length: 3 * n }, (_, i) => userRow(accountId, `user-${i}`, { mfa_active: "true" })),
  ];
  const columns = n === 3 ? [...KNOWN_COLUMNS, "additional_credentials_info"] : [...KNOWN_COLUMNS];
  return { origin, report: { columns, rows: rows.map((row) => columns.map((column) => row[column] ?? "")) } };
});
const ROWS = ACCOUNTS.reduce((sum, { report }) => sum + report.rows.length, 0);

async function feed(sink: ConsolidationSink, accounts = ACCOUNTS): Promise<void> {
  await sink.begin([...KNOWN_COLUMNS, "additional_credentials_info"]);
  for (const { origin, report } of accounts) await sink.add(origin, report);
  await sink.end();
}

async function bytesWith(rowsAtOnce?: number, accounts = ACCOUNTS): Promise<Buffer> {
  const writer = memory();
  await feed(parquetSink(writer, rowsAtOnce), accounts);
  return Buffer.concat(writer.pieces);
}

describe("parquetSink", function () {
  // DuckDB is installed once
  this.timeout(180_000);
  let folder: string;
  let python: string;

  before(async () => {
    python = await duckDbPython(() => undefined);
    folder = mkdtempSync(path.join(tmpdir(), "parquet-"));
    const csv = memory();
    await feed(csvSink(csv));
    writeFileSync(path.join(folder, "credentials.csv"), Buffer.concat(csv.pieces));
    writeFileSync(path.join(folder, "credentials.parquet"), await bytesWith());
    writeFileSync(path.join(folder, "groups.parquet"), await bytesWith(7));
    writeFileSync(path.join(folder, "empty.parquet"), await bytesWith(7, []));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** The rows that DuckDB answers; `csv` and `typed` are the two forms of the run. */
  async function query(sql: string): Promise<unknown[][]> {
    const script = `
import duckdb, json, sys
connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'")
connection.execute("CREATE VIEW csv AS SELECT * FROM read_csv('credentials.csv', header = true, all_varchar = true)")
connection.execute("CREATE VIEW typed AS SELECT * FROM 'credentials.parquet'")
print(json.dumps(connection.execute(sys.argv[1]).fetchall()))`;
    const { stdout } = await promisify(execFile)(python, ["-c", script, sql], { cwd: folder });
    return JSON.parse(stdout) as unknown[][];
  }

  it("gives a reader real dates in UTC, booleans and text", async () => {
    const types = await query("SELECT column_type, count(*) FROM (DESCRIBE typed) GROUP BY 1 ORDER BY 1");
    expect(types).to.deep.equal([
      ["BOOLEAN", 7],
      ["TIMESTAMP WITH TIME ZONE", 11],
      ["VARCHAR", 26],
    ]);
    const stored = await query(
      "SELECT DISTINCT type, converted_type, logical_type LIKE '%isAdjustedToUTC=1%MILLIS%' FROM parquet_schema('credentials.parquet') WHERE name LIKE '%_time' OR name LIKE '%_last_used'",
    );
    expect(stored, "what Athena reads as a timestamp").to.deep.equal([["INT64", "TIMESTAMP_MILLIS", true]]);
  });

  it("has the rows of the CSV, in its order, text verbatim", async () => {
    expect(await query("SELECT count(*) FROM typed")).to.deep.equal([[ROWS]]);
    const columns = 'account_id, account_name, ou_path, run_id, "user", arn';
    expect(await query(`SELECT ${columns} FROM typed`)).to.deep.equal(await query(`SELECT ${columns} FROM csv`));
  });

  it("agrees with the CSV on every date and boolean", async () => {
    const names = KNOWN_COLUMNS.filter((name) => !/^user$|^arn$|region|service/.test(name));
    const differences = names.map((name) => {
      const type = /active|enabled/.test(name) ? "BOOLEAN" : "TIMESTAMPTZ";
      return `count(*) FILTER (typed.${name} IS DISTINCT FROM try_cast(csv.${name} AS ${type}))`;
    });
    const [counts] = await query(`SELECT ${differences.join(", ")} FROM typed POSITIONAL JOIN csv`);
    expect(Object.fromEntries(names.map((name, index) => [name, counts?.[index]]))).to.deep.equal(
      Object.fromEntries(names.map((name) => [name, 0])),
    );
    expect(await query("SELECT CAST(max(report_generated_time) AS VARCHAR) FROM typed")).to.deep.equal([
      ["2026-11-20 04:02:03+00"],
    ]);
  });

  it("has the state of every date", async () => {
    const states = await query(
      "SELECT password_last_used_state, count(*), count(password_last_used) FROM typed GROUP BY 1 ORDER BY 1",
    );
    expect(states).to.deep.equal([
      ["never", ROWS - 8, 0],
      ["none", 4, 0],
      ["unknown", 4, 0],
    ]);
    const keys = await query("SELECT access_key_1_last_used_date_state, count(*) FROM typed GROUP BY 1 ORDER BY 1");
    expect(keys).to.deep.equal([
      ["date", 2],
      ["never", 2],
      ["none", ROWS - 4],
    ]);
  });

  it("is one table in many row groups, and a table without rows too", async () => {
    const groups = await query("SELECT count(DISTINCT row_group_id) FROM parquet_metadata('groups.parquet')");
    expect(groups).to.deep.equal([[Math.ceil(ROWS / 7)]]);
    const differing = await query(
      "SELECT count(*) FROM ((FROM typed EXCEPT ALL FROM 'groups.parquet') UNION ALL (FROM 'groups.parquet' EXCEPT ALL FROM typed))",
    );
    expect(differing).to.deep.equal([[0]]);
    expect(await query("SELECT count(*) FROM 'empty.parquet'")).to.deep.equal([[0]]);
    expect(await query("SELECT count(*) FROM (DESCRIBE FROM 'empty.parquet')")).to.deep.equal([[44]]);
  });

  it("names its format and version in the file", async () => {
    const metadata = await query(
      "SELECT decode(value) FROM parquet_kv_metadata('credentials.parquet') WHERE decode(key) = 'schema'",
    );
    expect(metadata).to.deep.equal([["iam-credential-reports/credentials_typed/1"]]);
  });

  it("gives the same bytes for the same rows", async () => {
    expect((await bytesWith(7)).equals(await bytesWith(7))).to.equal(true);
  });

  it("hands on a row group as soon as it is full", async () => {
    const writer = memory();
    const sink = parquetSink(writer, 10);
    await sink.begin(KNOWN_COLUMNS);
    const written: number[] = [];
    for (const { origin, report } of ACCOUNTS) {
      await sink.add(origin, report);
      written.push(writer.pieces.length);
    }
    // 7, 17, 30 and 46 rows
    expect(written).to.deep.equal([0, 1, 3, 4]);
    await sink.end();
    expect(writer.pieces).to.have.length(6);
  });

  it("gives the object up when it is aborted", async () => {
    const writer = memory();
    const sink = parquetSink(writer);
    await sink.abort();
    expect(writer.aborted).to.equal(true);
  });
});
