import { ByteWriter, ParquetWriter, type SchemaElement } from "hyparquet-writer";

import { TYPED_COLUMNS, type TypedBatch, type TypedColumn, type TypedValue } from "../report/typed";

/** Format name and version of the typed file; it stands in the file's own metadata under `schema`. */
export const TYPED_SCHEMA = "iam-credential-reports/credentials_typed/1";

/**
 * Encodes typed rows as Apache Parquet, a row group at a time, so that only one group is in memory. Equal groups give
 * equal bytes.
 *
 * Strings are UTF8, booleans BOOLEAN, dates INT64 TIMESTAMP_MILLIS adjusted to UTC; Snappy throughout: what Athena, Spark,
 * DuckDB and pandas all read.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#timestamp
 */
export class ParquetEncoder {
  private readonly bytes = new ByteWriter();
  private readonly writer = new ParquetWriter({
    writer: this.bytes,
    schema: [{ name: "credentials", num_children: TYPED_COLUMNS.length }, ...TYPED_COLUMNS.map(schemaElement)],
    codec: "SNAPPY",
    kvMetadata: [{ key: "schema", value: TYPED_SCHEMA }],
    createdBy: "iam-credential-reports",
  });

  /** The bytes of one more row group; with the first come those that a file begins with. */
  rowGroup(batch: TypedBatch): Uint8Array {
    const written = this.writer.write({
      columnData: TYPED_COLUMNS.map(({ name, type }, index) => ({
        name,
        data: batch.column(index) as TypedValue[],
        // Older readers know booleans in the plain encoding only.
        ...(type === "boolean" ? { encoding: "PLAIN" as const } : {}),
        // Least and greatest values let a reader skip a group; of other columns every group has much the same.
        statistics: type === "timestamp" || name === "account_id",
      })),
      rowGroupSize: batch.rows,
    });
    // It is a promise for writers that flush by themselves; this one is emptied here.
    if (written) throw new Error("the Parquet writer did not write at once");
    return this.take();
  }

  /** The bytes that end the file. */
  end(): Uint8Array {
    if (this.writer.finish()) throw new Error("the Parquet writer did not finish at once");
    return this.take();
  }

  /** What was written since the last time. The offset goes on: places in a Parquet file are counted from its beginning. */
  private take(): Uint8Array {
    const taken = this.bytes.getBytes().slice();
    this.bytes.index = 0;
    return taken;
  }
}

function schemaElement({ name, type, nullable }: TypedColumn): SchemaElement {
  const repetition = { name, repetition_type: nullable ? ("OPTIONAL" as const) : ("REQUIRED" as const) };
  switch (type) {
    case "string":
      return { ...repetition, type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } };
    case "boolean":
      return { ...repetition, type: "BOOLEAN" };
    case "timestamp":
      return {
        ...repetition,
        type: "INT64",
        converted_type: "TIMESTAMP_MILLIS",
        logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" },
      };
  }
}
