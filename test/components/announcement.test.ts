import { expect } from "chai";
import { eventBusArn } from "../../components/announcementPolicy";
import { collectorPolicy, type CollectorPolicyInput } from "../../components/collectorPolicy";
import { reportBucketPolicy } from "../../components/reportBucketPolicy";
import { managementProgram } from "../../rollout/programs/management";
import { archivedSettings } from "../support/collectorArchive";
import { mockPulumi, only, settled, type Registered } from "../support/pulumiMocks";

const BUS = "arn:aws:events:eu-central-1:111122223333:event-bus/default";

const INPUT: CollectorPolicyInput = {
  partition: "aws",
  evidenceRegion: "eu-west-1",
  dnsSuffix: "amazonaws.com",
  organizationId: "o-exampleorgid",
  memberRoleName: "member",
  bucketName: "evidence",
  bucketOwner: "333344445555",
  keyArn: "arn:aws:kms:eu-west-1:222233334444:key/5678efgh",
  logGroupArn: "arn:aws:logs:eu-central-1:111122223333:log-group:x",
};

/** What a policy has more than the one without any of these. */
function added(more: Partial<CollectorPolicyInput>) {
  const without = collectorPolicy(INPUT).Statement.map(({ Sid }) => Sid);
  return collectorPolicy({ ...INPUT, ...more }).Statement.filter(({ Sid }) => !without.includes(Sid));
}

describe("the collector's permission to announce", () => {
  it("is to send its own events to the one bus, all of a request, and none without a source", () => {
    expect(added({ events: { busArn: BUS, findings: false } })).to.deep.equal([
      {
        Sid: "SendEvents",
        Effect: "Allow",
        Action: "events:PutEvents",
        Resource: BUS,
        Condition: {
          "ForAllValues:StringEquals": {
            "events:source": "iam-credential-reports",
            "events:detail-type": ["RunCompleted", "RunIncomplete", "RunFailed", "FindingOpened"],
          },
          Null: { "events:source": "false", "events:detail-type": "false" },
        },
      },
    ]);
  });

  it("is to read consolidated files as well where findings are told of, here and at the bucket", () => {
    const [read] = added({ events: { busArn: BUS, findings: true } });
    expect(read).to.deep.include({ Action: "s3:GetObject", Resource: "arn:aws:s3:::evidence/credentials/*" });
    const bucket = (announceFindings: boolean): string[] =>
      reportBucketPolicy({
        ...{ partition: "aws", bucketName: "evidence", keyArn: INPUT.keyArn, organizationId: "o-exampleorgid" },
        ...{ collectorAccountId: "111122223333", collectorRoleName: "collector", readerRoleArns: [] },
        announceFindings,
      }).Statement.map(({ Sid }) => Sid);
    expect(bucket(true)).to.include("CollectorReadsConsolidated");
    expect(bucket(false)).not.to.include("CollectorReadsConsolidated");
  });

  it("is asked for once where reports are delivered too", () => {
    const alerts = { topicArn: "arn:aws:sns:eu-central-1:111122223333:alerts", keyArn: INPUT.keyArn };
    const sids = added({ alerts, events: { busArn: BUS, findings: true } }).map(({ Sid }) => Sid);
    expect(sids.filter((sid) => sid === "ReadConsolidated")).to.have.length(1);
  });

  it("is to import findings of its own account's default product, where they go to Security Hub", () => {
    expect(added({ securityHub: true })).to.deep.equal([
      {
        Sid: "ImportFindings",
        Effect: "Allow",
        Action: "securityhub:BatchImportFindings",
        Resource: "arn:aws:securityhub:*:*:product/${aws:PrincipalAccount}/default",
      },
    ]);
  });

  it("is to trace only where that is asked for", () => {
    expect(added({ tracing: true }).map(({ Action }) => Action)).to.deep.equal([
      ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
    ]);
    expect(added({})).to.deep.equal([]);
  });
});

describe("eventBusArn", () => {
  it("is that of a bus in the provider's place, or the very one that is given", () => {
    const where = { partition: "aws-cn", region: "cn-north-1", accountId: "111122223333" };
    expect(eventBusArn(where, "security")).to.equal("arn:aws-cn:events:cn-north-1:111122223333:event-bus/security");
    expect(eventBusArn(where, BUS)).to.equal(BUS);
  });
});

describe("the management stack's collector", () => {
  const deploy = async (more: Record<string, string>): Promise<{ registered: Registered[]; told: string }> => {
    const config = {
      organizationId: "o-exampleorgid",
      managementAccountId: "111122223333",
      logArchiveAccountId: "333344445555",
      keyArn: "arn:aws:kms:eu-central-1:222233334444:key/1234abcd",
      bucketName: "evidence",
      ...more,
    };
    const registered = mockPulumi({ accountId: "111122223333" }, { stack: "management", config });
    await managementProgram();
    await settled();
    return { registered, told: await archivedSettings(registered) };
  };
  const policyOf = (registered: Registered[]): string =>
    String(only(registered, "aws:iam/rolePolicy:RolePolicy", "collector")["policy"]);

  it("tells the default bus of runs, and not of findings, by default", async () => {
    const { registered, told } = await deploy({});
    expect(told).to.match(new RegExp(`"events": {\\s*"busArn": "${BUS}",\\s*"findings": false`));
    expect(policyOf(registered)).to.contain(BUS);
    expect(policyOf(registered)).not.to.contain("ReadConsolidated");
  });

  it("tells the bus that is named of findings, or nobody of anything", async () => {
    const findings = await deploy({ events: "findings", eventBusName: "security" });
    expect(findings.told).to.match(/event-bus\/security",\s*"findings": true/);
    expect(policyOf(findings.registered)).to.contain("ReadConsolidated");
    const none = await deploy({ events: "none" });
    expect(none.told).not.to.contain("busArn");
    expect(policyOf(none.registered)).not.to.contain("events:PutEvents");
  });

  it("imports findings with `securityHub` alone, in the Region of the function, by roles of the StackSet that allow it", async () => {
    const { registered, told } = await deploy({
      securityHub: "true",
      memberRoles: "stackset",
      stackSetTargets: '["r-exam"]',
    });
    expect(told).to.match(/"securityHub": \{\s*"region": "eu-central-1",\s*"dnsSuffix": "amazonaws.com"/);
    expect(policyOf(registered)).to.contain("securityhub:BatchImportFindings");
    const stackSet = only(registered, "aws-native:cloudformation:StackSet");
    expect(String(stackSet["templateBody"])).to.contain("securityhub:BatchImportFindings");
    const without = await deploy({ memberRoles: "stackset", stackSetTargets: '["r-exam"]' });
    expect(without.told).not.to.contain("securityHub");
    expect(JSON.stringify(without.registered.map(({ inputs }) => inputs))).not.to.contain("securityhub:");
  });

  it("is traced with `tracing` alone", async () => {
    const traced = await deploy({ tracing: "true" });
    expect(only(traced.registered, "aws:lambda/function:Function")["tracingConfig"]).to.deep.equal({ mode: "Active" });
    expect(policyOf(traced.registered)).to.contain("xray:PutTraceSegments");
    const { registered } = await deploy({});
    expect(only(registered, "aws:lambda/function:Function")["tracingConfig"]).to.equal(undefined);
    expect(policyOf(registered)).not.to.contain("xray");
  });
});
