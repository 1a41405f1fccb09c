import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand } from "@aws-sdk/client-kms";
import { CreateTopicCommand, PublishCommand, SetTopicAttributesCommand } from "@aws-sdk/client-sns";
import { expect } from "chai";
import { alertsKeyPolicy, alertsTopicPolicy } from "../../components/alertsPolicy";
import { INSECURE_TRANSPORT_HEADER } from "../../emulation/emulator";
import { addHeader } from "../support/headers";
import { subscribe } from "../support/topicSubscriber";
import { emulatedAws, errorName, policy, type Credentials, type EmulatedAws } from "./emulatedAws";

describe("the alerts topic, in the emulator", function () {
  this.timeout(120_000);
  let aws: EmulatedAws;
  let topicArn: string;
  let keyArn: string;
  let collector: Credentials;
  const message = () => new PublishCommand({ TopicArn: topicArn, Subject: "Run complete", Message: "All is well.\n" });
  const publishes = (caller: Credentials): Promise<string> => errorName(aws.sns(caller).send(message()));

  /** A role of the management account that may publish, and use the key through SNS if `withKey`. */
  async function roleOf(name: string, withKey: boolean): Promise<Credentials> {
    const iam = aws.iam(aws.deployer);
    const trust = policy({
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Principal: { AWS: aws.plan.managementAccountId },
    });
    await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }));
    const publish = { Effect: "Allow", Action: "sns:Publish", Resource: topicArn };
    const useKey = { Effect: "Allow", Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: keyArn };
    const document = policy(publish, ...(withKey ? [useKey] : []));
    await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: "publish", PolicyDocument: document }));
    return aws.assume(aws.deployer, `arn:aws:iam::${aws.plan.managementAccountId}:role/${name}`);
  }

  before(async () => {
    aws = await emulatedAws(5);
    const where = {
      partition: "aws",
      region: aws.plan.region,
      dnsSuffix: "amazonaws.com",
      accountId: aws.plan.managementAccountId,
      collectorRoleName: "collector",
    };
    const owner = aws.deployer;
    const key = new CreateKeyCommand({ Policy: JSON.stringify(alertsKeyPolicy(where)) });
    keyArn = (await aws.kms(owner).send(key)).KeyMetadata?.Arn ?? "";
    const create = new CreateTopicCommand({ Name: "alerts", Attributes: { KmsMasterKeyId: keyArn } });
    topicArn = (await aws.sns(owner).send(create)).TopicArn ?? "";
    const AttributeValue = JSON.stringify(alertsTopicPolicy({ ...where, topicArn }));
    await aws
      .sns(owner)
      .send(new SetTopicAttributesCommand({ TopicArn: topicArn, AttributeName: "Policy", AttributeValue }));
    collector = await roleOf("collector", true);
  });
  after(() => aws.remove());

  it("takes what the collector's role publishes, and passes it on to who is subscribed", async () => {
    const subscriber = await subscribe(aws.sns(aws.deployer), topicArn);
    try {
      expect(await publishes(collector)).to.equal("none");
      const [first] = await subscriber.messages(1);
      expect(first).to.include({ Type: "Notification", Subject: "Run complete", Message: "All is well.\n" });
    } finally {
      await subscriber.close();
    }
  });

  it("takes nothing from another role, from its own administrator, or from another account", async () => {
    expect(await publishes(await roleOf("somebody", true))).to.match(/^Authorization/);
    expect(await publishes(aws.deployer)).to.match(/^Authorization/);
    expect(await publishes(await aws.administrator("444400000003"))).to.match(/^Authorization/);
  });

  it("takes nothing over plain HTTP", async () => {
    const sns = aws.sns(collector);
    addHeader(sns, INSECURE_TRANSPORT_HEADER, "true");
    expect(await errorName(sns.send(message()))).to.match(/^Authorization/);
  });

  it("takes nothing from who may not use its key", async () => {
    await aws.iam(aws.deployer).send(
      new PutRolePolicyCommand({
        RoleName: "collector",
        PolicyName: "publish",
        PolicyDocument: policy({ Effect: "Allow", Action: "sns:Publish", Resource: topicArn }),
      }),
    );
    expect(await publishes(collector)).to.match(/^KMSAccessDenied/);
  });
});
