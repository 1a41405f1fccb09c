import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { POLICIES } from "../../policy/pack";
import { UNKNOWN_TEXT, violationsOf } from "../support/policyRunner";
import { ACCOUNT, aws, bucketParts, ROLE_ARN, RULE_CASES, trusting } from "./ruleCases";

describe("the rules of the policy pack", () => {
  it("each have something that keeps them and something that does not", () => {
    expect(Object.keys(RULE_CASES)).to.have.members(POLICIES.map(({ name }) => name));
    for (const [rule, { keeps, breaks }] of Object.entries(RULE_CASES)) {
      expect(Object.keys(keeps), rule).to.not.have.length(0);
      expect(Object.keys(breaks), rule).to.not.have.length(0);
    }
  });

  it("each say what holds, who asks for it, where that is explained, and how they are enforced", () => {
    for (const { name, description, url, enforcementLevel, severity } of POLICIES) {
      expect(name).to.match(/^[a-z0-9]+(-[a-z0-9]+)+$/);
      expect(description, name).to.match(/\([^)]+\)$/);
      expect(url, name).to.match(/^https:\/\/docs\.aws\.amazon\.com\//);
      expect([enforcementLevel, severity], name).to.not.include(undefined);
    }
  });

  for (const [rule, { keeps, breaks }] of Object.entries(RULE_CASES)) {
    describe(rule, () => {
      const found = async (...stack: Parameters<typeof violationsOf>) =>
        (await violationsOf(...stack)).filter((each) => each.rule === rule);

      for (const [what, stack] of Object.entries(keeps)) {
        it(`lets pass: ${what}`, async () => {
          expect(await found(stack)).to.deep.equal([]);
        });
      }
      for (const [what, { stack, says }] of Object.entries(breaks)) {
        it(`finds: ${what}`, async () => {
          const violations = await found(stack);
          expect(violations.map(({ resource }) => resource)).to.deep.equal(["it"]);
          expect(violations[0]?.message).to.contain(says);
          expect(violations[0]?.message).to.match(/\nRemedy: [A-Z].+/);
        });
        it(`passes over what is excepted by name: ${what}`, async () => {
          expect(await found(stack, { [rule]: { except: ["i*"] } })).to.deep.equal([]);
        });
      }
    });
  }
});

describe("settings of the rules", () => {
  const messages = async (...args: Parameters<typeof violationsOf>): Promise<string[]> =>
    (await violationsOf(...args)).map(({ message }) => message.split("\n")[0] ?? "");

  it("change how long a key waits", async () => {
    const key = aws("kms/key", { enableKeyRotation: true, deletionWindowInDays: 14 });
    expect(await messages([key])).to.deep.equal([]);
    expect(await messages([key], { "kms-deletion-window": { minimumDays: 21 } })).to.deep.equal([
      "deletionWindowInDays is 14, and at least 21 are asked for",
    ]);
  });

  it("change what counts as short-lived", async () => {
    const stack = bucketParts({
      versioning: undefined,
      lifecycle: {
        rules: [
          { status: "Enabled", expiration: { days: 60 }, abortIncompleteMultipartUpload: { daysAfterInitiation: 1 } },
        ],
      },
    });
    expect(await messages(stack)).to.deep.equal([]);
    expect(await messages(stack, { "s3-versioning": { shortLivedDays: 30 } })).to.deep.equal(["versioning is not set"]);
  });

  it("allow single actions with a wildcard", async () => {
    const document = JSON.stringify({ Statement: { Effect: "Allow", Action: "s3:Get*", Resource: "*" } });
    const stack = [aws("iam/rolePolicy", { policy: document })];
    expect(await messages(stack)).to.deep.equal(["statement 1 allows s3:Get*"]);
    expect(await messages(stack, { "iam-wildcard-action": { allow: ["s3:Get*"] } })).to.deep.equal([]);
  });

  it("ask for a key of log groups, and for another retention", async () => {
    const stack = [aws("cloudwatch/logGroup", { retentionInDays: 90 })];
    const config = { "logs-retention": { minimumDays: 90, requireKey: true } };
    expect(await messages(stack, config)).to.deep.equal(["no key of one's own encrypts it"]);
  });

  it("look at the roles of all services for broad policies", async () => {
    const role = aws("iam/role", {
      assumeRolePolicy: trusting({ AWS: ROLE_ARN }),
      managedPolicyArns: ["arn:aws:iam::aws:policy/PowerUserAccess"],
    });
    expect(await messages([role])).to.deep.equal([]);
    expect(await messages([role], { "iam-broad-managed-policy": { roles: "all" } })).to.deep.equal([
      "it has arn:aws:iam::aws:policy/PowerUserAccess",
    ]);
  });

  it("name roles of one's own that trust one role, and services that do not say for whom they come", async () => {
    const own = aws("iam/role", {
      name: "audit-reader",
      assumeRolePolicy: trusting({ AWS: [ROLE_ARN, `${ROLE_ARN}2`] }),
    });
    expect(await messages([own])).to.deep.equal([]);
    expect(await messages([own], { "iam-one-trusted-role": { roleNames: ["audit-*"] } })).to.have.length(1);
    const service = aws("iam/role", { assumeRolePolicy: trusting({ Service: "new.amazonaws.com" }) });
    expect(await messages([service])).to.have.length(1);
    const config = { "iam-service-source-account": { exceptServices: ["new.amazonaws.com"] } };
    expect(await messages([service], config)).to.deep.equal([]);
  });

  it("say of a variable that it only looks like a secret", async () => {
    const stack = [
      aws("lambda/function", {
        reservedConcurrentExecutions: 1,
        deadLetterConfig: { targetArn: "arn" },
        environment: { variables: { TOKENIZER: "words" } },
      }),
    ];
    expect(await messages(stack)).to.deep.equal(["the variable TOKENIZER holds a secret, or looks like it"]);
    expect(await messages(stack, { "lambda-environment-secrets": { allowNames: ["TOKENIZER"] } })).to.deep.equal([]);
  });
});

