/**
 * Where a run's objects stand in the bucket, as far as policies must know it (docs/architecture.md has all of it).
 */

/** Key patterns that the collector writes, and nobody else. */
export const COLLECTOR_WRITES = [
  "runs/*",
  "credentials/*",
  "credentials_typed/*",
  "findings/*",
  "latest.json",
  "running.json",
] as const;

/**
 * Of these, what is evidence: no object of it is ever replaced. `latest.json` points to evidence, and `running.json` names the run that
 * is going on.
 */
export const WRITTEN_ONCE = COLLECTOR_WRITES.filter((pattern) => pattern.endsWith("/*"));

/** Key of what says which run is going on: the collector reads it, too. */
export const RUNNING = "running.json";

/** Key pattern that the collector reads: the manifest before its own, for the chain of hashes. */
export const COLLECTOR_READS = "runs/*/manifest.json";

/** Key pattern that the collector also reads where it delivers reports: its own rows for the page, and those of the run before. */
export const COLLECTOR_READS_TO_DELIVER = "credentials/*";

/** Prefixes that the collector lists, to find that manifest. */
export const COLLECTOR_LISTS = "runs/*";

/** Key pattern of what the steps of a run leave for each other where a state machine calls them: read and listed, too, and no evidence. */
export const WORK_OBJECTS = "work/*";

/** Key pattern of what the last of these steps reads: what the others collected. */
export const STEPS_READ = "runs/*/raw/*";

/** Key patterns of what the collector tags when it puts it, for the life cycle (runtime/evidenceTags.ts): raw reports. */
export const COLLECTOR_TAGS = "runs/*/raw/*";

/** The same for the page that it makes where it delivers reports. */
export const COLLECTOR_TAGS_TO_DELIVER = "runs/*/report.html";

/** Prefixes of what is replicated to a second Region: the evidence and the pointer to it. */
export const REPLICATED = [...WRITTEN_ONCE, "latest.json"].map((pattern) => pattern.replace("*", ""));
