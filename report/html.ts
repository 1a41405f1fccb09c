import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import type { Assessment } from "./assessment";
import { filterBits, ROW_FILTERS } from "./attention";
import type { Thresholds } from "./controls";
import type { Difference } from "./difference/difference";
import type { Exceptions, ReviewedException } from "./exceptions";
import { subjectOf, type Manifest } from "./manifest";
import { accountTable, unitTable } from "./page/accountTable";
import { BLOCK_ROWS, PACKED_COLUMNS, RowBlocks } from "./page/blocks";
import { CODE_EPOCH } from "./page/cellCodes";
import { changesSection } from "./page/changes";
import { chartsSection } from "./page/chartsSection";
import { limitsSection, provenanceSection } from "./page/closing";
import { controlsSection } from "./page/controls";
import { coverageSection, evidenceSection } from "./page/coverage";
import { FirstRows } from "./page/firstRows";
import { controlWords, STATE_BITS, STATE_NUMBERS, statesOf, type ControlWords } from "./page/marks";
import { masthead } from "./page/masthead";
import { PAGE_SCRIPT } from "./page/script";
import { PAGE_STYLES } from "./page/styles";
import { PAGE_ROWS, PRINT_ROWS, type LineTable } from "./page/table";
import { accountsSection, unitsSection, usersSection } from "./page/tables";
import { escape, scriptJson, visible } from "./page/text";
import { USER_COLUMNS } from "./page/userRow";
import type { CredentialRow } from "./rows";
import { RunCounter } from "./summary";
import type { TrendPoint } from "./trend";

/** What the page says beside the rows. */
export interface PageInput {
  manifest: Manifest;
  /** Lower-case hexadecimal SHA-256 of the manifest's bytes, shown under provenance. */
  manifestSha256?: string;
  /** Column names of the consolidated CSV, shown under provenance. */
  columns?: readonly string[];
  /** Name of the bucket, to say where all rows are; without it the key alone is named. */
  bucket?: string;
  /** Against the run before; without it the page says that nothing was compared. */
  difference?: Difference;
  /** Oldest first, this run last; fewer than two make no trend. */
  trend?: readonly TrendPoint[];
}

/**
 * Makes a run into one self-contained HTML page: nothing is loaded from anywhere, and its content-security policy
 * (https://www.w3.org/TR/CSP3/) allows only the style sheet and the script whose hashes it names.
 *
 * `add` every row of the run in file order, then write the `pieces` one after the other. What is held grows with the size of the
 * page, not with that of the rows. The same input gives the same bytes, with the same version of Node (its zlib deflates the rows); the
 * clock is not read.
 */
export class ReportPage {
  private readonly counter = new RunCounter();
  private readonly blocks = new RowBlocks();
  private readonly firstRows = new FirstRows(PAGE_ROWS);
  private readonly words: ReadonlyMap<string, ControlWords>;

  /** @param options What the rows are held against, as given to `assess`; `exceptions` tells afterwards what became of each. */
  constructor(private readonly options: { thresholds: Thresholds; exceptions: Exceptions }) {
    this.words = new Map(controlWords(options.thresholds).map((words) => [words.id, words]));
  }

  /** @param assessments The row held against its controls, as `assess` gives them. */
  add(row: CredentialRow, assessments: readonly Assessment[]): void {
    const bits = filterBits(row);
    this.counter.add(row, assessments, bits);
    this.blocks.add(row, bits, statesOf(assessments));
    this.firstRows.add(row, assessments);
  }

  /** The page, once all rows were added. */
  *pieces(input: PageInput): Generator<string, void, undefined> {
    const { manifest } = input;
    const { thresholds } = this.options;
    const summary = this.counter.summary(manifest);
    const exceptions = this.options.exceptions.reviewed();
    const { key } = manifest.consolidated;
    const location = input.bucket === undefined ? key : `s3://${input.bucket}/${key}`;
    // an account by itself is in no unit
    const summed = manifest.organizationId === null ? [] : summary.units;
    const [accounts, units] = [accountTable(summary.accounts), unitTable(summed)];
    yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy()}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Credential report ${escape(subjectOf(manifest).id)}, run ${escape(manifest.runId)}</title>
<style>${PAGE_STYLES}</style>
</head>
<body>
<a class="skip" href="#coverage">Skip to the coverage statement</a>
${masthead(manifest, summary)}
<main>
${coverageSection(summary.coverage, summary.contradictions)}
${evidenceSection(summary.evidence, manifest.finishedAt)}
`;
    yield `${controlsSection(summary, thresholds, exceptions)}
${changesSection(input.difference, manifest)}
${chartsSection(summary, thresholds, input.trend)}
`;
    yield `<div class="tables">
${accountsSection(summary, accounts, location)}
${unitsSection(units, location)}
${usersSection(this.firstRows.rows(), this.blocks.count, this.words, location)}
</div>
${limitsSection()}
${provenanceSection({ manifest, manifestSha256: input.manifestSha256, columns: input.columns, location })}
</main>
`;
    let blocks = 0;
    for (const block of this.blocks.blocks()) yield dataElement(`rows-${blocks++}`, block);
    yield dataElement("lines", deflateSync(JSON.stringify(this.lines([accounts, units]))).toString("base64"));
    yield `<script type="application/json" id="report-data">${scriptJson(this.data(blocks, exceptions, location))}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
  }

  /** What grows with the accounts. */
  private lines(tables: readonly LineTable[]) {
    return {
      origins: this.blocks.origins,
      words: this.blocks.codes.words,
      tables: tables.map(({ id, columns, lines }) => ({ id, columns, lines })),
    };
  }

  private data(blocks: number, exceptions: readonly ReviewedException[], location: string) {
    return {
      rows: this.blocks.count,
      blocks,
      blockRows: BLOCK_ROWS,
      packed: PACKED_COLUMNS,
      epoch: CODE_EPOCH,
      stateBits: STATE_BITS,
      states: STATE_NUMBERS,
      controls: [...this.words.values()],
      filters: ROW_FILTERS.map(({ id, label }) => [id, label]),
      exceptions: exceptions
        .filter(({ state }) => state === "applied")
        .map((line) => [`${line.accountId}/${visible(line.user)}/${line.control}`, line.expires, visible(line.reason)]),
      users: USER_COLUMNS,
      pageRows: PAGE_ROWS,
      printRows: PRINT_ROWS,
      location: visible(location),
    };
  }
}

/** Data that no browser runs, for the script of the page. */
function dataElement(id: string, base64: string): string {
  return `<script type="application/octet-stream" id="${id}">${base64}</script>\n`;
}

function contentSecurityPolicy(): string {
  const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  return [
    "default-src 'none'",
    `style-src ${hash(PAGE_STYLES)}`,
    `script-src ${hash(PAGE_SCRIPT)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}