describe("the policy pack in a preview", () => {
  it("joins what belongs to a bucket whose name is not known yet", async () => {
    const stack = bucketParts().map((subject) =>
      subject.name === "it"
        ? { ...subject, inputs: {} }
        : { ...subject, inputs: { ...subject.inputs, bucket: UNKNOWN_TEXT }, from: { bucket: ["it"] } },
    );
    expect(await violationsOf(stack)).to.deep.equal([]);
    const alone = stack.filter(({ name }) => name !== "versioning");
    expect((await violationsOf(alone)).map(({ rule }) => rule)).to.deep.equal(["s3-versioning"]);
  });

  it("passes over what is not known, and finds what is", async () => {
    const unknown = [
      aws("iam/role", { assumeRolePolicy: UNKNOWN_TEXT }, { components: ["iam-credential-reports:index:MemberRole"] }),
      aws("kms/key", { enableKeyRotation: true, policy: UNKNOWN_TEXT }),
      aws("sns/topic", { kmsMasterKeyId: UNKNOWN_TEXT }),
      aws("lambda/function", { reservedConcurrentExecutions: 1, deadLetterConfig: { targetArn: UNKNOWN_TEXT } }),
      ...bucketParts({ policy: { policy: UNKNOWN_TEXT } }),
    ];
    expect(await violationsOf(unknown)).to.deep.equal([]);
    const [found] = await violationsOf([...unknown, aws("sqs/queue", { name: UNKNOWN_TEXT }, { name: "queue" })]);
    expect(found).to.deep.include({ rule: "sqs-encryption", resource: "queue" });
  });

  it("finds what is missing though AWS will say more of the bucket once it is made", async () => {
    const computed = { bucket: "evidence", policy: UNKNOWN_TEXT, acl: UNKNOWN_TEXT };
    const stack = bucketParts({ policy: undefined }).map((each) =>
      each.name === "it" ? { ...each, inputs: computed } : each,
    );
    expect((await violationsOf(stack)).map(({ rule }) => rule)).to.deep.equal(["s3-tls-only"]);
  });

  it("reads no ARNs in what is uploaded", async () => {
    const text = new pulumi.asset.StringAsset("'arn:aws:s3:::somewhere'");
    const code = new pulumi.asset.AssetArchive({ "index.js": text });
    const inputs = { code, reservedConcurrentExecutions: 1, deadLetterConfig: { targetArn: "queue" } };
    expect(await violationsOf([aws("lambda/function", inputs, { region: "cn-north-1" })])).to.deep.equal([]);
  });

  it("says nothing of values in its messages that are secret", async () => {
    const secret = "correct horse battery staple";
    const stack = [aws("lambda/function", { environment: { variables: { PASSPHRASE: secret } } })];
    const said = JSON.stringify(await violationsOf(stack));
    expect(said).to.contain("PASSPHRASE").and.not.contain(secret);
    expect(said).to.not.contain(ACCOUNT);
  });
});
