import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { duckDbPython } from "../../bench/duckdb/python";
import { PARTITION_KEY, TABLES, type TableDefinition } from "../../report/queries/tables";

/**
 * Runs queries over a folder in the layout of the bucket with DuckDB, whose tables are made from the same definitions as those
 * of Glue: column for column, with Athena's types (timestamps without a zone, in UTC).
 *
 * @returns A function that answers each query's rows as objects; timestamps as text.
 */
export async function athenaOver(folder: string): Promise<(sql: string[]) => Promise<Record<string, unknown>[][]>> {
  const python = await duckDbPython(() => undefined);
  const script = `
import duckdb, json, sys
connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'")
request = json.load(sys.stdin)
for view in request["views"]:
    connection.execute(view)
answers = []
for sql in request["queries"]:
    result = connection.execute(sql)
    names = [column[0] for column in result.description]
    answers.append([dict(zip(names, row)) for row in result.fetchall()])
print(json.dumps(answers, default=str))`;
  const views = TABLES.map(viewOf);
  return async (queries) => {
    const run = promisify(execFile)(python, ["-c", script], { cwd: folder, maxBuffer: 1 << 28 });
    run.child.stdin?.end(JSON.stringify({ views, queries }));
    return JSON.parse((await run).stdout) as Record<string, unknown>[][];
  };
}

const DUCKDB_TYPES = {
  string: "VARCHAR",
  boolean: "BOOLEAN",
  timestamp: "TIMESTAMP",
  "map<string,string>": "MAP(VARCHAR, VARCHAR)",
};

function viewOf(table: TableDefinition): string {
  const columns = table.columns.map(({ name, type }) => `CAST("${name}" AS ${DUCKDB_TYPES[type]}) AS "${name}"`);
  return `CREATE VIEW ${table.name} AS SELECT ${columns.join(", ")}, "${PARTITION_KEY.name}" FROM ${reader(table)}`;
}

function reader({ folder, format, columns }: TableDefinition): string {
  const hive = `hive_partitioning = true, hive_types = {'${PARTITION_KEY.name}': VARCHAR}`;
  const types = columns.map(({ name, type }) => `'${name}': '${DUCKDB_TYPES[type]}'`).join(", ");
  switch (format.classification) {
    case "parquet":
      return `read_parquet('${folder}/*/*/*', ${hive})`;
    case "csv":
      return `read_csv('${folder}/*/*/*', header = true, all_varchar = true, ${hive})`;
    case "json":
      return `read_json('${folder}/*/*/*', format = 'newline_delimited', columns = {${types}}, ${hive})`;
  }
}
