import type { EvidenceObject, Manifest } from "../report/manifest";
import type { RunEffort } from "./runMetrics";

/** A run whose evidence stands, complete or not. */
export interface FinishedRun extends RunEffort {
  manifest: Manifest;
  /** The manifest as it was written. */
  stored: EvidenceObject;
}

/** Tells others of a run whose evidence stands. Never throws: a run is not worse for what nobody heard of. */
export type AnnounceRun = (run: FinishedRun) => Promise<void>;
