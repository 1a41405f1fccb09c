import { expect } from "chai";
import { Analysis } from "../../components/analysis";
import { analystPolicy } from "../../components/analystPolicy";
import { queryResultsBucketPolicy } from "../../components/queryResultsBucketPolicy";
import { reportKeyPolicy } from "../../components/reportKeyPolicy";
import { savedQueries } from "../../report/queries";
import { CONTROL_QUERY_IDS } from "../../report/queries/controls";
import { logarchiveProgram } from "../../rollout/programs/logarchive";
import { allowedActions } from "../support/policies";
import { mockPulumi, only, settled, valueOf, type Registered } from "../support/pulumiMocks";

const ACCOUNT = "333344445555";
const KEY_ARN = "arn:aws:kms:eu-central-1:222233334444:key/1234abcd";
const READER = `arn:aws:iam::${ACCOUNT}:role/Auditor`;
const ARGS = {
  database: "reports",
  workgroup: "audit",
  bucketName: "evidence",
  resultsBucketName: "evidence-results",
  keyArn: KEY_ARN,
  readerRoleArns: [READER],
  retentionDays: 2555,
  resultsRetentionDays: 30,
  scanLimitMiB: 10,
};

async function deployed(more: Partial<typeof ARGS> = {}): Promise<{ registered: Registered[]; analysis: Analysis }> {
  const registered = mockPulumi({ accountId: ACCOUNT });
  const analysis = new Analysis("analysis", { ...ARGS, ...more });
  await valueOf(analysis.analystPolicy);
  await settled();
  return { registered, analysis };
}

const ofType = (registered: Registered[], type: string) =>
  registered.filter((resource) => resource.type === type).map(({ inputs }) => inputs);
const tables = (registered: Registered[]) => ofType(registered, "aws:glue/catalogTable:CatalogTable");

describe("Analysis", () => {
  it("makes a table over each folder that runs write, in one database", async () => {
    const { registered } = await deployed();
    expect(only(registered, "aws:glue/catalogDatabase:CatalogDatabase")).to.include({ name: "reports" });
    expect(
      tables(registered).map((table) => [
        table["name"],
        table["databaseName"],
        (table["storageDescriptor"] as { location: string }).location,
        table["tableType"],
      ]),
    ).to.have.deep.members([
      ["credentials", "reports", "s3://evidence/credentials/", "EXTERNAL_TABLE"],
      ["credentials_typed", "reports", "s3://evidence/credentials_typed/", "EXTERNAL_TABLE"],
      ["findings", "reports", "s3://evidence/findings/", "EXTERNAL_TABLE"],
    ]);
  });

  it("projects one partition a day for as long as evidence is kept, and needs no crawler", async () => {
    const { registered } = await deployed();
    for (const table of tables(registered)) {
      const { location } = table["storageDescriptor"] as { location: string };
      expect(table["partitionKeys"]).to.deep.equal([{ name: "run_date", type: "string" }]);
      expect(table["parameters"]).to.include({
        "projection.enabled": "true",
        "projection.run_date.type": "date",
        "projection.run_date.format": "yyyy-MM-dd",
        "projection.run_date.range": "NOW-2555DAYS,NOW",
        "projection.run_date.interval": "1",
        "projection.run_date.interval.unit": "DAYS",
        "storage.location.template": `${location}run_date=\${run_date}/`,
      });
    }
    expect(registered.filter(({ type }) => /crawler/i.test(type))).to.deep.equal([]);
    const forEver = tables((await deployed({ retentionDays: 0 })).registered);
    expect(forEver[0]?.["parameters"]).to.include({ "projection.run_date.range": "NOW-3653DAYS,NOW" });
  });

  it("reads Parquet by its types, the CSV as quoted text without its header, and findings as JSON lines", async () => {
    const { registered } = await deployed();
    const described = new Map(
      tables(registered).map((table) => {
        const { serDeInfo, columns } = table["storageDescriptor"] as {
          serDeInfo: { serializationLibrary: string; parameters: Record<string, string> };
          columns: { name: string; type: string }[];
        };
        const parameters = table["parameters"] as Record<string, string>;
        return [String(table["name"]), { serDeInfo, columns, parameters }] as const;
      }),
    );
    const [credentials, typed, findings] = ["credentials", "credentials_typed", "findings"].map((name) =>
      described.get(name),
    );
    expect(typed?.serDeInfo.serializationLibrary).to.match(/ParquetHiveSerDe$/);
    expect(typed?.columns).to.deep.include({ name: "password_last_used", type: "timestamp" });
    expect(typed?.columns).to.deep.include({ name: "password_enabled", type: "boolean" });
    expect(credentials?.serDeInfo.serializationLibrary).to.match(/OpenCSVSerde$/);
    expect(credentials?.serDeInfo.parameters).to.include({ separatorChar: ",", quoteChar: '"' });
    expect(credentials?.serDeInfo.parameters["escapeChar"], "a backslash is a letter").not.to.equal("\\");
    expect(credentials?.parameters).to.include({ "skip.header.line.count": "1" });
    expect(new Set(credentials?.columns.map((column) => column.type))).to.deep.equal(new Set(["string"]));
    expect(findings?.serDeInfo.serializationLibrary).to.match(/JsonSerDe$/);
    expect(findings?.columns).to.deep.include({ name: "cells", type: "map<string,string>" });
  });

  it("enforces the workgroup's settings: where results go, how they are encrypted, how much a query may read", async () => {
    const { registered } = await deployed();
    expect(only(registered, "aws:athena/workgroup:Workgroup")).to.deep.include({
      name: "audit",
      configuration: {
        enforceWorkgroupConfiguration: true,
        publishCloudwatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: 10_485_760,
        engineVersion: { selectedEngineVersion: "Athena engine version 3" },
        resultConfiguration: {
          outputLocation: "s3://evidence-results/",
          expectedBucketOwner: ACCOUNT,
          encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: KEY_ARN },
        },
      },
    });
  });

  it("keeps results in a private bucket with the key of the evidence, until they expire", async () => {
    const { registered } = await deployed();
    expect(only(registered, "aws:s3/bucket:Bucket")).to.include({ bucket: "evidence-results", forceDestroy: true });
    expect(
      only(registered, "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration")[
        "rules"
      ],
    ).to.deep.equal([
      {
        applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: KEY_ARN },
        bucketKeyEnabled: true,
      },
    ]);
    expect(only(registered, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")).to.include({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(only(registered, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")["rules"]).to.deep.equal(
      [
        {
          id: "results",
          status: "Enabled",
          filter: { prefix: "" },
          expiration: { days: 30 },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
        },
      ],
    );
  });

  it("saves every query in the workgroup, one a control among them", async () => {
    const { registered } = await deployed();
    const queries = ofType(registered, "aws:athena/namedQuery:NamedQuery");
    expect(queries.map((query) => query["name"])).to.have.members(savedQueries().map(({ id }) => `audit-${id}`));
    expect(queries.map((query) => query["name"])).to.include.members(
      CONTROL_QUERY_IDS.map((id) => `audit-control-${id}`),
    );
    for (const query of queries) {
      expect(query).to.include({ database: "reports", workgroup: "audit" });
      // limits of Athena
      expect(String(query["query"]).length, String(query["name"])).to.be.lessThan(262_144);
      expect(String(query["name"]).length).to.be.at.most(128);
    }
  });
});

