import path from "node:path";
import { asffWriter, type AsffOptions } from "../../report/formats/asff";
import { assess, Tally, type Assessment, type ControlTally } from "../../report/assessment";
import { credentialRows, readColumns } from "../../report/consolidatedReader";
import type { Thresholds } from "../../report/controls";
import { Exceptions, type ControlException, type ReviewedException } from "../../report/exceptions";
import { ReportPage, type PageInput } from "../../report/html";
import { INVENTORY, REVIEW_PAGE } from "../../report/inventory";
import { jsonReportWriter } from "../../report/formats/jsonReport";
import type { Difference } from "../../report/difference/difference";
import { ocsfWriter } from "../../report/formats/ocsf";
import type { RowWriter } from "../../report/rowWriter";
import type { CredentialRow } from "../../report/rows";
import type { TrendPoint } from "../../report/trend";
import type { ReadRun } from "./evidence";
import { OutputFiles } from "./outputFiles";
import type { ReportFormat } from "./reportFormats";

/** What is made of a run, and from what. */
export interface OutputRequest {
  folder: string;
  formats: readonly ReportFormat[];
  run: ReadRun;
  thresholds: Thresholds;
  exceptions: readonly ControlException[];
  /** Against the run before; undefined where there is none to compare with. */
  difference: Difference | undefined;
  /** Oldest first, this run last. */
  trend: readonly TrendPoint[];
  bucket: string | undefined;
  /** Whether findings in ASFF and OCSF hold what passes, too. */
  passes: boolean;
  /** Where findings in ASFF are imported. */
  asff: Pick<AsffOptions, "region" | "importAccountId">;
}

/** What was made, and what the rows say on the way. */
export interface Outputs {
  /** Paths of the files by their names. */
  files: Record<string, string>;
  controls: ControlTally[];
  exceptions: ReviewedException[];
}

/** A file, and how it takes the rows. */
interface RowFile {
  name: string;
  begin: () => string;
  add: (row: CredentialRow, assessments: readonly Assessment[]) => string;
  end: () => Iterable<string>;
}

/** Makes the files of a run in one pass over its rows: all of them, or none. */
export function writeOutputs(request: OutputRequest): Outputs {
  const exceptions = new Exceptions(request.exceptions, request.run.manifest.startedAt);
  const tally = new Tally();
  const made = rowFiles(request, exceptions, tally);
  const files = new OutputFiles(request.folder);
  try {
    const open = made.map((made) => ({ ...made, to: files.open(made.name) }));
    for (const { begin, to } of open) to.write(begin());
    for (const row of credentialRows(request.run.csv)) {
      const assessments = assess(row, request.thresholds, exceptions);
      for (const assessment of assessments) tally.add(assessment);
      for (const { add, to } of open) to.write(add(row, assessments));
    }
    for (const { end, to } of open) for (const piece of end()) to.write(piece);
    files.commit();
  } catch (error) {
    files.abandon();
    throw error;
  }
  return {
    files: Object.fromEntries(made.map(({ name }) => [name, path.join(request.folder, name)])),
    controls: tally.results(),
    exceptions: exceptions.reviewed(),
  };
}

function rowFiles(request: OutputRequest, exceptions: Exceptions, tally: Tally): RowFile[] {
  const { run, thresholds, difference, trend, bucket, passes } = request;
  const { manifest, manifestSha256 } = run;
  const made: Record<ReportFormat, () => RowFile[]> = {
    html: () => {
      const page = new ReportPage({ thresholds, exceptions });
      const add = (row: CredentialRow, assessments: readonly Assessment[]): string => {
        page.add(row, assessments);
        return "";
      };
      const columns = readColumns(run.csv);
      const input: PageInput = {
        ...{ manifest, manifestSha256, columns, trend },
        ...(bucket === undefined ? {} : { bucket }),
        ...(difference === undefined ? {} : { difference }),
      };
      return [{ name: "report.html", begin: () => "", add, end: () => page.pieces(input) }];
    },
    csv: () => [{ name: "credentials.csv", begin: () => "", add: () => "", end: () => [run.csv] }],
    inventory: () => INVENTORY.map(({ name, writer }) => rowFile(name, writer({ manifest, thresholds }))),
    review: () => [rowFile(REVIEW_PAGE.name, REVIEW_PAGE.writer({ manifest, thresholds }))],
    json: () => {
      const closing = () => ({
        controls: tally.results(),
        exceptions: exceptions.reviewed(),
        changes: difference
          ? { from: difference.from.runId, counts: difference.counts, list: difference.changes }
          : null,
      });
      return [rowFile("report.json", jsonReportWriter(manifest, thresholds, closing))];
    },
    asff: () => [rowFile("findings.asff.jsonl", asffWriter({ run: manifest, thresholds, passes, ...request.asff }))],
    ocsf: () => [rowFile("findings.ocsf.jsonl", ocsfWriter({ run: manifest, thresholds, passes }))],
  };
  return request.formats.flatMap((format) => made[format]());
}

function rowFile(name: string, writer: RowWriter): RowFile {
  return {
    name,
    begin: () => writer.begin(),
    add: (row, held) => writer.add(row, held),
    end: () => [writer.end()],
  };
}
