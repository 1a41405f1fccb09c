import { LEADING_COLUMNS } from "../consolidated";
import { KNOWN_COLUMNS } from "../credentialReport";
import { TYPED_COLUMNS } from "../typed";

/**
 * The tables over what runs leave in the bucket, in the type names of Glue (Hive).
 *
 * One partition a day, `run_date`, is all that is projected: the folders `run=…` below it are read recursively, and every row
 * says its `run_id`. Projecting `run` too would mean the type `injected`, for which every query has to name its run, and then
 * "the newest run" could not be asked.
 * https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
 */

/** Names of the tables; each is also the folder of its objects. */
export const CREDENTIALS_TYPED = "credentials_typed";
export const CREDENTIALS = "credentials";
export const FINDINGS = "findings";

/** A column, or a partition key. */
export interface TableColumn {
  name: string;
  type: "string" | "boolean" | "timestamp" | "map<string,string>";
}

/** How the objects of a table are read. */
export interface TableFormat {
  /** As Athena and Glue call it. */
  classification: "parquet" | "csv" | "json";
  inputFormat: string;
  outputFormat: string;
  serde: string;
  serdeParameters: Readonly<Record<string, string>>;
  /** Further parameters of the table. */
  parameters: Readonly<Record<string, string>>;
}

/** A table over one of the folders that runs write. */
export interface TableDefinition {
  name: string;
  description: string;
  /** Folder in the bucket, without slashes. */
  folder: string;
  columns: readonly TableColumn[];
  format: TableFormat;
}

/** The one partition key: the day of the run, in UTC. Text, as Athena wants it for projected dates: `2026-11-23`. */
export const PARTITION_KEY: TableColumn = { name: "run_date", type: "string" };

const text = (name: string): TableColumn => ({ name, type: "string" });

const PARQUET: TableFormat = {
  classification: "parquet",
  inputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
  outputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
  serde: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
  serdeParameters: { "serialization.format": "1" },
  parameters: {},
};

const CSV: TableFormat = {
  classification: "csv",
  inputFormat: "org.apache.hadoop.mapred.TextInputFormat",
  outputFormat: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
  serde: "org.apache.hadoop.hive.serde2.OpenCSVSerde",
  // Doubled quotes are read in any case. The default escape, a backslash, is a letter like others in RFC 4180, so the escape
  // is a character that no cell has.
  serdeParameters: { separatorChar: ",", quoteChar: '"', escapeChar: "\u0001" },
  parameters: { "skip.header.line.count": "1" },
};

const JSON_LINES: TableFormat = {
  classification: "json",
  inputFormat: "org.apache.hadoop.mapred.TextInputFormat",
  outputFormat: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
  serde: "org.openx.data.jsonserde.JsonSerDe",
  // A line that is no JSON fails the query: evidence is not dropped silently.
  serdeParameters: { "ignore.malformed.json": "false" },
  parameters: {},
};

/** Every table, in order of name. */
export const TABLES: readonly TableDefinition[] = [
  {
    name: CREDENTIALS,
    description: "Credential reports of all accounts, cells as AWS wrote them",
    folder: CREDENTIALS,
    columns: [...LEADING_COLUMNS, ...KNOWN_COLUMNS].map(text),
    format: CSV,
  },
  {
    name: CREDENTIALS_TYPED,
    description: "Credential reports of all accounts: dates, booleans, and what AWS's sentinels mean",
    folder: CREDENTIALS_TYPED,
    columns: TYPED_COLUMNS.map(({ name, type }) => ({ name, type })),
    format: PARQUET,
  },
  {
    name: FINDINGS,
    description: "Subjects that fail a control, or for which the report does not decide it, with the cells that say so",
    folder: FINDINGS,
    columns: [
      ...[
        "control",
        "result",
        "account_id",
        "account_name",
        "ou_path",
        "user",
        "arn",
        "user_creation_time",
        "because",
      ].map(text),
      { name: "cells", type: "map<string,string>" },
      ...["report_generated_time", "run_id"].map(text),
    ],
    format: JSON_LINES,
  },
];

/**
 * Parameters that let Athena work out the partitions by itself: no crawler, and a run can be queried as soon as it is there.
 *
 * @param location Of the table, ending in `/`.
 * @param days How far back partitions are projected: a query without a condition on `run_date` lists one folder a day.
 */
export function projection(location: string, days: number): Record<string, string> {
  const key = PARTITION_KEY.name;
  return {
    "projection.enabled": "true",
    [`projection.${key}.type`]: "date",
    [`projection.${key}.format`]: "yyyy-MM-dd",
    [`projection.${key}.range`]: `NOW-${days}DAYS,NOW`,
    [`projection.${key}.interval`]: "1",
    [`projection.${key}.interval.unit`]: "DAYS",
    "storage.location.template": `${location}${key}=\${${key}}/`,
  };
}