describe("the logarchive stack", () => {
  const config = {
    organizationId: "o-exampleorgid",
    managementAccountId: "111122223333",
    logArchiveAccountId: ACCOUNT,
    keyArn: KEY_ARN,
  };
  const GROUP = `arn:aws:quicksight:eu-central-1:${ACCOUNT}:group/default/auditors`;
  const program = async (more: Record<string, string>): Promise<Registered[]> => {
    const registered = mockPulumi({ accountId: ACCOUNT }, { stack: "logarchive", config: { ...config, ...more } });
    await logarchiveProgram();
    await settled();
    return registered;
  };
  const services = (registered: Registered[]): Set<string | undefined> =>
    new Set(registered.filter(({ type }) => type.startsWith("aws:")).map(({ type }) => type.split(/[:/]/)[1]));

  it("has tables and workgroup by default, and no QuickSight", async () => {
    const registered = await program({});
    expect([...services(registered)])
      .to.include.members(["athena", "glue"])
      .and.not.include("quicksight");
  });

  it("has nothing but the bucket of the evidence where analysis is off, QuickSight asked for or not", async () => {
    const registered = await program({ analysis: "false", quickSightPrincipalArn: GROUP });
    expect([...services(registered)]).to.deep.equal(["s3"]);
    expect(registered.filter(({ type }) => type === "aws:s3/bucket:Bucket")).to.have.length(1);
  });

  it("gives QuickSight a data source and data sets once a principal is named, to use and not to own", async () => {
    const registered = await program({ quickSightPrincipalArn: GROUP });
    const source = only(registered, "aws:quicksight/dataSource:DataSource");
    expect(source).to.deep.include({
      type: "ATHENA",
      parameters: { athena: { workGroup: "iam-credential-reports" } },
      sslProperties: { disableSsl: false },
    });
    const dataSets = ofType(registered, "aws:quicksight/dataSet:DataSet");
    expect(dataSets.map((set) => set["dataSetId"])).to.have.members([
      "iam-credential-reports-users",
      "iam-credential-reports-controls",
    ]);
    for (const resource of [source, ...dataSets]) {
      const [permission, ...others] = resource["permissions"] as { principal: string; actions: string[] }[];
      expect(others).to.deep.equal([]);
      expect(permission?.principal).to.equal(GROUP);
      expect(permission?.actions.filter((action) => /\*|Update|Delete/.test(action))).to.deep.equal([]);
    }
    for (const set of dataSets) {
      const [table] = set["physicalTableMaps"] as { customSql: { sqlQuery: string; columns: { name: string }[] } }[];
      expect(set["importMode"], "never an older run than there is").to.equal("DIRECT_QUERY");
      expect(table?.customSql.sqlQuery).to.include('FROM "iam_credential_reports"."credentials_typed"');
      expect(table?.customSql.sqlQuery).not.to.match(/FROM credentials_typed/);
    }
  });
});

