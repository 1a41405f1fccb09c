import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { expect } from "chai";
import { eventStatement } from "../../components/announcementPolicy";
import { emulatedAws, errorName, policy, type Credentials, type EmulatedAws } from "./emulatedAws";

describe("an event bus, in the emulator", function () {
  this.timeout(120_000);
  let aws: EmulatedAws;
  let collector: Credentials;

  before(async () => {
    aws = await emulatedAws(5);
    const { managementAccountId, region } = aws.plan;
    const iam = aws.iam(aws.deployer);
    const trust = policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: managementAccountId } });
    await iam.send(new CreateRoleCommand({ RoleName: "collector", AssumeRolePolicyDocument: trust }));
    const bus = `arn:aws:events:${region}:${managementAccountId}:event-bus/default`;
    const PolicyDocument = policy({ ...eventStatement(bus) });
    await iam.send(new PutRolePolicyCommand({ RoleName: "collector", PolicyName: "announce", PolicyDocument }));
    collector = await aws.assume(aws.deployer, `arn:aws:iam::${managementAccountId}:role/collector`);
  });
  after(() => aws.remove());

  const put = (source: string, kind: string, bus = "default"): Promise<string> => {
    const entry = { EventBusName: bus, Source: source, DetailType: kind, Detail: "{}" };
    return errorName(aws.events(collector).send(new PutEventsCommand({ Entries: [entry] })));
  };

  it("takes the collector's own events", async () => {
    expect(await put("iam-credential-reports", "RunCompleted")).to.equal("none");
  });

  it("takes no event of another source, of another name, or for another bus from it", async () => {
    expect(await put("somebody-else", "RunCompleted")).to.match(/^AccessDenied/);
    expect(await put("iam-credential-reports", "SomethingElse")).to.match(/^AccessDenied/);
    expect(await put("iam-credential-reports", "RunCompleted", "other")).to.match(/^AccessDenied/);
  });
});
