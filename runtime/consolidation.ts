import { consolidatedHeader, consolidatedRows, type ReportOrigin } from "../report/consolidated";
import type { CredentialReport } from "../report/credentialReport";
import type { EvidenceObject } from "../report/manifest";
import { textWriter, type ObjectWriter } from "./store";

export type { ReportOrigin } from "../report/consolidated";

/**
 * Writes the reports of a run as one object, of whatever format. `begin`, then `add` for each account in order of account id,
 * then `end`; after a failure `abort`.
 */
export interface ConsolidationSink {
  /** @param columns The report columns of all accounts together, known ones first. */
  begin(columns: readonly string[]): Promise<void>;
  /** @param report Its columns may be fewer than those of `begin`, and in another order. */
  add(origin: ReportOrigin, report: CredentialReport): Promise<void>;
  /** Completes the object. */
  end(): Promise<EvidenceObject>;
  /** Gives the object up and leaves nothing of it; never throws. */
  abort(): Promise<void>;
}

/** Writes the consolidated CSV: the cells of AWS verbatim, preceded by whose they are. */
export function csvSink(writer: ObjectWriter): ConsolidationSink {
  let columns: readonly string[] = [];
  const text = textWriter(writer);
  return {
    begin: (names) => {
      columns = names;
      return text.write(consolidatedHeader(columns));
    },
    add: (origin, report) => text.write(consolidatedRows(columns, origin, report)),
    end: () => text.close(),
    abort: () => writer.abort(),
  };
}

/** One account's part of a consolidation. */
export interface ConsolidationPart {
  origin: ReportOrigin;
  /** Reads the account's report; called once, when its turn comes. */
  read: () => Promise<CredentialReport>;
}

/** What each of some sinks wrote, in their order. */
type Written<T> = { [K in keyof T]: EvidenceObject };

/**
 * Feeds every part to every sink, in the order given, one report in memory at a time.
 *
 * @param columns The report columns of all parts together.
 * @param sinks If one fails, all are given up.
 */
export async function consolidate<const T extends readonly ConsolidationSink[]>(
  columns: readonly string[],
  parts: Iterable<ConsolidationPart>,
  sinks: T,
): Promise<Written<T>> {
  try {
    for (const sink of sinks) await sink.begin(columns);
    for (const { origin, read } of parts) {
      const report = await read();
      for (const sink of sinks) await sink.add(origin, report);
    }
    const written: EvidenceObject[] = [];
    for (const sink of sinks) written.push(await sink.end());
    return written as Written<T>;
  } catch (error) {
    await Promise.all(sinks.map((sink) => sink.abort()));
    throw error;
  }
}
