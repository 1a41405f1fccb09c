import { expect } from "chai";
import type { PolicyDocument, PolicyStatement } from "../../components/policyDocument";
import { lintPolicies, type LintFinding } from "../support/policyLinter";
import { CONFIGURATION_NAMES } from "../support/renderedConfigurations";
import { renderedPolicies, type RenderedPolicy } from "../support/renderedPolicies";

/** Findings of one rule that are looked at and accepted. */
interface Exception {
  issue: string;
  applies: (policy: RenderedPolicy, finding: LintFinding) => boolean;
  why: string;
}

const isOfKey = ({ resource }: RenderedPolicy): boolean => resource.startsWith("aws:kms/key:");
const isPermission = ({ resource }: RenderedPolicy): boolean => resource.startsWith("aws:lambda/permission:");
const isOfGitHub = ({ kind, resource }: RenderedPolicy): boolean => kind === "trust" && /::github-/.test(resource);

/** Every finding of the linter is mended or stands here. */
const EXCEPTIONS: Exception[] = [
  {
    issue: "RESOURCE_STAR",
    applies: isOfKey,
    why: "in the policy of a key, * is that key: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html",
  },
  {
    issue: "PERMISSIONS_MANAGEMENT_ACTIONS",
    applies: isOfKey,
    why: "somebody has to administer a key: its account, which cannot use it",
  },
  {
    issue: "CREDENTIALS_EXPOSURE",
    applies: ({ kind }) => kind === "trust",
    why: "to say who may assume a role is what a trust policy is for",
  },
  {
    issue: "CREDENTIALS_EXPOSURE",
    applies: ({ resource }) => /RolePolicy::(collector|(pipeline|github)-(preview|deploy))$/.test(resource),
    why: "the collector assumes member roles, a rollout the deploy roles: one name in one organization, or a list by ARN",
  },
  {
    issue: "INVALID_SID",
    applies: isPermission,
    why: "the id of a permission of Lambda may have hyphens: https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html",
  },
  {
    issue: "RESOURCE_MISMATCH",
    applies: ({ resource }, { sid, detail }) =>
      resource.endsWith("::pipeline") &&
      sid === "FetchTheSource" &&
      /^\[[^\]]*codestar-connections:Use[^{]*\]$/.test(detail),
    why: "the service asks for the action by its old name too, on the ARN that the connection has",
  },
  {
    issue: "RESOURCE_MISMATCH",
    applies: ({ resource }, { sid, detail }) =>
      resource.endsWith("::machine") && sid === "FollowBatches" && /^\[[^\]]*:express:[^{]*\]$/.test(detail),
    why: "executions are of standard or of express machines, and the linter asks for both; the machine is a standard one",
  },
  {
    issue: "UNKNOWN_CONDITION_FOR_ACTION",
    applies: (policy, { detail }) =>
      isOfGitHub(policy) && /token\.actions\.githubusercontent\.com:(aud|sub) /.test(detail),
    why: "keys of a provider are not in AWS's list: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html",
  },
  {
    issue: "UNKNOWN_FEDERATION_SOURCE",
    applies: isOfGitHub,
    why: "the linter knows providers of SAML, and this one is of OpenID Connect",
  },
];

const document = (...statements: object[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: statements as PolicyStatement[],
});
const OBJECTS = "arn:aws:s3:::evidence/*";
const READ = { Sid: "Read", Effect: "Allow", Action: "s3:GetObject", Resource: OBJECTS };

/** A document for each fault, by the rule that finds it. */
const PLANTED: Record<string, PolicyDocument> = {
  UNKNOWN_ACTION: document({ ...READ, Action: "s3:GetObjects" }),
  RESOURCE_MISMATCH: document({ ...READ, Resource: "arn:aws:s3:::evidence" }),
  RESOURCE_STAR: document({ ...READ, Resource: "*" }),
  NEEDLESS_STAR: document({ ...READ, Action: "organizations:ListAccountsForParent", Resource: "*" }),
  UNKNOWN_CONDITION_FOR_ACTION: document({ ...READ, Condition: { StringEquals: { "s3:prefixes": "runs/" } } }),
  UNKNOWN_OPERATOR: document({ ...READ, Condition: { StringEqual: { "s3:ExistingObjectTag/a": "b" } } }),
  DUPLICATE_SID: document(READ, READ),
  INVALID_SID: document({ ...READ, Sid: "Read the evidence" }),
  MALFORMED: document({ ...READ, Conditions: {} }),
  NOTRESOURCE_WITH_ALLOW: document({ Sid: "Read", Effect: "Allow", Action: "s3:GetObject", NotResource: OBJECTS }),
};

describe("a linter of policies", function () {
  // every stack of every configuration is rendered, and the linter installed where it is not there yet
  this.timeout(300_000);
  let found: { policy: RenderedPolicy; finding: LintFinding }[];

  before(async () => {
    const policies: RenderedPolicy[] = [];
    for (const name of CONFIGURATION_NAMES) policies.push(...(await renderedPolicies(name)));
    const findings = await lintPolicies(policies);
    expect(findings).to.have.length(policies.length);
    found = policies.flatMap((policy, index) => (findings[index] ?? []).map((finding) => ({ policy, finding })));
  });

  const excepts = ({ issue, applies }: Exception, policy: RenderedPolicy, finding: LintFinding): boolean =>
    issue === finding.issue && applies(policy, finding);

  it("has nothing against any policy of any stack, but for what is accepted with a reason", () => {
    const left = found.filter(({ policy, finding }) => !EXCEPTIONS.some((known) => excepts(known, policy, finding)));
    const texts = left.map(
      ({ policy: { configuration, stack, resource }, finding: { issue, sid, detail } }) =>
        `${configuration}, ${stack}: ${resource}, ${sid}: ${issue} ${detail}`,
    );
    expect(texts).to.deep.equal([]);
  });

  for (const exception of EXCEPTIONS) {
    it(`would have without this exception: ${exception.issue}, because ${exception.why}`, () => {
      const excepted = found.filter(({ policy, finding }) => excepts(exception, policy, finding));
      expect(excepted, "an exception that is no longer needed").not.to.deep.equal([]);
    });
  }

  it("finds what is planted", async () => {
    const planted = Object.entries(PLANTED);
    const findings = await lintPolicies(planted.map(([, document]) => ({ kind: "identity", document })));
    for (const [index, [issue]] of planted.entries()) {
      expect(
        findings[index]?.map((finding) => finding.issue),
        issue,
      ).to.include(issue);
    }
    expect(findings[0]?.[0]?.sid).to.equal("Read");
    const [clean] = await lintPolicies([{ kind: "identity", document: document(READ) }]);
    expect(clean).to.deep.equal([]);
  });
});