describe("queryResultsBucketPolicy", () => {
  const policy = (readerRoleArns: string[] = [READER]) =>
    queryResultsBucketPolicy({ partition: "aws-cn", bucketName: "results", keyArn: KEY_ARN, readerRoleArns });
  const statement = (sid: string) => policy().Statement.find(({ Sid }) => Sid === sid);

  it("keeps everybody but the readers from the results, and everybody where there are no readers", () => {
    expect(statement("DenyOthers")).to.deep.include({
      Effect: "Deny",
      Principal: "*",
      Action: ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:ReplicateObject"],
      Condition: { ArnNotEquals: { "aws:PrincipalArn": [READER] } },
    });
    const others = policy([]).Statement.find(({ Sid }) => Sid === "DenyOthers");
    expect(others).not.to.have.property("Condition");
  });

  it("refuses plain HTTP, other encryption and other keys, and allows nobody anything", () => {
    expect(policy().Statement.map(({ Sid }) => Sid)).to.deep.equal([
      "DenyPlainHttp",
      "DenyOtherEncryption",
      "DenyOtherKeys",
      "DenyOthers",
    ]);
    expect(statement("DenyOtherKeys")?.Condition?.["ArnNotEquals"]).to.deep.equal({
      "s3:x-amz-server-side-encryption-aws-kms-key-id": KEY_ARN,
    });
    expect(allowedActions(policy())).to.deep.equal([]);
    expect(JSON.stringify(policy())).to.include("arn:aws-cn:s3:::results").and.not.include("arn:aws:s3");
  });
});

describe("analystPolicy", () => {
  const policy = analystPolicy({
    partition: "aws-us-gov",
    region: "us-gov-west-1",
    dnsSuffix: "amazonaws.com",
    accountId: ACCOUNT,
    database: "reports",
    workgroup: "audit",
    bucketName: "evidence",
    resultsBucketName: "results",
    keyArn: "KEY",
  });

  it("lets an analyst ask in the one workgroup and read the tables, and change nothing but results", () => {
    const actions = allowedActions(policy);
    expect(actions.filter((action) => action.includes("*"))).to.deep.equal([]);
    expect(actions.filter((action) => /:(Create|Update|Delete|Put|Tag)/.test(action))).to.deep.equal(["s3:PutObject"]);
    const puts = policy.Statement.find(({ Action }) => Action.includes("s3:PutObject"));
    expect(puts?.Resource).to.equal("arn:aws-us-gov:s3:::results/*");
  });

  it("names what has names: a workgroup, a database, its tables, their folders, one key through S3", () => {
    const open = policy.Statement.filter(({ Resource }) => Resource === "*");
    expect(open.map(({ Sid }) => Sid)).to.deep.equal(["FindTheWorkgroup"]);
    const text = JSON.stringify(policy);
    for (const resource of [
      `arn:aws-us-gov:athena:us-gov-west-1:${ACCOUNT}:workgroup/audit`,
      `arn:aws-us-gov:glue:us-gov-west-1:${ACCOUNT}:table/reports/credentials_typed`,
      "arn:aws-us-gov:s3:::evidence/findings/*",
    ]) {
      expect(text).to.include(`"${resource}"`);
    }
    expect(text, "raw reports and manifests are not needed").not.to.include("runs/");
    expect(policy.Statement.find(({ Sid }) => Sid === "UseTheKeyThroughS3")).to.deep.include({
      Resource: "KEY",
      Condition: { StringEquals: { "kms:ViaService": "s3.us-gov-west-1.amazonaws.com" } },
    });
  });
});

describe("the key's policy for query results", () => {
  const input = {
    partition: "aws",
    region: "eu-central-1",
    dnsSuffix: "amazonaws.com",
    securityAccountId: "222233334444",
    collectorAccountId: "111122223333",
    collectorRoleName: "collector",
    bucketName: "evidence",
    readerRoleArns: [READER],
  };
  const results = (more: Partial<typeof input> & { resultsBucketName?: string }) =>
    reportKeyPolicy({ ...input, ...more }).Statement.find(({ Sid }) => Sid === "ReadersKeepResultsThroughS3");

  it("lets readers encrypt in the bucket of results only, through S3", () => {
    expect(results({ resultsBucketName: "results" })).to.deep.include({
      Principal: { AWS: [`arn:aws:iam::${ACCOUNT}:root`] },
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Condition: {
        StringEquals: { "kms:ViaService": "s3.eu-central-1.amazonaws.com" },
        StringLike: { "kms:EncryptionContext:aws:s3:arn": ["arn:aws:s3:::results", "arn:aws:s3:::results/*"] },
        ArnEquals: { "aws:PrincipalArn": [READER] },
      },
    });
  });

  it("says nothing of results where there is no analysis, or nobody who may ask", () => {
    expect(results({})).to.equal(undefined);
    expect(results({ resultsBucketName: "results", readerRoleArns: [] })).to.equal(undefined);
  });
});
