import { TypedBatch } from "../report/typed";
import type { ConsolidationSink } from "./consolidation";
import { ParquetEncoder } from "./parquet";
import type { ObjectWriter } from "./store";

/**
 * Rows of a row group: as many as keep a group's arrays to some tens of megabytes, and enough for a reader to skip by and
 * for dictionaries to pay.
 */
const ROWS_AT_ONCE = 10_000;

/**
 * Writes the typed form of a run as Parquet. A row group is written when it is full, whichever accounts it holds, so the
 * bytes depend on the rows alone and memory on the size of a group alone.
 *
 * Report columns that the typed form does not know are not in it: they are in the consolidated CSV.
 */
export function parquetSink(writer: ObjectWriter, rowsAtOnce = ROWS_AT_ONCE): ConsolidationSink {
  const encoder = new ParquetEncoder();
  const batch = new TypedBatch();

  const flush = async (): Promise<void> => {
    const bytes = encoder.rowGroup(batch);
    batch.clear();
    await writer.write(bytes);
  };

  return {
    begin: () => Promise.resolve(),
    async add(origin, report) {
      for (let from = 0; from < report.rows.length;) {
        const to = Math.min(report.rows.length, from + rowsAtOnce - batch.rows);
        batch.add(origin, report, from, to);
        from = to;
        if (batch.rows >= rowsAtOnce) await flush();
      }
    },
    async end() {
      if (batch.rows > 0) await flush();
      await writer.write(encoder.end());
      return writer.close();
    },
    abort: () => writer.abort(),
  };
}
