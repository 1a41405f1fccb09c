import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Thresholds } from "../report/controls";
import { savedQueries } from "../report/queries";
import { TABLES } from "../report/queries/tables";
import { glueTable } from "./analysisTables";
import { analystPolicy } from "./analystPolicy";
import { providerContext } from "./providerContext";
import { QueryResultsBucket, type QueryResultsBucketArgs } from "./queryResultsBucket";
import { childMaker, type MakeChild, type Transforms } from "./transform";

/** Children of {@link Analysis}, with their arguments. */
export interface AnalysisChildren {
  results: QueryResultsBucketArgs;
  database: aws.glue.CatalogDatabaseArgs;
  table: aws.glue.CatalogTableArgs;
  workgroup: aws.athena.WorkgroupArgs;
  query: aws.athena.NamedQueryArgs;
}

/** Arguments of {@link Analysis}. */
export interface AnalysisArgs {
  /** Name of the Glue database. @example "iam_credential_reports" */
  database: string;
  /** Name of the Athena workgroup; names of saved queries begin with it. @example "iam-credential-reports" */
  workgroup: string;
  /** Bucket of the evidence. */
  bucketName: pulumi.Input<string>;
  /** Bucket for what queries answer, made here. */
  resultsBucketName: pulumi.Input<string>;
  /** Key that encrypts the evidence; its policy lets readers encrypt their results with it. */
  keyArn: pulumi.Input<string>;
  /** Roles that may ask. */
  readerRoleArns: pulumi.Input<pulumi.Input<string>[]>;
  /** Days that evidence is kept, 0 for ever: how far back the tables go. */
  retentionDays: number;
  /** Days that results are kept. */
  resultsRetentionDays: number;
  /** The most that one query may read, in MiB, 10 at least; Athena cancels it there. */
  scanLimitMiB: number;
  /** Thresholds of the saved queries; those of the benchmarks if absent. */
  thresholds?: Thresholds;
  /** Tags of what takes tags. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Other arguments or options for child resources than they get here: see {@link Transforms}. */
  transform?: Transforms<AnalysisChildren>;
}

/**
 * Questions to the evidence in SQL: tables over what runs leave in the bucket, without a crawler; an Athena workgroup whose
 * settings nobody can override, whose results are encrypted with the key of the evidence and expire; and saved queries.
 */
export class Analysis extends pulumi.ComponentResource {
  readonly database: pulumi.Output<string>;
  /** Name of the workgroup, known once its results have their bucket. */
  readonly workgroup: pulumi.Output<string>;
  readonly resultsBucketName: pulumi.Output<string>;
  /** JSON of the policy that an analyst's role needs. */
  readonly analystPolicy: pulumi.Output<string>;

  constructor(name: string, args: AnalysisArgs, opts?: pulumi.ComponentResourceOptions) {
    super("iam-credential-reports:index:Analysis", name, {}, opts);
    const child = { parent: this };
    const make = childMaker<AnalysisChildren>(
      `Analysis ${name}`,
      ["results", "database", "table", "workgroup", "query"],
      args.transform,
    );
    const where = pulumi.output(providerContext(child));
    const results = make(
      "results",
      QueryResultsBucket,
      `${name}-results`,
      {
        bucketName: args.resultsBucketName,
        keyArn: args.keyArn,
        readerRoleArns: args.readerRoleArns,
        retentionDays: args.resultsRetentionDays,
        tags: args.tags,
      },
      child,
    );
    const database = make(
      "database",
      aws.glue.CatalogDatabase,
      name,
      { name: args.database, description: "IAM credential reports of the organization", tags: args.tags },
      child,
    );
    for (const table of TABLES) {
      make(
        "table",
        aws.glue.CatalogTable,
        `${name}-${table.name}`,
        glueTable(table, database.name, args.bucketName, args.retentionDays),
        child,
      );
    }
    const workgroup = this.makeWorkgroup(name, args, where, results, make);
    for (const query of savedQueries(args.thresholds)) {
      make(
        "query",
        aws.athena.NamedQuery,
        `${name}-${query.id}`,
        {
          name: `${args.workgroup}-${query.id}`,
          description: query.description,
          database: database.name,
          workgroup: workgroup.name,
          query: query.sql,
        },
        child,
      );
    }

    this.database = database.name;
    this.workgroup = workgroup.name;
    this.resultsBucketName = results.bucketName;
    this.analystPolicy = pulumi
      .all([where, args.bucketName, args.resultsBucketName, args.keyArn])
      .apply(([{ partition, region, dnsSuffix, accountId }, bucketName, resultsBucketName, keyArn]) =>
        JSON.stringify(
          analystPolicy({
            partition,
            region,
            dnsSuffix,
            accountId,
            database: args.database,
            workgroup: args.workgroup,
            bucketName,
            resultsBucketName,
            keyArn,
          }),
        ),
      );
    this.registerOutputs({ database: this.database, workgroup: this.workgroup, analystPolicy: this.analystPolicy });
  }

  private makeWorkgroup(
    name: string,
    args: AnalysisArgs,
    where: pulumi.Output<{ accountId: string }>,
    results: QueryResultsBucket,
    make: MakeChild<AnalysisChildren>,
  ): aws.athena.Workgroup {
    return make(
      "workgroup",
      aws.athena.Workgroup,
      name,
      {
        name: args.workgroup,
        description: "Questions to the IAM credential reports of the organization",
        // its saved queries and history go with it
        forceDestroy: true,
        configuration: {
          enforceWorkgroupConfiguration: true,
          publishCloudwatchMetricsEnabled: true,
          bytesScannedCutoffPerQuery: args.scanLimitMiB * 1_048_576,
          engineVersion: { selectedEngineVersion: "Athena engine version 3" },
          resultConfiguration: {
            outputLocation: pulumi.interpolate`s3://${results.bucketName}/`,
            expectedBucketOwner: where.accountId,
            encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: args.keyArn },
          },
        },
        tags: args.tags,
      },
      { parent: this },
    );
  }
}
