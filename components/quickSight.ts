import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Thresholds } from "../report/controls";
import { allControlsQuery } from "../report/queries/controls";
import { DEFAULT_WINDOW_DAYS, newestRun, USER } from "../report/queries/sql";
import { childMaker, type Transforms } from "./transform";

/** Children of {@link QuickSightData}, with their arguments. */
export interface QuickSightDataChildren {
  dataSource: aws.quicksight.DataSourceArgs;
  dataSet: aws.quicksight.DataSetArgs;
}

/** Arguments of {@link QuickSightData}. */
export interface QuickSightDataArgs {
  /** Athena workgroup that the questions run in. */
  workgroup: pulumi.Input<string>;
  /** Glue database with the tables. */
  database: pulumi.Input<string>;
  /** QuickSight user or group that may build on the data. */
  principalArn: pulumi.Input<string>;
  /** Thresholds of the controls; those of the benchmarks if absent. */
  thresholds?: Thresholds;
  /** Tags of data source and data sets. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Other arguments or options for child resources than they get here: see {@link Transforms}. */
  transform?: Transforms<QuickSightDataChildren>;
}

/** The sets of permissions that QuickSight takes for using, not owning. https://docs.aws.amazon.com/quicksight/latest/developerguide/controlling-access.html */
const USE_DATA_SOURCE = [
  "quicksight:DescribeDataSource",
  "quicksight:DescribeDataSourcePermissions",
  "quicksight:PassDataSource",
];
const USE_DATA_SET = [
  "quicksight:DescribeDataSet",
  "quicksight:DescribeDataSetPermissions",
  "quicksight:DescribeIngestion",
  "quicksight:ListIngestions",
  "quicksight:PassDataSet",
];

/** A column of a data set. */
interface DataSetColumn {
  name: string;
  type: "STRING" | "DATETIME";
}

const text = (name: string): DataSetColumn => ({ name, type: "STRING" });
const time = (name: string): DataSetColumn => ({ name, type: "DATETIME" });

const USER_COLUMNS: readonly DataSetColumn[] = [
  ...["account_id", "account_name", "ou_path", "user", "arn"].map(text),
  time("user_creation_time"),
  text("password_enabled_state"),
  time("password_last_used"),
  time("password_last_changed"),
  text("mfa_active_state"),
  ...([1, 2] as const).flatMap((n) => [
    text(`access_key_${n}_active_state`),
    time(`access_key_${n}_last_rotated`),
    time(`access_key_${n}_last_used_date`),
    text(`access_key_${n}_last_used_service`),
  ]),
  time("report_generated_time"),
  text("run_id"),
];

const RESULT_COLUMNS: readonly DataSetColumn[] = [
  "account_id",
  "account_name",
  "ou_path",
  "user",
  "arn",
  "control",
  "result",
].map(text);

/** The users of the newest run, as the data set of that name has them. */
export function usersSql(): string {
  const columns = USER_COLUMNS.map(({ name }) => (name === "user" ? USER : name));
  return `${newestRun(DEFAULT_WINDOW_DAYS)}\nSELECT ${columns.join(", ")}\nFROM subjects`;
}

/**
 * A QuickSight data source on the workgroup, and two data sets: the users of the newest run, and the result of every control
 * for every subject. They ask Athena directly, so a dashboard never shows an older run than there is.
 *
 * The role with which QuickSight works must be one of the readers of the evidence, and needs the analyst's policy.
 */
export class QuickSightData extends pulumi.ComponentResource {
  readonly dataSourceArn: pulumi.Output<string>;

  constructor(name: string, args: QuickSightDataArgs, opts?: pulumi.ComponentResourceOptions) {
    super("iam-credential-reports:index:QuickSightData", name, {}, opts);
    const child = { parent: this };
    const make = childMaker<QuickSightDataChildren>(
      `QuickSightData ${name}`,
      ["dataSource", "dataSet"],
      args.transform,
    );
    const source = make(
      "dataSource",
      aws.quicksight.DataSource,
      name,
      {
        dataSourceId: "iam-credential-reports",
        name: "IAM credential reports",
        type: "ATHENA",
        parameters: { athena: { workGroup: args.workgroup } },
        sslProperties: { disableSsl: false },
        permissions: [{ principal: args.principalArn, actions: USE_DATA_SOURCE }],
        tags: args.tags,
      },
      child,
    );
    const dataSet = (
      id: string,
      title: string,
      sql: string,
      columns: readonly DataSetColumn[],
    ): aws.quicksight.DataSet =>
      make(
        "dataSet",
        aws.quicksight.DataSet,
        `${name}-${id}`,
        {
          dataSetId: `iam-credential-reports-${id}`,
          name: title,
          importMode: "DIRECT_QUERY",
          physicalTableMaps: [
            {
              physicalTableMapId: id,
              customSql: {
                dataSourceArn: source.arn,
                name: title,
                sqlQuery: pulumi.output(args.database).apply((database) => qualified(sql, database)),
                columns: columns.map((column) => ({ ...column })),
              },
            },
          ],
          permissions: [{ principal: args.principalArn, actions: USE_DATA_SET }],
          tags: args.tags,
        },
        child,
      );
    dataSet("users", "IAM users of the newest run", usersSql(), USER_COLUMNS);
    dataSet("controls", "Controls of the newest run", allControlsQuery(args.thresholds), RESULT_COLUMNS);

    this.dataSourceArn = source.arn;
    this.registerOutputs({ dataSourceArn: this.dataSourceArn });
  }
}

/** QuickSight names no database with the SQL, so the SQL has to. */
export function qualified(sql: string, database: string): string {
  return sql.replaceAll(/\bFROM (credentials_typed)\b/g, `FROM "${database}"."$1"`);
}
