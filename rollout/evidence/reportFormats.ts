/** What `report` can make of a run, by the name for `--format` (docs/reports.md). */
export const REPORT_FORMATS = ["html", "csv", "inventory", "review", "json", "asff", "ocsf"] as const;

/** One of {@link REPORT_FORMATS}. */
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** What is made where nothing is asked for. */
export const DEFAULT_FORMATS: readonly ReportFormat[] = ["html", "csv", "inventory"];
