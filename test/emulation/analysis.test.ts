import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  GetNamedQueryCommand,
  GetWorkGroupCommand,
  ListNamedQueriesCommand,
  StartQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import { GetTablesCommand, GlueClient, UpdateTableCommand } from "@aws-sdk/client-glue";
import { HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import * as aws from "@pulumi/aws";
import type { Stack } from "@pulumi/pulumi/automation";
import { expect } from "chai";
import { Analysis } from "../../components/analysis";
import { KNOWN_COLUMNS } from "../../report/credentialReport";
import { savedQueries } from "../../report/queries";
import { rowReader } from "../../report/rows";
import { csvSink } from "../../runtime/consolidation";
import { parquetSink } from "../../runtime/parquetSink";
import { evidence, formatRunId, keys, type ObjectWriter } from "../../runtime/store";
import { ORACLE } from "../support/controlOracle";
import { everyKindOfRow } from "../support/everyKindOfRow";
import { outcomeOf, ProviderStack } from "./providerStack";

const ACCOUNT = "111122223333";
const BUCKET = "evidence-asked";
/** The saved queries look for the newest run of the last weeks. */
const RUN = formatRunId(Date.now(), 0);

/** The component as the log-archive stack has it, over a bucket of the test's own. */
const program = (retentionDays: number) => () => {
  const bucket = new aws.s3.Bucket("evidence", { bucket: BUCKET, forceDestroy: true });
  const key = new aws.kms.Key("key", { description: "of the test" });
  const analysis = new Analysis("analysis", {
    database: "reports",
    workgroup: "audit",
    bucketName: bucket.bucket,
    resultsBucketName: `${BUCKET}-results`,
    keyArn: key.arn,
    readerRoleArns: [`arn:aws:iam::${ACCOUNT}:role/Auditor`],
    retentionDays,
    resultsRetentionDays: 30,
    scanLimitMiB: 100,
    tags: { purpose: "test" },
  });
  return Promise.resolve({ keyArn: key.arn, policy: analysis.analystPolicy });
};

function memory(): ObjectWriter & { bytes: () => Buffer } {
  const pieces: Uint8Array[] = [];
  const bytes = (): Buffer => Buffer.concat(pieces);
  return {
    bytes,
    write: (piece) => Promise.resolve(void pieces.push(piece)),
    close: () => Promise.resolve(evidence("key", bytes())),
    abort: () => Promise.resolve(),
  };
}

describe("analysis in the emulated organization", function () {
  this.timeout(600_000);
  const accounts = everyKindOfRow(8, 40, RUN, 3);
  let provider: ProviderStack;
  let athena: AthenaClient;
  let glue: GlueClient;
  let s3: S3Client;

  const stackOf = (retentionDays: number): Promise<Stack> => provider.stack("analysis", program(retentionDays));

  before(async () => {
    provider = await ProviderStack.start();
    const client = {
      endpoint: provider.emulator.endpoint,
      region: "eu-central-1",
      credentials: { accessKeyId: ACCOUNT, secretAccessKey: "test" },
    };
    athena = new AthenaClient(client);
    glue = new GlueClient(client);
    s3 = new S3Client({ ...client, forcePathStyle: true });
  });
  after(() => provider.stop());

  /** Rows of a query that runs in the workgroup, by column name; absent values are null. */
  async function ask(QueryString: string): Promise<Record<string, string | null>[]> {
    const context = { WorkGroup: "audit", QueryExecutionContext: { Database: "reports" } };
    const { QueryExecutionId } = await athena.send(new StartQueryExecutionCommand({ QueryString, ...context }));
    for (;;) {
      const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
      const { State, StateChangeReason } = QueryExecution?.Status ?? {};
      if (State === "FAILED" || State === "CANCELLED")
        throw new Error(`${State}: ${StateChangeReason}\n${QueryString}`);
      if (State === "SUCCEEDED") break;
      await new Promise(setImmediate);
    }
    const { ResultSet } = await athena.send(new GetQueryResultsCommand({ QueryExecutionId }));
    const [header, ...rows] = (ResultSet?.Rows ?? []).map(({ Data }) =>
      (Data ?? []).map((cell) => cell.VarCharValue ?? null),
    );
    return rows.map((row) =>
      Object.fromEntries((header ?? []).map((name, index) => [String(name), row[index] ?? null])),
    );
  }

  it("is deployed, and nothing is to change the second time", async () => {
    const created = await outcomeOf(async (onEvent) => (await stackOf(90)).up({ onEvent }));
    expect(created.errors).to.deep.equal([]);
    expect(Object.values(created.changes).every((op) => op === "create")).to.equal(true);
    const again = await outcomeOf(async (onEvent) => (await stackOf(90)).up({ onEvent }));
    expect(again).to.deep.equal({ changes: {}, properties: {}, errors: [] });
    const drift = await outcomeOf(async (onEvent) => (await stackOf(90)).refresh({ onEvent }));
    expect(drift).to.deep.include({ changes: {}, errors: [] });
  });

  it("has every saved query in a workgroup that enforces its settings", async () => {
    const { NamedQueryIds = [] } = await athena.send(new ListNamedQueriesCommand({ WorkGroup: "audit" }));
    const found = await Promise.all(
      NamedQueryIds.map(async (NamedQueryId) => {
        const { NamedQuery } = await athena.send(new GetNamedQueryCommand({ NamedQueryId }));
        return { id: NamedQuery?.Name?.replace(/^audit-/, ""), sql: NamedQuery?.QueryString };
      }),
    );
    expect(found).to.have.deep.members(savedQueries().map(({ id, sql }) => ({ id, sql })));
    const { WorkGroup } = await athena.send(new GetWorkGroupCommand({ WorkGroup: "audit" }));
    expect(WorkGroup?.Configuration).to.deep.include({
      EnforceWorkGroupConfiguration: true,
      BytesScannedCutoffPerQuery: 104_857_600,
    });
  });

  it("answers over Parquet, CSV and JSON lines in S3, and agrees with the table of controls", async () => {
    const csv = memory();
    const parquet = memory();
    for (const sink of [csvSink(csv), parquetSink(parquet)]) {
      await sink.begin(KNOWN_COLUMNS);
      for (const { origin, report } of accounts) await sink.add(origin, report);
      await sink.end();
    }
    const day = /run_date=([^/]+)/.exec(keys.typed(RUN))?.[1] ?? "";
    // the emulator takes columns from the lines, not from the table: a line as runs write it
    const finding = {
      control: "root-mfa",
      result: "fail",
      account_id: "100000000000",
      account_name: "Account",
      ou_path: "Root",
      user: "<root_account>",
      arn: "arn:aws:iam::100000000000:root",
      user_creation_time: null,
      because: "no MFA",
      cells: { mfa_active: "false" },
      report_generated_time: "2026-11-20T00:17:03Z",
      run_id: RUN,
    };
    const objects: [string, Uint8Array][] = [
      [keys.consolidated(RUN), csv.bytes()],
      [keys.typed(RUN), parquet.bytes()],
      [
        keys
          .typed(RUN)
          .replace("credentials_typed", "findings")
          .replace(/[^/]+$/, "findings.json"),
        Buffer.from(`${JSON.stringify(finding)}\n`),
      ],
    ];
    for (const [Key, Body] of objects) await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));

    const rows = accounts.flatMap(({ origin, report }) =>
      report.rows.map((cells) => rowReader(report.columns)(origin, cells)),
    );
    for (const { id, sql } of savedQueries()) {
      const found = await ask(sql);
      const control = id.startsWith("control-") ? ORACLE[id.slice("control-".length)] : undefined;
      if (control === undefined) continue;
      const wanted = rows
        .filter(({ isRoot }) => isRoot === (control.subjects === "root"))
        .map((row) => `${row.accountId} ${row.user} ${control.judge(row)}`);
      const lines = found.map((row) => `${row["account_id"]} ${row["user"]} ${row["result"]}`);
      expect(lines.sort(), id).to.deep.equal(wanted.sort());
    }
    expect(await ask('SELECT "user", run_date FROM findings')).to.deep.equal([
      { user: "<root_account>", run_date: day },
    ]);
    expect(await ask(`SELECT count(*) AS n FROM credentials WHERE run_id = '${RUN}'`)).to.deep.equal([
      { n: String(rows.length) },
    ]);
  });

  it("keeps results in the bucket of their own, encrypted with the key of the evidence", async () => {
    const { keyArn } = await (await stackOf(90)).outputs();
    await ask("SELECT 1 AS one");
    const Bucket = `${BUCKET}-results`;
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents).not.to.be.empty;
    const found = await s3.send(new HeadObjectCommand({ Bucket, Key: Contents[0]?.Key ?? "" }));
    expect(found).to.include({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: keyArn?.value as string });
  });

  it("shows a table that was changed by hand, and puts it right", async () => {
    const { TableList = [] } = await glue.send(new GetTablesCommand({ DatabaseName: "reports" }));
    expect(TableList.map(({ Name }) => Name)).to.have.members(["credentials", "credentials_typed", "findings"]);
    await glue.send(
      new UpdateTableCommand({ DatabaseName: "reports", TableInput: { Name: "findings", Parameters: {} } }),
    );
    const drift = await outcomeOf(async (onEvent) => (await stackOf(90)).refresh({ onEvent }));
    expect(drift.changes).to.deep.equal({ "analysis-findings": "update" });
    const mended = await outcomeOf(async (onEvent) => (await stackOf(90)).up({ onEvent }));
    expect(mended).to.deep.include({ changes: { "analysis-findings": "update" }, errors: [] });
  });

  it("follows the retention of the evidence, and goes whole", async () => {
    const longer = await outcomeOf(async (onEvent) => (await stackOf(400)).up({ onEvent }));
    expect(longer.errors).to.deep.equal([]);
    expect(longer.properties).to.deep.equal({
      "analysis-credentials": ["parameters"],
      "analysis-credentials_typed": ["parameters"],
      "analysis-findings": ["parameters"],
    });
    expect((await outcomeOf(async (onEvent) => (await stackOf(400)).destroy({ onEvent }))).errors).to.deep.equal([]);
    const { TableList } = await glue.send(new GetTablesCommand({ DatabaseName: "reports" }));
    expect(TableList).to.deep.equal([]);
  });
});
