import { TABLES } from "../report/queries/tables";
import { bucketArn } from "./arn";
import { policyDocument, type PolicyDocument } from "./policyDocument";

/** What an analyst's policy depends on. */
export interface AnalystPolicyInput {
  partition: string;
  region: string;
  dnsSuffix: string;
  /** The log-archive account: workgroup, tables and buckets are there. */
  accountId: string;
  database: string;
  workgroup: string;
  /** Bucket of the evidence. */
  bucketName: string;
  resultsBucketName: string;
  keyArn: string;
}

/**
 * What a role of the log-archive account needs, besides being named in `readerRoleArns`, to ask the tables in the workgroup: no
 * more than asking, and reading what it may read anyway. Attach it to the role; the stack does not.
 *
 * https://docs.aws.amazon.com/athena/latest/ug/security-iam-athena.html
 */
export function analystPolicy(input: AnalystPolicyInput): PolicyDocument {
  const { partition, region, accountId, database } = input;
  const athena = (resource: string): string => `arn:${partition}:athena:${region}:${accountId}:${resource}`;
  const glue = (resource: string): string => `arn:${partition}:glue:${region}:${accountId}:${resource}`;
  const evidence = bucketArn(partition, input.bucketName);
  const results = bucketArn(partition, input.resultsBucketName);
  return policyDocument(
    {
      Sid: "AskInTheWorkgroup",
      Effect: "Allow",
      Action: [
        "athena:BatchGetNamedQuery",
        "athena:BatchGetQueryExecution",
        "athena:GetNamedQuery",
        "athena:GetQueryExecution",
        "athena:GetQueryResults",
        "athena:GetQueryResultsStream",
        "athena:GetWorkGroup",
        "athena:ListNamedQueries",
        "athena:ListQueryExecutions",
        "athena:StartQueryExecution",
        "athena:StopQueryExecution",
      ],
      Resource: athena(`workgroup/${input.workgroup}`),
    },
    {
      Sid: "FindTheWorkgroup",
      Effect: "Allow",
      // these know no resources
      Action: ["athena:ListDataCatalogs", "athena:ListEngineVersions", "athena:ListWorkGroups"],
      Resource: "*",
    },
    {
      Sid: "SeeTheTables",
      Effect: "Allow",
      Action: [
        "athena:GetDataCatalog",
        "athena:GetDatabase",
        "athena:GetTableMetadata",
        "athena:ListDatabases",
        "athena:ListTableMetadata",
      ],
      Resource: athena("datacatalog/AwsDataCatalog"),
    },
    {
      Sid: "ReadTheCatalog",
      Effect: "Allow",
      Action: ["glue:GetDatabase", "glue:GetDatabases", "glue:GetPartitions", "glue:GetTable", "glue:GetTables"],
      Resource: [
        glue("catalog"),
        // Athena looks into the database of that name before any other
        glue("database/default"),
        glue(`database/${database}`),
        ...TABLES.map(({ name }) => glue(`table/${database}/${name}`)),
      ],
    },
    {
      Sid: "ReadTheEvidence",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: TABLES.map(({ folder }) => `${evidence}/${folder}/*`),
    },
    {
      Sid: "ListTheBuckets",
      Effect: "Allow",
      Action: ["s3:GetBucketLocation", "s3:ListBucket"],
      Resource: [evidence, results],
    },
    {
      Sid: "KeepResults",
      Effect: "Allow",
      Action: ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
      Resource: `${results}/*`,
    },
    {
      Sid: "UseTheKeyThroughS3",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: input.keyArn,
      Condition: { StringEquals: { "kms:ViaService": `s3.${region}.${input.dnsSuffix}` } },
    },
  );
}
