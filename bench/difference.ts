import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

import { consolidatedColumns, consolidatedHeader, consolidatedRows } from "../report/consolidated";
import { parseCredentialReport, type CredentialReport } from "../report/credentialReport";
import { countAccounts, MANIFEST_SCHEMA, type EvidenceObject, type Manifest } from "../report/manifest";
import { keys } from "../runtime/store";
import { chance } from "./chance";
import type { DifferenceFigures } from "./differenceRun";
import { consolidationOrigins, reportsOf } from "./organization";
import { rounded, target, type Bench } from "./options";
import { lastLine, onCores } from "./processes";
import { bundled } from "./bundled";

const OLDER = "20261122T030000Z-000000";
const NEWER = "20261123T030000Z-000000";

/** Two runs of 200,000 users compared on one core: a night apart, and with no user in common. */
export const differenceBench: Bench = async (options, log) => {
  const { accounts = 10_000, users = 20, seed = 1, profile } = options;
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    // Commands load the engine's SDK, which is not needed for a folder.
    const script = bundled("differenceRun", folder, ["@pulumi/*"]);
    const compare = async (name: string, newer: (id: string) => CredentialReport): Promise<DifferenceFigures> => {
      const evidence = join(folder, name);
      const previous = writeRun(evidence, OLDER, accounts, reports(users, seed), null);
      writeRun(evidence, NEWER, accounts, newer, previous);
      const flags = profile ? ["--cpu-prof", `--cpu-prof-dir=${resolve(profile)}`] : [];
      const command = [process.execPath, ...flags, script, evidence];
      const figures = JSON.parse(await lastLine(onCores("first", command), process.env)) as DifferenceFigures;
      log(`difference: ${name}: ${figures.changes} changes in ${rounded(figures.seconds)} s`);
      return Object.fromEntries(
        Object.entries(figures).map(([figure, value]) => [figure, rounded(value as number)]),
      ) as unknown as DifferenceFigures;
    };
    log(`difference: twice ${accounts} accounts of ${users} users`);
    const night = await compare("night", aNightLater(reports(users, seed), seed));
    const strangers = await compare("strangers", reports(users, seed + 1));
    return {
      targets: [
        target("seconds for two runs a night apart", night.seconds, 10),
        target("peak memory in MiB", night.peakMiB, 500),
      ],
      night,
      strangers,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

function reports(users: number, seed: number): (id: string) => CredentialReport {
  const reportOf = reportsOf({ users, seed });
  return (id) => parseCredentialReport(reportOf(id), id);
}

/** The same reports with some of what happens in a night: of a thousand users, some are gone, have MFA, or rotated a key. */
function aNightLater(reportOf: (id: string) => CredentialReport, seed: number): (id: string) => CredentialReport {
  return (id) => {
    const { columns, rows } = reportOf(id);
    const [mfa, rotated] = ["mfa_active", "access_key_1_last_rotated"].map((column) => columns.indexOf(column));
    const changed = rows.flatMap((row, n) => {
      const pick = n === 0 ? 1 : chance(seed, id, n, "night");
      if (pick < 0.002) return [];
      const set = (at: number | undefined, cell: string) => [row.map((was, column) => (column === at ? cell : was))];
      if (pick < 0.007) return set(mfa, row[mfa ?? -1] === "true" ? "false" : "true");
      if (pick < 0.017 && row[rotated ?? -1] !== "N/A") return set(rotated, "2026-11-23T01:00:00+00:00");
      return [row];
    });
    return { columns, rows: changed };
  };
}

/** Writes a run in the layout of the bucket, as far as `diff` reads it. */
function writeRun(
  folder: string,
  runId: string,
  accounts: number,
  reportOf: (id: string) => CredentialReport,
  previous: Manifest["previous"],
): Manifest["previous"] {
  const time = `2026-11-${runId.slice(6, 8)}T03:00:00Z`;
  const origins = consolidationOrigins(accounts).map((origin) => ({ ...origin, runId, reportGeneratedTime: time }));
  const columns = consolidatedColumns([reportOf(origins[0]?.accountId ?? "").columns]);
  const lines = [consolidatedHeader(columns)];
  const records = origins.map((origin) => {
    const report = reportOf(origin.accountId);
    lines.push(consolidatedRows(columns, origin, report));
    const { accountId, accountName, ouPath, reportGeneratedTime } = origin;
    const raw = { key: `runs/${runId}/raw/${accountId}.csv`, bytes: 1, sha256: "0".repeat(64) };
    const rows = report.rows.length;
    return { state: "collected" as const, accountId, accountName, ouPath, reportGeneratedTime, rows, raw };
  });
  const manifest: Manifest = {
    schema: MANIFEST_SCHEMA,
    runId,
    startedAt: time,
    finishedAt: time,
    organizationId: "o-exampleorgid",
    managementAccountId: origins[0]?.accountId ?? "",
    complete: true,
    counts: countAccounts(records),
    rows: records.reduce((sum, { rows }) => sum + rows, 0),
    accounts: records,
    consolidated: write(folder, keys.consolidated(runId), lines.join("")),
    previous,
  };
  const { key, sha256 } = write(folder, keys.manifest(runId), JSON.stringify(manifest));
  return { runId, key, sha256 };
}

function write(folder: string, key: string, text: string): EvidenceObject {
  const file = join(folder, key);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return { key, bytes: Buffer.byteLength(text), sha256: createHash("sha256").update(text).digest("hex") };
}
