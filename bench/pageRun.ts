import { createWriteStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { CHANGE_KINDS, countKinds, type Change, type Difference } from "../report/difference/difference";
import { CONTROLS } from "../report/controls";
import { consolidatedColumns, consolidatedHeader, consolidatedRows } from "../report/consolidated";
import { parseCredentialReport } from "../report/credentialReport";
import { countAccounts, MANIFEST_SCHEMA, type AccountRecord, type Manifest } from "../report/manifest";
import { trendPoint, type TrendPoint } from "../report/trend";
import { chance } from "./chance";
import { consolidationOrigins, reportsOf } from "./organization";

/** Names of the files of a run, in its folder. */
export const RUN_FILES = { rows: "credentials.csv", input: "input.json" } as const;

/** What a page is made from, beside the rows. */
export interface PageRun {
  manifest: Manifest;
  difference: Difference;
  trend: TrendPoint[];
}

const CHANGES = 2_000;
const RUNS = 30;
const HASH = "0".repeat(64);

/**
 * Writes a run for a page: its rows, its manifest, what changed since the run before, and the trend of thirty runs. Every row has a
 * name and dates of its own: a page of rows that repeat would be packed far smaller than a real one.
 */
export async function writePageRun(folder: string, accounts: number, users: number, seed: number): Promise<void> {
  const origins = consolidationOrigins(accounts);
  const reportOf = reportsOf({ users, seed });
  const vary = variation(seed);
  const report = (id: string) => parseCredentialReport(vary(reportOf(id)), id);
  const columns = consolidatedColumns([report(origins[0]?.accountId ?? "").columns]);
  function* lines(): Generator<string> {
    yield consolidatedHeader(columns);
    for (const origin of origins) yield consolidatedRows(columns, origin, report(origin.accountId));
  }
  await pipeline(Readable.from(lines()), createWriteStream(join(folder, RUN_FILES.rows)));
  const manifest = manifestOf(accounts, users);
  const input: PageRun = { manifest, difference: differenceTo(manifest), trend: trendTo(manifest, accounts * users) };
  writeFileSync(join(folder, RUN_FILES.input), JSON.stringify(input));
}

const PEOPLE = ["maria", "james", "wei", "olga", "ahmed", "chioma", "lucas", "priya", "sven", "yuki", "fatima", "noah"];
const NAMES = ["okafor", "lindqvist", "nguyen", "silva", "moreau", "tanaka", "haddad", "kowalski", "smith", "fischer"];
const SERVICES = ["deploy", "backup", "billing", "ingest", "ci-runner", "exporter", "replica", "monitor", "sync"];
const DAYS = 1_300;

/** Gives every user of a report another name and all dates other days, the same for the same seed. */
function variation(seed: number): (report: string) => string {
  let asked = 0;
  const below = (limit: number): number => Math.floor(chance(seed, asked++) * limit);
  const of = (words: readonly string[]): string => words[below(words.length)] ?? "";
  const name = (): string =>
    below(2) === 0 ? `${of(PEOPLE)}.${of(NAMES)}${below(1_000)}` : `svc-${of(SERVICES)}-${below(1e6).toString(36)}`;
  const day = (): string =>
    new Date(Date.UTC(2023, 0, 1) + below(DAYS * 86_400) * 1000).toISOString().replace(".000Z", "+00:00");
  return (report) => {
    const names = new Map<string, string>();
    return report
      .replace(/user-\d+-\d+/g, (user) => {
        const known = names.get(user) ?? name();
        names.set(user, known);
        return known;
      })
      .replace(/20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00/g, day);
  };
}

/** One account in a hundred is missing, beside those that have rows. */
function manifestOf(accounts: number, users: number): Manifest {
  const origins = consolidationOrigins(accounts);
  const records: AccountRecord[] = origins.map(({ accountId, accountName, ouPath, reportGeneratedTime }) => ({
    ...{ state: "collected", accountId, accountName, ouPath, reportGeneratedTime, rows: users + 1 },
    raw: { key: `raw/${accountId}.csv`, bytes: 1, sha256: HASH },
  }));
  for (let n = 0; n < accounts / 100; n += 1) {
    records.push({
      ...{ state: "notCollected", accountId: `3${String(n).padStart(11, "0")}`, accountName: `Missing ${n}` },
      ...{ ouPath: `Root/Division ${n % 10}`, step: "assumeRole", code: "AccessDenied", attempts: 1 },
      message: "User is not authorized to perform: sts:AssumeRole",
      remedy: "Deploy the member role into this account, then run the collector again.",
    });
  }
  const counts = countAccounts(records);
  return {
    schema: MANIFEST_SCHEMA,
    runId: origins[0]?.runId ?? "",
    startedAt: "2026-11-23T03:00:00Z",
    finishedAt: "2026-11-23T03:20:00Z",
    organizationId: "o-bench00000",
    managementAccountId: origins[0]?.accountId ?? "",
    complete: false,
    counts,
    rows: accounts * (users + 1),
    accounts: records,
    consolidated: { key: RUN_FILES.rows, bytes: 1, sha256: HASH },
    previous: null,
  };
}

function differenceTo({ runId, finishedAt, complete, accounts }: Manifest): Difference {
  const changes = Array.from({ length: CHANGES }, (_, n): Change => {
    const { accountId = "", accountName = "", ouPath = "" } = accounts[n % accounts.length] ?? {};
    const kind = CHANGE_KINDS[n % CHANGE_KINDS.length] ?? "userAdded";
    const control = kind.startsWith("finding") ? (CONTROLS[n % CONTROLS.length]?.id ?? null) : null;
    return { kind, accountId, accountName, ouPath, user: `user-${n}`, control, before: null, after: null };
  });
  const from = { runId: "20261122T030000Z-000000", finishedAt: "2026-11-22T03:20:00Z", complete: true };
  return { from, to: { runId, finishedAt, complete }, counts: countKinds(changes), changes };
}

function trendTo(manifest: Manifest, subjects: number): TrendPoint[] {
  return Array.from({ length: RUNS }, (_, n) => {
    const day = new Date(Date.parse(manifest.finishedAt) - (RUNS - 1 - n) * 86_400_000).toISOString();
    const fail = Math.round((subjects * (RUNS - n)) / (4 * RUNS));
    return {
      ...trendPoint(manifest),
      runId: `${day.slice(0, 10).replaceAll("-", "")}T030000Z-000000`,
      finishedAt: day,
      controls: CONTROLS.map(({ id }) => ({
        ...{ control: id, pass: subjects - fail, fail },
        ...{ notApplicable: 0, notDecidable: 0 },
      })),
    };
  });
}
