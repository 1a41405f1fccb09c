import { parse } from "csv-parse/sync";
import { assess } from "../../../report/assessment";
import { DEFAULT_THRESHOLDS, type Thresholds } from "../../../report/controls";
import { readCredentialRows } from "../../../report/consolidatedReader";
import { Exceptions, type ControlException } from "../../../report/exceptions";
import type { CollectedAccount, Manifest } from "../../../report/manifest";
import { rowReader, type CredentialRow } from "../../../report/rows";
import type { RowWriter } from "../../../report/rowWriter";
import { everyKindOfRow } from "../../support/everyKindOfRow";
import { collected, manifestOf, RUN_ID, type Run } from "../factories";

/** What a file of the inventory is made with in tests. */
export interface Making {
  manifest: Manifest;
  rows: readonly CredentialRow[];
  thresholds?: Thresholds;
  exceptions?: readonly ControlException[];
}

export function makingOf({ manifest, csv }: Run): Making {
  return { manifest, rows: readCredentialRows(csv) };
}

/** The text of a file of the inventory, row after row. */
export function textOf(
  writer: (options: { manifest: Manifest; thresholds: Thresholds }) => RowWriter,
  { manifest, rows, thresholds = DEFAULT_THRESHOLDS, exceptions = [] }: Making,
): string {
  const file = writer({ manifest, thresholds });
  const excepted = new Exceptions(exceptions, manifest.startedAt);
  let text = file.begin();
  for (const row of rows) text += file.add(row, assess(row, thresholds, excepted));
  return text + file.end();
}

/** A line of a spreadsheet by column name. */
export type Line = Record<string, string>;

/** The lines of a file of the inventory; the apostrophe of text that looks like a number is taken off. */
export function linesOf(writer: Parameters<typeof textOf>[0], making: Making): Line[] {
  const lines = parse<Line>(textOf(writer, making), { bom: true, columns: true, record_delimiter: "\r\n" });
  return lines.map((line) =>
    Object.fromEntries(Object.entries(line).map(([name, cell]) => [name, cell.replace(/^'(?=\d)/, "")])),
  );
}

/** Reports whose rows have every kind of cell in every column; the last accounts have a root user only. */
export function reportsOfEveryKind(accounts: number, rowsEach: number, seed: number, rootOnly = 0) {
  return everyKindOfRow(accounts, rowsEach, RUN_ID, seed).map(({ origin, report }, index) => ({
    origin,
    report: index < accounts - rootOnly ? report : { ...report, rows: report.rows.slice(0, 1) },
  }));
}

/** The run of {@link reportsOfEveryKind}. */
export function everyKindOfRun(accounts: number, rowsEach: number, seed: number, rootOnly = 0): Making {
  const all = reportsOfEveryKind(accounts, rowsEach, seed, rootOnly);
  const records = all.map(({ origin, report }): CollectedAccount =>
    collected(origin.accountId, origin.accountName, {
      ouPath: origin.ouPath,
      reportGeneratedTime: origin.reportGeneratedTime,
      rows: report.rows.length,
    }),
  );
  return {
    manifest: manifestOf(records, { finishedAt: "2026-11-21T02:00:00Z" }),
    rows: all.flatMap(({ origin, report }) => {
      const read = rowReader(report.columns);
      return report.rows.map((cells) => read(origin, cells));
    }),
  };
}
