import { inflateSync } from "node:zlib";
import { assess } from "../../report/assessment";
import { consolidatedColumns, consolidatedHeader, consolidatedRows } from "../../report/consolidated";
import { credentialRows } from "../../report/consolidatedReader";
import { DEFAULT_THRESHOLDS, type Thresholds } from "../../report/controls";
import { Exceptions, type ControlException } from "../../report/exceptions";
import { ReportPage, type PageInput } from "../../report/html";
import { CODE_EPOCH, type Word } from "../../report/page/cellCodes";
import type { Origin } from "../../report/page/blocks";
import type { LineTable } from "../../report/page/table";
import { RunCounter, type Summary } from "../../report/summary";
import { everyKindOfRow } from "../support/everyKindOfRow";
import { collected, manifestOf, RUN_ID, type Run } from "./factories";

/** What a page is made with, beside the run. */
export interface PageOptions extends Partial<PageInput> {
  exceptions?: readonly ControlException[];
  thresholds?: Thresholds;
}

/** The page of a run, made as the commands make it. */
export function pageOf({ manifest, csv }: Run, options: PageOptions = {}): string {
  const { exceptions: list = [], thresholds = DEFAULT_THRESHOLDS, ...input } = options;
  const exceptions = new Exceptions(list, manifest.startedAt);
  const page = new ReportPage({ thresholds, exceptions });
  for (const row of credentialRows(csv)) page.add(row, assess(row, thresholds, exceptions));
  return [...page.pieces({ manifest, ...input })].join("");
}

/** The figures of a run. */
export function summaryOf({ manifest, csv }: Run, list: readonly ControlException[] = []): Summary {
  const exceptions = new Exceptions(list, manifest.startedAt);
  const counter = new RunCounter();
  for (const row of credentialRows(csv)) counter.add(row, assess(row, DEFAULT_THRESHOLDS, exceptions));
  return counter.summary(manifest);
}

/** A run whose rows have every kind of cell in every column. */
export function runOfEveryKind(accounts: number, rows: number): Run {
  const reports = everyKindOfRow(accounts, rows, RUN_ID, 7);
  const columns = consolidatedColumns(reports.map(({ report }) => report.columns));
  return {
    manifest: manifestOf(
      reports.map(({ origin, report }) =>
        collected(origin.accountId, origin.accountName, {
          ouPath: origin.ouPath,
          reportGeneratedTime: origin.reportGeneratedTime,
          rows: report.rows.length,
        }),
      ),
    ),
    csv:
      consolidatedHeader(columns) +
      reports.map(({ origin, report }) => consolidatedRows(columns, origin, report)).join(""),
  };
}

/** The text of a data element of the page. */
function elementText(html: string, id: string): string {
  return new RegExp(`<script type="application/[a-z-]+" id="${id}">(.*?)</script>`, "s").exec(html)?.[1] ?? "";
}

/** What the page carries for its script beside the rows. */
export interface PageData {
  rows: number;
  blocks: number;
  blockRows: number;
  packed: string[];
  stateBits: number;
  states: Record<string, number[]>;
  controls: { id: string; subjects: "root" | "user" }[];
  filters: [id: string, label: string][];
  exceptions: [key: string, expires: string, reason: string][];
}

export function dataOf(html: string): PageData {
  return JSON.parse(elementText(html, "report-data")) as PageData;
}

/** The page's tables of plain lines, and what its rows refer to. */
export function linesOf(html: string): { origins: Origin[]; words: Word[]; tables: LineTable[] } {
  const text = inflateSync(Buffer.from(elementText(html, "lines"), "base64")).toString("utf8");
  return JSON.parse(text) as ReturnType<typeof linesOf>;
}

/** A row as the page carries it. */
export interface UnpackedRow {
  user: string;
  origin: Origin;
  bits: number;
  states: number;
  /** Cells as AWS wrote them, by column. */
  cells: Record<string, string>;
}

/** Every row that a page carries, read out of its blocks. */
export function unpackedRows(html: string): UnpackedRow[] {
  const data = dataOf(html);
  const { origins, words } = linesOf(html);
  const written = (code: number): string => {
    if (code < 0) return words[-1 - code]?.[0] ?? "";
    return `${new Date((CODE_EPOCH + (code >> 1)) * 1000).toISOString().slice(0, 19)}${code & 1 ? "Z" : "+00:00"}`;
  };
  const rows: UnpackedRow[] = [];
  for (let block = 0; block < data.blocks; block += 1) {
    const bytes = inflateSync(Buffer.from(elementText(html, `rows-${block}`), "base64"));
    const count = Math.min(data.blockRows, data.rows - rows.length);
    const number = (column: number, row: number) => bytes.readInt32LE((column * count + row) * 4);
    const names = bytes
      .subarray((3 + data.packed.length) * count * 4)
      .toString("utf8")
      .split("\n");
    for (const [n, user] of names.entries()) {
      rows.push({
        user,
        origin: origins[number(0, n)]!,
        bits: number(1, n),
        states: number(2, n),
        cells: Object.fromEntries(data.packed.map((column, at) => [column, written(number(3 + at, n))])),
      });
    }
  }
  return rows;
}
