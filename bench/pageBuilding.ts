/**
 * The building of a page and what it took, in a process of its own:
 *
 *   node BUNDLE_OF_THIS_FILE FOLDER_OF_A_RUN PAGE
 *
 * Prints JSON of `PageBuildingFigures`.
 */
import { closeSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

import { assess } from "../report/assessment";
import { credentialRows, readColumns } from "../report/consolidatedReader";
import { DEFAULT_THRESHOLDS } from "../report/controls";
import { Exceptions } from "../report/exceptions";
import { ReportPage } from "../report/html";
import { RUN_FILES, type PageRun } from "./pageRun";

/** What a page took to build. */
export interface PageBuildingFigures {
  rows: number;
  /** From opening the rows to the page written. */
  seconds: number;
  /** Of it: reading the rows, holding them against the controls, and giving them to the page. */
  rowsSeconds: number;
  peakMiB: number;
  /** Of the rows and of the page. */
  csvBytes: number;
  pageBytes: number;
}

function build(folder: string, file: string): PageBuildingFigures {
  const input = JSON.parse(readFileSync(join(folder, RUN_FILES.input), "utf8")) as PageRun;
  const started = performance.now();
  const csv = readFileSync(join(folder, RUN_FILES.rows), "utf8");
  const exceptions = new Exceptions([], input.manifest.startedAt);
  const page = new ReportPage({ thresholds: DEFAULT_THRESHOLDS, exceptions });
  let rows = 0;
  for (const row of credentialRows(csv)) {
    page.add(row, assess(row, DEFAULT_THRESHOLDS, exceptions));
    rows += 1;
  }
  const added = performance.now();
  const out = openSync(file, "w");
  for (const piece of page.pieces({ ...input, columns: readColumns(csv) })) writeSync(out, piece);
  closeSync(out);
  return {
    rows,
    seconds: (performance.now() - started) / 1000,
    rowsSeconds: (added - started) / 1000,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    csvBytes: statSync(join(folder, RUN_FILES.rows)).size,
    pageBytes: statSync(file).size,
  };
}

const [folder = "", file = ""] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(build(folder, file))}\n`);
