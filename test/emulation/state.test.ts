import { expect } from "chai";
import { CloudWatchLogsClient, CreateLogGroupCommand, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { EventBridgeClient, ListRulesCommand, PutRuleCommand } from "@aws-sdk/client-eventbridge";
import { ListUsersCommand } from "@aws-sdk/client-iam";
import { CreateAliasCommand, CreateKeyCommand, DescribeKeyCommand, GetKeyPolicyCommand } from "@aws-sdk/client-kms";
import { GetFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { ListAccountsCommand } from "@aws-sdk/client-organizations";
import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { emulatedAws, policy, type EmulatedAws } from "./emulatedAws";
import { createFunction, invoke } from "./emulatedFunction";

describe("the state of the emulator", function () {
  this.timeout(120_000);
  let aws: EmulatedAws;
  before(async () => {
    aws = await emulatedAws(5);
  });
  after(() => aws.remove());

  it("is the same after a stop and a start", async () => {
    const region = { region: aws.plan.region, credentials: aws.deployer };
    const kms = aws.kms(aws.deployer);
    const KeyId = (await kms.send(new CreateKeyCommand({ Description: "evidence" }))).KeyMetadata?.Arn;
    await kms.send(new CreateAliasCommand({ AliasName: "alias/evidence", TargetKeyId: KeyId }));
    const keyPolicy = await kms.send(new GetKeyPolicyCommand({ KeyId }));

    const Bucket = "evidence-111122223333";
    const s3 = aws.s3(aws.deployer);
    const default_ = { SSEAlgorithm: "aws:kms" as const, KMSMasterKeyID: KeyId };
    const Rules = [{ ApplyServerSideEncryptionByDefault: default_, BucketKeyEnabled: true }];
    const readers = policy({
      Effect: "Deny",
      Principal: "*",
      Action: "s3:DeleteObject",
      Resource: `arn:aws:s3:::${Bucket}/*`,
    });
    const constraint = { LocationConstraint: "eu-central-1" as const };
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: constraint }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
    await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: readers }));
    for (const Body of ["first", "second"])
      await s3.send(new PutObjectCommand({ Bucket, Key: "runs/a b+ü.csv", Body }));

    await createFunction(aws, "collector");
    const logs = new CloudWatchLogsClient({ ...region, endpoint: aws.emulator.endpoint });
    await logs.send(new CreateLogGroupCommand({ logGroupName: "/aws/lambda/collector" }));
    const events = new EventBridgeClient({ ...region, endpoint: aws.emulator.endpoint });
    await events.send(new PutRuleCommand({ Name: "nightly", ScheduleExpression: "rate(1 day)" }));
    await invoke(aws, "collector");

    aws = await aws.restarted();

    const { Accounts } = await aws.organizations(aws.deployer).send(new ListAccountsCommand({}));
    expect(Accounts?.map((account) => account.State)).to.have.members(aws.plan.accounts.map(({ state }) => state));
    const member = aws.iam(await aws.administrator(aws.plan.securityAccountId));
    expect((await member.send(new ListUsersCommand({}))).Users).to.have.length(3);

    const key = await aws.kms(aws.deployer).send(new DescribeKeyCommand({ KeyId: "alias/evidence" }));
    expect(key.KeyMetadata).to.include({ Arn: KeyId, Description: "evidence", KeyState: "Enabled" });
    const policyAfter = await aws.kms(aws.deployer).send(new GetKeyPolicyCommand({ KeyId }));
    expect(policyAfter.Policy).to.equal(keyPolicy.Policy);

    const after = aws.s3(aws.deployer);
    const { Versions } = await after.send(new ListObjectVersionsCommand({ Bucket }));
    const bodies = (Versions ?? []).map(async ({ Key, VersionId }) => {
      const object = await after.send(new GetObjectCommand({ Bucket, Key, VersionId }));
      expect(object).to.include({ SSEKMSKeyId: KeyId, BucketKeyEnabled: true });
      return object.Body?.transformToString();
    });
    expect(await Promise.all(bodies)).to.deep.equal(["second", "first"]);
    const kept = await after.send(new GetBucketPolicyCommand({ Bucket }));
    expect(JSON.parse(kept.Policy ?? "")).to.deep.equal(JSON.parse(readers));

    const configuration = new GetFunctionConfigurationCommand({ FunctionName: "collector" });
    expect((await aws.lambda(aws.deployer).send(configuration)).Runtime).to.equal("nodejs24.x");
    expect((await invoke(aws, "collector")).node).to.equal(process.version);
    const groups = new CloudWatchLogsClient({ ...region, endpoint: aws.emulator.endpoint });
    const found = await groups.send(new DescribeLogGroupsCommand({}));
    expect(found.logGroups?.map((group) => group.logGroupName)).to.deep.equal(["/aws/lambda/collector"]);
    const rules = new EventBridgeClient({ ...region, endpoint: aws.emulator.endpoint });
    const { Rules: rulesAfter } = await rules.send(new ListRulesCommand({}));
    expect(rulesAfter?.map((rule) => rule.ScheduleExpression)).to.deep.equal(["rate(1 day)"]);
  });
});
