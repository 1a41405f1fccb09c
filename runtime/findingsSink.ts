import type { Thresholds } from "../report/controls";
import { Findings, type ControlResults } from "../report/findings";
import { rowReader } from "../report/rows";
import type { ConsolidationSink } from "./consolidation";
import { textWriter, type ObjectWriter } from "./store";

/** A sink that also knows what it counted. */
export interface FindingsSink extends ConsolidationSink {
  /** Subjects by control and result, of the reports added so far. */
  results(): ControlResults[];
}

/** Holds the rows of a run against the controls and writes what fails or cannot be decided, as JSON Lines. */
export function findingsSink(writer: ObjectWriter, thresholds: Thresholds): FindingsSink {
  const findings = new Findings(thresholds);
  const text = textWriter(writer);
  return {
    begin: () => Promise.resolve(),
    async add(origin, report) {
      const read = rowReader(report.columns);
      for (const cells of report.rows) {
        const lines = findings.add(read(origin, cells));
        if (lines !== "") await text.write(lines);
      }
    },
    end: () => text.close(),
    abort: () => writer.abort(),
    results: () => findings.results(),
  };
}
