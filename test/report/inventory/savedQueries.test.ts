import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { KNOWN_COLUMNS } from "../../../report/credentialReport";
import { DEFAULT_THRESHOLDS } from "../../../report/controls";
import { accountsWriter } from "../../../report/inventory/accounts";
import { unitsWriter } from "../../../report/inventory/units";
import { usersWriter } from "../../../report/inventory/users";
import { savedQueries } from "../../../report/queries";
import { FINDINGS } from "../../../report/queries/tables";
import { parquetSink } from "../../../runtime/parquetSink";
import { csvSink } from "../../../runtime/consolidation";
import { FolderStore } from "../../../runtime/folderStore";
import { keys } from "../../../runtime/store";
import { athenaOver } from "../../support/duckDb";
import { RUN_ID } from "../factories";
import { everyKindOfRun, linesOf, reportsOfEveryKind, type Line } from "./inventory";

const SEED = 7;
/** All of time: the tests must not depend on today's date. */
const ALWAYS = 365_000;

describe("the inventory and the saved queries", function () {
  // DuckDB is installed once
  this.timeout(180_000);
  const making = everyKindOfRun(60, 12, SEED, 1);
  const accounts = linesOf(accountsWriter, making);
  const users = linesOf(usersWriter, making);
  let answers: Record<string, Line[]>;

  before(async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "inventory-"));
    const store = new FolderStore(folder);
    for (const sink of [
      csvSink(await store.open(keys.consolidated(RUN_ID))),
      parquetSink(await store.open(keys.typed(RUN_ID))),
    ]) {
      await sink.begin(KNOWN_COLUMNS);
      for (const { origin, report } of reportsOfEveryKind(60, 12, SEED, 1)) await sink.add(origin, report);
      await sink.end();
    }
    await store.put(`${FINDINGS}/run_date=2026-11-20/run=${RUN_ID}/findings.json`, Buffer.from("{}\n"));
    const queries = savedQueries(DEFAULT_THRESHOLDS, ALWAYS);
    const found = await (await athenaOver(folder))(queries.map(({ sql }) => sql));
    const text = (value: unknown): string =>
      typeof value === "string" ? value : JSON.stringify(value ?? "").replaceAll('"', "");
    answers = Object.fromEntries(
      queries.map(({ id }, index) => [
        id,
        (found[index] ?? []).map((row) =>
          Object.fromEntries(Object.entries(row).map(([name, value]) => [name, text(value)])),
        ),
      ]),
    );
    rmSync(folder, { recursive: true });
  });

  const named = (line: Line): string => `${line["account_id"] ?? ""} ${line["user"] ?? ""}`;
  const pick = (line: Line, columns: readonly string[]) => columns.map((column) => `${column}: ${line[column] ?? "?"}`);
  const SHARED = [
    "users",
    "users_with_console_access",
    "console_users_without_mfa",
    "active_keys",
    "active_keys_over_90_days",
  ];

  it("agree on the totals of every account", () => {
    const found = answers["totals-by-account"] ?? [];
    expect(found).to.have.length(60);
    expect(accounts.map((line) => pick(line, ["account_id", ...SHARED]))).to.deep.equal(
      found.map((line) => pick(line, ["account_id", ...SHARED])),
    );
  });

  it("agree on the totals of every unit that has none below", () => {
    const units = linesOf(unitsWriter, making).filter((line) => line["ou_path"] !== "Root");
    const columns = ["ou_path", ...SHARED, "root_users_with_mfa"];
    const found = answers["totals-by-ou"] ?? [];
    expect(units.map((line) => pick(line, columns))).to.deep.equal(found.map((line) => pick(line, columns)));
    expect(units.map((line) => [line["accounts_collected"], line["oldest_report"]])).to.deep.equal(
      found.map((line) => [line["accounts"], line["oldest_report"]?.replace(" ", "T").replace(/$/, "Z")]),
    );
  });

  it("agree on who is dormant", () => {
    const dormant = users.filter((line) => line["dormant"] === "yes").map(named);
    expect(dormant).not.to.be.empty;
    expect(dormant.sort()).to.deep.equal((answers["dormant-users"] ?? []).map(named).sort());
  });

  it("agree on which account has no user", () => {
    const without = accounts.filter((line) => line["without_users"] === "yes").map((line) => line["account_id"]);
    expect(without).to.deep.equal(["100000000059"]);
    expect(without).to.deep.equal((answers["accounts-without-users"] ?? []).map((line) => line["account_id"]));
  });

  it("agree on the ages of passwords and keys", () => {
    const ages = new Map<string, string | undefined>();
    for (const line of users) {
      for (const n of [1, 2]) ages.set(`${named(line)} ${n}`, line[`key_${n}_days`]);
      ages.set(`${named(line)} password`, line["password_days"]);
    }
    const found = answers["access-keys"] ?? [];
    expect(found).not.to.be.empty;
    for (const key of found) {
      expect(ages.get(`${named(key)} ${key["key_number"] ?? ""}`), named(key)).to.equal(key["key_days"]);
    }
    for (const line of answers["password-age"] ?? []) {
      expect(ages.get(`${named(line)} password`), named(line)).to.equal(line["password_days"]);
    }
  });
});
