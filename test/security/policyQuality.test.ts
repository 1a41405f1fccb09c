import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { PolicyStatement } from "../../components/policyDocument";
import { PROJECT } from "../support/commandLine";
import { brokenRules, POLICY_RULES, type Ruled } from "../support/policyRules";
import { CONFIGURATION_NAMES } from "../support/renderedConfigurations";
import { render } from "../support/renderedPolicies";

const BUCKET = "arn:aws:s3:::evidence";
const ROLE = "arn:aws:iam::111122223333:role/collector";
const READ = { Sid: "Read", Effect: "Allow", Action: "s3:GetObject", Resource: `${BUCKET}/*` };
const READERS = {
  ...READ,
  Principal: { AWS: "arn:aws:iam::333344445555:root" },
  Condition: { ArnEquals: { "aws:PrincipalArn": ROLE } },
};
const TLS = {
  Sid: "DenyPlainHttp",
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: BUCKET,
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};
const LAMBDA = {
  Sid: "LambdaOnly",
  Effect: "Allow",
  Action: "sts:AssumeRole",
  Principal: { Service: "lambda.amazonaws.com" },
  Condition: { StringEquals: { "aws:SourceAccount": "111122223333" } },
};
const JOBS = {
  ...LAMBDA,
  Action: "sts:AssumeRoleWithWebIdentity",
  Principal: { Federated: "arn:aws:iam::111122223333:oidc-provider/jobs.example.com" },
  Condition: { StringEquals: { "jobs.example.com:aud": "sts", "jobs.example.com:sub": "repo:example/reports" } },
};

function ruled(kind: Ruled["kind"], attachedTo: string, ...statements: object[]): Ruled {
  return {
    kind,
    attachedTo,
    partition: "aws",
    document: { Version: "2012-10-17", Statement: statements as PolicyStatement[] },
  };
}
const ofBucket = (...statements: object[]): Ruled => ruled("resource", BUCKET, TLS, ...statements);
const trust = (...statements: object[]): Ruled => ruled("trust", ROLE, ...statements);
const ifSaid = { StringEqualsIfExists: { "aws:SourceAccount": "111122223333" } };

/** What breaks each rule, and what comes near it and does not. */
const CASES: Record<string, { broken: Ruled[]; kept: Ruled[] }> = {
  "an open principal": {
    broken: [
      ofBucket({ ...READ, Principal: "*" }),
      ofBucket({ ...READ, Principal: { AWS: ["*"] }, Condition: { StringNotEquals: { "aws:PrincipalOrgID": "o-1" } } }),
      ofBucket({ ...READ, Principal: "*", Condition: { StringEqualsIfExists: { "aws:PrincipalOrgID": "o-1" } } }),
    ],
    kept: [ofBucket({ ...READ, Principal: "*", Condition: { StringEquals: { "aws:PrincipalOrgID": "o-1" } } })],
  },
  "a whole account": {
    broken: [ofBucket({ ...READERS, Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } })],
    kept: [
      ofBucket(READERS),
      ruled("resource", "arn:aws:kms:eu-central-1:333344445555:key/1", { ...READERS, Condition: {} }),
    ],
  },
  "a role by its name as principal": { broken: [ofBucket({ ...READERS, Principal: { AWS: ROLE } })], kept: [] },
  "a wildcard in an action": {
    broken: [ruled("identity", ROLE, { ...READ, Action: ["s3:GetObject", "s3:List*"] })],
    kept: [ofBucket()],
  },
  "what is not named": {
    broken: [
      ruled("identity", ROLE, { ...READ, NotAction: "s3:PutObject" }),
      ruled("identity", ROLE, { ...READ, NotResource: BUCKET }),
      ofBucket({ ...READ, NotPrincipal: { AWS: ROLE } }),
    ],
    kept: [],
  },
  "another partition": {
    broken: [ruled("identity", ROLE, { ...READ, Resource: "arn:aws-cn:s3:::evidence/*" })],
    kept: [
      ruled("identity", ROLE, { ...READ, Condition: { StringEquals: { "kms:EncryptionContext:aws:s3:arn": BUCKET } } }),
    ],
  },
  "a service that acts for anybody": {
    broken: [trust({ ...LAMBDA, Condition: {} }), trust({ ...LAMBDA, Condition: ifSaid })],
    kept: [trust(LAMBDA), trust({ ...LAMBDA, Principal: { Service: "events.amazonaws.com" }, Condition: ifSaid })],
  },
  "every job of a provider": {
    broken: [trust({ ...JOBS, Condition: { StringEquals: { "jobs.example.com:aud": "sts" } } })],
    kept: [trust(JOBS)],
  },
  "plain HTTP": {
    broken: [
      ruled("resource", BUCKET, READERS),
      ruled("resource", BUCKET, { ...TLS, Action: "s3:PutObject" }, READERS),
      ruled("resource", "arn:aws:sqs:eu-central-1:111122223333:queue", { ...READERS, Action: "sqs:SendMessage" }),
    ],
    kept: [ofBucket(READERS), ruled("resource", "arn:aws:lambda:eu-central-1:111122223333:function:f", LAMBDA)],
  },
  "a statement without a name": { broken: [ofBucket({ ...READERS, Sid: undefined })], kept: [] },
};

describe("the rules for policies", () => {
  for (const rule of Object.keys(POLICY_RULES)) {
    it(`find ${rule}, and nothing else in what is right`, () => {
      const { broken, kept } = CASES[rule] ?? { broken: [], kept: [] };
      expect(broken).not.to.deep.equal([]);
      for (const policy of broken) {
        expect(brokenRules(policy).join("\n"), JSON.stringify(policy.document)).to.contain(`${rule}: `);
      }
      for (const policy of kept) expect(brokenRules(policy), JSON.stringify(policy.document)).to.deep.equal([]);
    });
  }
});

describe("every policy of every stack", function () {
  // every stack of a configuration is rendered
  this.timeout(120_000);

  for (const name of CONFIGURATION_NAMES) {
    it(`keeps the rules: ${name}`, async () => {
      const { policies, configuration } = await render(name);
      const broken = policies.flatMap((policy) =>
        brokenRules({ ...policy, partition: configuration.place.partition }).map(
          (what) => `${policy.stack}: ${policy.resource}: ${what}`,
        ),
      );
      expect(broken).to.deep.equal([]);
    });
  }
});

describe("the source of the stacks", () => {
  it("names no partition: an ARN takes that of the place", () => {
    const named: string[] = [];
    for (const folder of ["components", "package", "report", "rollout", "runtime"]) {
      const files = readdirSync(join(PROJECT, folder), { recursive: true, encoding: "utf8" });
      for (const file of files.filter((name) => name.endsWith(".ts"))) {
        const lines = readFileSync(join(PROJECT, folder, file), "utf8").split("\n");
        named.push(
          ...lines.filter((line) => /\barn:aws[\w-]*:/.test(line)).map((line) => `${folder}/${file}: ${line.trim()}`),
        );
      }
    }
    expect(named).to.deep.equal([]);
  });
});
