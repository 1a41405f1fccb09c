import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { ListUsersCommand } from "@aws-sdk/client-iam";
import { AddPermissionCommand } from "@aws-sdk/client-lambda";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { emulatedAws, errorName, type EmulatedAws } from "./emulatedAws";
import { alive, createFunction, invoke } from "./emulatedFunction";

describe("a function in the emulator", function () {
  this.timeout(120_000);
  let aws: EmulatedAws;
  before(async () => {
    aws = await emulatedAws(5);
  });
  after(() => aws.remove());

  it("runs on this Node, as its role in its own account, with nothing of the caller's settings", async () => {
    await createFunction(aws, "identity");
    const seen = await invoke(aws, "identity");
    const { Arn } = await aws.sts(seen).send(new GetCallerIdentityCommand({}));
    expect(Arn).to.equal(`arn:aws:sts::${aws.plan.managementAccountId}:assumed-role/identity-role/identity`);
    expect(seen).to.include({ region: "eu-central-1", node: process.version, leaked: null });
    expect(seen.endpoint).to.equal(aws.emulator.endpoint);
  });

  it("has the rights of its role only", async () => {
    const seen = await invoke(aws, "identity");
    expect(await errorName(aws.iam(seen).send(new ListUsersCommand({})))).to.equal("AccessDenied");
  });

  it("is invoked by the rule that has its permission, and by no other", async () => {
    const account = aws.plan.managementAccountId;
    const events = new EventBridgeClient({
      endpoint: aws.emulator.endpoint,
      region: aws.plan.region,
      credentials: aws.deployer,
    });
    for (const name of ["permitted", "other"]) {
      await events.send(new PutRuleCommand({ Name: name, EventPattern: JSON.stringify({ source: [name] }) }));
      const Arn = `arn:aws:lambda:eu-central-1:${account}:function:identity`;
      await events.send(new PutTargetsCommand({ Rule: name, Targets: [{ Id: "function", Arn }] }));
    }
    await aws.lambda(aws.deployer).send(
      new AddPermissionCommand({
        FunctionName: "identity",
        StatementId: "rule",
        Action: "lambda:InvokeFunction",
        Principal: "events.amazonaws.com",
        SourceArn: `arn:aws:events:eu-central-1:${account}:rule/permitted`,
        SourceAccount: account,
      }),
    );
    const Entries = ["permitted", "other"].map((Source) => ({ Source, DetailType: "test", Detail: "{}" }));
    await events.send(new PutEventsCommand({ Entries }));
    const log = await readFile(aws.emulator.logFile, "utf8");
    expect(log.match(/Lambda identity: dispatched/g)).to.have.length(1);
    expect(log).to.include("rule/other may not invoke").and.not.include("rule/permitted may not invoke");
  });

  it("cannot be made with a role that does not trust Lambda", async () => {
    const made = await errorName(createFunction(aws, "untrusted", "ec2.amazonaws.com"));
    expect(made).to.equal("InvalidParameterValueException");
  });

  it("ends with the emulator", async () => {
    const { pid } = await invoke(aws, "identity");
    expect(await alive(pid)).to.equal(true);
    await aws.emulator.stop();
    expect(await alive(pid)).to.equal(false);
    expect(await alive(aws.emulator.pid)).to.equal(false);
  });
});
