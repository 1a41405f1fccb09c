import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { CONTROL_QUERY_IDS, controlSelect } from "../report/queries/controls";
import { keys } from "../runtime/store";
import type { ConsolidationFigures } from "./consolidation";
import { duckDbPython } from "./duckdb/python";
import { consolidationOrigins, reportsOf } from "./organization";
import { rounded, target, type Bench } from "./options";
import { lastLine, onCores } from "./processes";
import { bundled } from "./bundled";

/** What DuckDB took: `bench/duckdb/consolidate.py`. */
interface DuckDbFigures {
  version: string;
  rows: number;
  seconds: number;
  readSeconds: number;
  csvSeconds: number;
  parquetSeconds: number;
  controlsSeconds: number;
  /** Failed and undecided results: as many as ours. */
  findings: number;
  peakMiB: number;
}

/** A million rows to CSV, Parquet and controls on one core, a tenth of them to see what memory does, and DuckDB doing the same. */
export const consolidateBench: Bench = async (options, log) => {
  const { accounts = 10_000, users = 99, seed = 1, profile } = options;
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    const script = bundled("consolidation", folder);
    const run = async (size: number) => {
      const out = join(folder, String(size));
      mkdirSync(out);
      const flags = profile ? ["--cpu-prof", `--cpu-prof-dir=${resolve(profile)}`] : [];
      const command = [process.execPath, ...flags, script, size, users, seed, out].map(String);
      const figures = JSON.parse(await lastLine(onCores("first", command), process.env)) as ConsolidationFigures;
      return Object.fromEntries(
        Object.entries(figures).map(([name, value]) => [name, rounded(value as number)]),
      ) as unknown as ConsolidationFigures;
    };
    log(`consolidate: ${accounts} accounts of ${users + 1} rows`);
    const large = await run(accounts);
    const small = await run(Math.ceil(accounts / 10));
    log(`consolidate: ${large.seconds} s and ${large.peakMiB} MiB; now DuckDB`);
    const duckDb = await byDuckDb(join(folder, "duckdb"), typedFile(join(folder, String(accounts))), options, log);
    if (duckDb.findings !== large.findings) {
      throw new Error(`DuckDB has ${duckDb.findings} findings and the controls ${large.findings}: they must agree`);
    }
    return {
      targets: [
        target("seconds for 1,000,000 rows", large.seconds, 30),
        target("peak memory against that for a tenth", large.peakMiB / small.peakMiB, 1.25),
      ],
      large,
      small,
      duckDb,
      againstDuckDb: rounded(large.seconds / duckDb.seconds),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** The Parquet file of a run's folder. */
function typedFile(out: string): string {
  return join(out, "all", keys.typed(consolidationOrigins(1)[0]?.runId ?? ""));
}

/** @param typed Our typed rows: those of DuckDB lack what the sentinels mean, which the controls need. */
async function byDuckDb(
  folder: string,
  typed: string,
  { accounts = 10_000, users = 99, seed = 1 }: Parameters<Bench>[0],
  log: (line: string) => void,
): Promise<DuckDbFigures> {
  const python = await duckDbPython(log);
  mkdirSync(join(folder, "raw"), { recursive: true });
  const origins = consolidationOrigins(accounts);
  const reportOf = reportsOf({ users, seed });
  const lines = origins.map((origin) => Object.values(origin).join(","));
  writeFileSync(
    join(folder, "accounts.csv"),
    ["account_id,account_name,ou_path,report_generated_time,run_id", ...lines].join("\n"),
  );
  for (const { accountId } of origins) writeFileSync(join(folder, "raw", `${accountId}.csv`), reportOf(accountId));
  const controls = CONTROL_QUERY_IDS.map((id) => controlSelect(id)).join("\nUNION ALL\n");
  writeFileSync(
    join(folder, "controls.sql"),
    `WITH subjects AS (SELECT * FROM '${typed}'), results AS (${controls})
     SELECT * FROM results WHERE result IN ('fail', 'notDecidable')`,
  );
  const command = [python, join(__dirname, "duckdb/consolidate.py"), folder, folder];
  return JSON.parse(await lastLine(onCores("first", command), process.env)) as DuckDbFigures;
}
