import { expect } from "chai";
import { CHECKS } from "../../../rollout/doctor";
import { runChecks, type CheckResult } from "../../../rollout/doctor/check";
import type { OrganizationConfig } from "../../../rollout/configuration/organizationConfig";
import { ConfigurationError } from "../../../rollout/errors";
import { ACCOUNTS, awsError, doctorFacts, type Answers, type FactChanges } from "../../support/doctorFacts";

const look = (changes: FactChanges): Promise<CheckResult[]> => runChecks(CHECKS, doctorFacts(changes));
const refusing = (...commands: string[]): Answers =>
  Object.fromEntries(
    commands.map((name) => [
      name,
      () => {
        throw awsError("AccessDeniedException", "not allowed", 403);
      },
    ]),
  );
const account = (accountId: string, answer: object | "absent"): Answers => ({
  DescribeAccountCommand: ({ AccountId }) => {
    if (AccountId !== accountId) return { Account: { Id: AccountId, Name: "other", State: "ACTIVE" } };
    if (answer === "absent") throw awsError("AccountNotFoundException", "no such account");
    return { Account: answer };
  },
});
const policy = (statement: object): Answers => ({
  DescribePolicyCommand: () => ({
    Policy: { Content: JSON.stringify({ Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }, statement] }) },
  }),
});
const simulated = (action: string, result: object): Answers => ({
  SimulatePrincipalPolicyCommand: ({ ActionNames }) => ({
    EvaluationResults: (ActionNames as string[]).map((EvalActionName) => ({
      EvalActionName,
      EvalDecision: "allowed",
      ...(EvalActionName === action ? result : {}),
    })),
  }),
});

/** The collector of account 111122223333, which is not the management account of the organization. */
const elsewhere: FactChanges["config"] = (config) => {
  for (const { settings } of [config.security, config.logarchive, config.management]) {
    settings.collectorAccountId = "111122223333";
    settings.managementAccountId = "999900001111";
  }
};
const delegation = (
  registered: object[],
  known: (input: Record<string, unknown>) => boolean = () => true,
): Answers => ({
  DescribeOrganizationCommand: () => ({
    Organization: { Id: "o-exampleorgid", MasterAccountId: "999900001111", FeatureSet: "ALL" },
  }),
  ListAccountsCommand: () => ({ Accounts: [{ Id: "999900001111" }] }),
  ListDelegatedAdministratorsCommand: (input) => ({ DelegatedAdministrators: known(input) ? registered : [] }),
});

/** One thing that is broken: the checks that must say so, and what of. */
const BROKEN: [what: string, id: string | string[], changes: FactChanges, says: RegExp][] = [
  [
    "no Pulumi CLI",
    "pulumi-cli",
    { engine: { version: () => Promise.reject(new Error("spawn pulumi ENOENT")) } },
    /ENOENT/,
  ],
  ["a CLI of another major version", "pulumi-cli", { engine: { version: () => Promise.resolve("2.9.0") } }, /2\.9\.0/],
  [
    "a plug-in that may not be fetched",
    "aws-plugin",
    { env: { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" } },
    /not installed/,
  ],
  [
    "a backend that does not answer",
    "backend",
    { engine: { stacks: () => Promise.reject(new Error("code: 255\n stderr: error: no such bucket\n")) } },
    /answer: no such bucket$/,
  ],
  [
    "a backend that cannot be written",
    "backend-writable",
    { engine: { tryWriting: () => Promise.reject(new Error("error: AccessDenied: s3:PutObject")) } },
    /s3:PutObject/,
  ],
  ["no passphrase", "secrets-provider", { env: { PULUMI_CONFIG_PASSPHRASE: undefined } }, /no passphrase/],
  [
    "a configuration with a mistake",
    "configuration",
    {
      readConfig: () => Promise.reject(new ConfigurationError("management", [{ key: "schedule", problem: "is none" }])),
    },
    /schedule: is none/,
  ],
  [
    "no credentials",
    "caller",
    {
      callerAt: () => Promise.reject(awsError("ExpiredToken", "The token is expired")),
      entering: () => {
        throw awsError("ExpiredToken", "The token is expired");
      },
    },
    /expired/,
  ],
  [
    "a role that cannot be assumed",
    "role-logarchive",
    {
      entering: (stack) => {
        if (stack === "logarchive") throw awsError("AccessDenied", "may not sts:AssumeRole", 403);
      },
    },
    /OrganizationAccountAccessRole: AccessDenied: may not/,
  ],
  ["a role into another account", "role-security", { leadsInto: { security: "999988887777" } }, /999988887777/],
  ["an account that is not there", "account-security", { answers: account("222233334444", "absent") }, /222233334444/],
  [
    "an account that is closed",
    "account-logarchive",
    { answers: account("333344445555", { Id: "333344445555", Name: "log-archive", State: "SUSPENDED" }) },
    /log-archive is SUSPENDED/,
  ],
  [
    "another organization",
    "organization",
    {
      answers: {
        DescribeOrganizationCommand: () => ({
          Organization: { Id: "o-another", MasterAccountId: "111122223333", FeatureSet: "ALL" },
        }),
      },
    },
    /o-another/,
  ],
  [
    "an account in no organization",
    "organization",
    {
      answers: {
        DescribeOrganizationCommand: () => {
          throw awsError("AWSOrganizationsNotInUseException");
        },
      },
    },
    /no organization/,
  ],
  [
    "a collector whose account may not list",
    ["management-account", "stacksets-delegation"],
    { config: elsewhere, answers: { ...delegation([]), ...refusing("ListAccountsCommand") } },
    /(nor a|is no) delegated administrator/,
  ],
  [
    "another management account than the configured one",
    "organization",
    {
      answers: {
        DescribeOrganizationCommand: () => ({
          Organization: { Id: "o-exampleorgid", MasterAccountId: "999900001111", FeatureSet: "ALL" },
        }),
        ListAccountsCommand: () => ({ Accounts: [] }),
      },
    },
    /999900001111, and managementAccountId is 111122223333/,
  ],
  [
    "a collector whose account may make no StackSet",
    "stacksets-delegation",
    {
      config: elsewhere,
      answers: delegation([{ Id: "222233334444" }], ({ ServicePrincipal }) => ServicePrincipal === undefined),
    },
    /111122223333 is no delegated administrator for member\.org\.stacksets/,
  ],
  [
    "only consolidated billing, with StackSets",
    ["organization-features", "stacksets-access"],
    {
      config: ({ management }) => {
        management.settings.memberRoles = "stackset";
      },
      answers: {
        ListAWSServiceAccessForOrganizationCommand: () => ({ EnabledServicePrincipals: [] }),
        DescribeOrganizationCommand: () => ({
          Organization: { Id: "o-exampleorgid", MasterAccountId: "111122223333", FeatureSet: "CONSOLIDATED_BILLING" },
        }),
      },
    },
    /CONSOLIDATED_BILLING|stacksets/,
  ],
  [
    "key and bucket in two Regions",
    "evidence-region",
    {
      config: ({ security }) => {
        security.file.region = "eu-west-1";
      },
    },
    /eu-west-1.*eu-central-1/,
  ],
  [
    "a Region that is not enabled",
    "region-security",
    {
      entering: (stack) => {
        if (stack === "security") throw awsError("InvalidClientTokenId", "The token is invalid", 403);
      },
    },
    /eu-central-1.*\(InvalidClientTokenId\): the Region is not enabled/,
  ],
  [
    "a service control policy that denies",
    "service-control-security",
    { answers: policy({ Effect: "Deny", Action: "kms:Create*", Resource: "*" }) },
    /kms:CreateKey, kms:CreateAlias \(policy FullAWSAccess at/,
  ],
  [
    "a right that the deployer lacks",
    "permissions-management",
    { answers: simulated("lambda:CreateFunction", { EvalDecision: "implicitDeny" }) },
    /lambda:CreateFunction because nothing allows it/,
  ],
  [
    "a right that a StackSet takes",
    "permissions-management",
    {
      answers: {
        ...simulated("cloudformation:CreateStackSet", { EvalDecision: "implicitDeny" }),
        ListAWSServiceAccessForOrganizationCommand: () => ({
          EnabledServicePrincipals: [{ ServicePrincipal: "member.org.stacksets.cloudformation.amazonaws.com" }],
        }),
      },
      config: ({ management }) => {
        management.settings.memberRoles = "stackset";
      },
    },
    /cloudformation:CreateStackSet because nothing allows it/,
  ],
  [
    "a right that the organization denies",
    "permissions-management",
    {
      answers: simulated("iam:CreateRole", {
        EvalDecision: "explicitDeny",
        OrganizationsDecisionDetail: { AllowedByOrganizations: false },
      }),
    },
    /iam:CreateRole by the organization's policies/,
  ],
  [
    "an alias of somebody else's key",
    "name-key-alias",
    {
      answers: {
        DescribeKeyCommand: ({ KeyId }) => {
          if (KeyId === "alias/iam-credential-reports") return { KeyMetadata: { KeyId: "k" } };
          throw awsError("NotFoundException");
        },
        ListResourceTagsCommand: () => ({ Tags: [] }),
      },
    },
    /alias\/iam-credential-reports is there, and is not of this project/,
  ],
  [
    "bucket names of another account",
    ["name-bucket", "name-results-bucket"],
    {
      answers: {
        HeadBucketCommand: () => {
          throw awsError("Forbidden", "", 403);
        },
      },
    },
    /taken by another account/,
  ],
  [
    "a role that no stack has",
    ["name-role", "name-schedule-role"],
    {
      answers: {
        GetRoleCommand: () => ({
          Role: { Arn: "arn:aws:iam::1:role/x", Tags: [{ Key: "iam-credential-reports:stack", Value: "management" }] },
        }),
      },
    },
    /made by a stack management, and the backend knows of no stack management/,
  ],
  [
    "a function of another project",
    "name-function",
    { answers: { GetFunctionCommand: () => ({ Tags: {} }) } },
    /backend knows of no stack/,
  ],
  [
    "a log group that another function left",
    "name-log-group",
    {
      answers: {
        DescribeLogGroupsCommand: ({ logGroupNamePrefix: logGroupName }) => ({
          logGroups: [{ logGroupName: `${String(logGroupName)}-2` }, { logGroupName, logGroupArn: "arn:x" }],
        }),
        ListTagsForResourceCommand: () => ({ tags: {} }),
      },
    },
    /\/aws\/lambda\/iam-credential-reports-collector is there, and is not of this project/,
  ],
  [
    "a queue of another project",
    "name-dead-letter-queue",
    { answers: { GetQueueUrlCommand: () => ({ QueueUrl: "https://x" }), ListQueueTagsCommand: () => ({ Tags: {} }) } },
    /-dead-letters is there, and is not of this project/,
  ],
  [
    "a schedule group of another project",
    "name-schedule",
    {
      answers: { GetScheduleGroupCommand: () => ({ Arn: "arn:x" }), ListTagsForResourceCommand: () => ({ Tags: [] }) },
    },
    /is not of this project/,
  ],
  [
    "a state machine and a rule of another project",
    ["name-state-machine", "name-failure-rule"],
    {
      config: byStateMachine,
      answers: {
        DescribeStateMachineCommand: () => ({}),
        DescribeRuleCommand: () => ({ Arn: "arn:x" }),
        ListTagsForResourceCommand: () => ({ tags: [], Tags: [] }),
      },
    },
    /is not of this project/,
  ],
  [
    "fewer executions than there would be batches at the same time",
    "quota-concurrency",
    {
      config: byStateMachine,
      answers: {
        GetAccountSettingsCommand: () => ({
          AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 135 },
        }),
        GetFunctionConcurrencyCommand: () => ({ ReservedConcurrentExecutions: 1 }),
      },
    },
    /135 of 1000 are not reserved, of which Lambda keeps 100: the collector could not reserve 40/,
  ],
  [
    "the topic and its key's alias of another project",
    ["name-alerts-topic", "name-alerts-alias"],
    {
      config: ({ logarchive, management }) => {
        for (const { settings } of [logarchive, management]) settings.deliverReports = true;
      },
      answers: {
        GetTopicAttributesCommand: () => ({}),
        ListTagsForResourceCommand: () => ({ Tags: [{ Key: "team", Value: "other" }] }),
        DescribeKeyCommand: ({ KeyId }) => {
          if (String(KeyId).endsWith("-alerts")) return { KeyMetadata: { KeyId: "k" } };
          throw awsError("NotFoundException");
        },
        ListResourceTagsCommand: () => ({ Tags: [] }),
      },
    },
    /-alerts is there, and is not of this project/,
  ],
  [
    "alarms of another project",
    "name-alarms",
    {
      answers: {
        DescribeAlarmsCommand: ({ AlarmNames }) => ({
          MetricAlarms: [{ AlarmName: (AlarmNames as string[])[0], AlarmArn: "arn:x" }],
        }),
        ListTagsForResourceCommand: () => ({ Tags: [] }),
      },
    },
    /iam-credential-reports-collector-failed is there, and is not of this project/,
  ],
  [
    "a dashboard, which says of nobody that it is his",
    "name-dashboard",
    { answers: { GetDashboardCommand: () => ({}) } },
    /iam-credential-reports-collector is there, and the backend knows of no stack management that has it/,
  ],
  [
    "a StackSet of another project",
    "name-stack-set",
    { answers: { DescribeStackSetCommand: () => ({ StackSet: { Status: "ACTIVE", Tags: [] } }) } },
    /is not of this project/,
  ],
  [
    "a database and a workgroup of another project",
    ["name-database", "name-workgroup"],
    {
      answers: {
        GetDatabaseCommand: () => ({}),
        GetTagsCommand: () => ({ Tags: {} }),
        GetWorkGroupCommand: () => ({}),
        ListTagsForResourceCommand: () => ({ Tags: [] }),
      },
    },
    /is not of this project/,
  ],
  [
    "resources that only others may use",
    "resource-control-logarchive",
    resourcePolicy("s3:PutObject", { StringNotEquals: { "aws:PrincipalOrgID": "o-another" } }),
    /denied: s3:PutObject \(policy perimeter at 333344445555\)/,
  ],
  [
    "roles that the collector may not assume",
    ["resource-control-security", "resource-control-logarchive"],
    resourcePolicy("sts:AssumeRole", { StringNotEquals: { "aws:PrincipalAccount": "222233334444" } }, "r-root"),
    /denied: sts:AssumeRole/,
  ],
  [
    "no execution left that could be reserved",
    "quota-concurrency",
    {
      answers: {
        GetAccountSettingsCommand: () => ({
          AccountLimit: { ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 },
        }),
      },
    },
    /10 of 10 are not reserved, of which Lambda keeps 100/,
  ],
];

/** The engine for large organizations. */
function byStateMachine({ logarchive, management }: OrganizationConfig): void {
  for (const { settings } of [logarchive, management]) settings.collectorEngine = "stepfunctions";
}

/** A resource control policy that denies something at one place, beside the one that AWS attaches everywhere. */
function resourcePolicy(Action: string, Condition: object, place = ACCOUNTS.logarchive): FactChanges {
  const allow = { Effect: "Allow", Action: "*", Resource: "*" };
  const contents: Record<string, object[]> = {
    "p-RCPFullAWSAccess": [{ ...allow, Principal: "*" }],
    "p-perimeter": [{ ...allow, Effect: "Deny", Principal: "*", Action, Condition }],
  };
  return {
    answers: {
      ListPoliciesForTargetCommand: ({ TargetId, Filter }) => ({
        Policies:
          Filter === "RESOURCE_CONTROL_POLICY" && TargetId === place
            ? [{ Id: "p-perimeter", Name: "perimeter" }, { Id: "p-RCPFullAWSAccess" }]
            : [{ Id: "p-RCPFullAWSAccess" }],
      }),
      DescribePolicyCommand: ({ PolicyId }) => ({
        Policy: { Content: JSON.stringify({ Statement: contents[String(PolicyId)] }) },
      }),
    },
  };
}

describe("the doctor's checks", () => {
  it("have ids that are told apart", () => {
    const ids = CHECKS.map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it("are all ok where all is well", async () => {
    const results = await look({});
    expect(results.filter(({ state }) => state !== "ok")).to.deep.equal([]);
    expect(results.filter(({ remedy }) => remedy !== null)).to.deep.equal([]);
  });

  for (const [what, ids, changes, says] of BROKEN) {
    it(`find ${what}, say what to do, and blame nothing else`, async () => {
      const wrong = (await look(changes)).filter(({ state }) => state === "wrong");
      expect(wrong.map(({ id }) => id)).to.deep.equal([ids].flat());
      for (const { why, remedy } of wrong) {
        expect(why).to.match(says);
        expect(remedy).to.match(/^\S.{10,}/);
      }
    });
  }

  it("are all ok with a collector in the account of a delegated administrator", async () => {
    const results = await look({ config: elsewhere, answers: delegation([{ Id: "111122223333", Name: "Audit" }]) });
    expect(results.filter(({ state }) => state !== "ok")).to.deep.equal([]);
    const why = (id: string) => results.find((result) => result.id === id)?.why;
    expect(why("stacksets-delegation")).to.equal("111122223333 is one");
    expect(why("management-account")).to.contain("may list");
  });

  it("ask Organizations nothing where organizationId is none, and are all ok", async () => {
    const config: FactChanges["config"] = ({ security, logarchive, management }) => {
      for (const { settings } of [security, logarchive, management]) settings.organizationId = "none";
    };
    const organizations = new Proxy({}, { get: (_, name) => expect.fail(`Organizations was asked: ${String(name)}`) });
    const results = await look({ config, organizations });
    expect(results.filter(({ state }) => state !== "ok")).to.deep.equal([]);
    expect(results.find(({ id }) => id === "organization")?.why).to.contain("organizationId is none");
  });

  it("are unknown, and nothing wrong, where AWS refuses to be asked", async () => {
    const commands = [
      "DescribeOrganizationCommand",
      "DescribeAccountCommand",
      "ListAWSServiceAccessForOrganizationCommand",
      "ListDelegatedAdministratorsCommand",
      "ListParentsCommand",
      "SimulatePrincipalPolicyCommand",
      "DescribeKeyCommand",
      "GetFunctionCommand",
      "GetRoleCommand",
      "GetAccountSettingsCommand",
      "GetAccountSummaryCommand",
      "DescribeLogGroupsCommand",
      "GetScheduleGroupCommand",
      "GetQueueUrlCommand",
      "DescribeStackSetCommand",
      "GetDatabaseCommand",
      "GetWorkGroupCommand",
    ];
    const results = await look({ answers: refusing(...commands) });
    expect(results.filter(({ state }) => state === "wrong")).to.deep.equal([]);
    const unknown = results.filter(({ state }) => state === "unknown");
    expect(unknown.map(({ id }) => id)).to.include.members([
      "organization",
      "account-security",
      "stacksets-access",
      "service-control-security",
      "permissions-security",
      "name-key-alias",
      "name-role",
      "name-log-group",
      "name-workgroup",
      "resource-control-security",
      "quota-concurrency",
      "quota-roles-security",
    ]);
    for (const { why } of unknown) expect(why).to.match(/AccessDenied|is refused|not looked at/);
  });

  it("do not take what lost its tags for somebody else's while its stack is deployed", async () => {
    const results = await look({
      stacks: [{ name: "security", resourceCount: 4 }],
      answers: {
        DescribeKeyCommand: () => ({ KeyMetadata: { KeyId: "k" } }),
        ListResourceTagsCommand: () => ({ Tags: [] }),
      },
    });
    const alias = results.find(({ id }) => id === "name-key-alias");
    expect(alias?.state).to.equal("unknown");
    expect(alias?.why).to.contain("has no tag of this project").and.contain("status");
  });

  it("name the one check that they depend on, and repeat no cause", async () => {
    const no =
      (name: string): FactChanges["entering"] =>
      () => {
        throw awsError(name, "no", 403);
      };
    const unmet = async (changes: FactChanges): Promise<Record<string, string>> =>
      Object.fromEntries(
        (await look(changes)).flatMap(({ id, state, why }) => {
          const [, needed] = /^not looked at: it needs what (\S+) looks at$/.exec(why) ?? [];
          if (state === "unknown") expect(needed, `${id}: ${why}`).to.be.a("string");
          return needed === undefined ? [] : [[id, needed]];
        }),
      );
    const noRole = await unmet({ entering: no("AccessDenied") });
    expect(noRole).to.include({ "name-bucket": "role-logarchive", organization: "role-management" });
    const noCaller = await unmet({
      entering: no("ExpiredToken"),
      callerAt: () => Promise.reject(awsError("ExpiredToken")),
    });
    expect(noCaller).to.include({ "role-security": "caller", "region-security": "caller", "name-bucket": "caller" });
    const noCli = await unmet({ engine: { version: () => Promise.reject(new Error("ENOENT")) } });
    expect(noCli).to.deep.equal(
      Object.fromEntries(
        ["aws-plugin", "backend", "backend-writable", "secrets-provider"].map((id) => [id, "pulumi-cli"]),
      ),
    );
    const noConfig = await unmet({ readConfig: () => Promise.reject(new ConfigurationError("management", [])) });
    expect(noConfig).to.include({ "name-bucket": "configuration", scope: "configuration" });
    expect(noConfig).not.to.have.any.keys("backend", "caller", "role-security");
  });

  it("take a deployed organization for its own", async () => {
    const tag = { Key: "iam-credential-reports:stack", Value: "management" };
    const results = await look({
      stacks: ["security", "logarchive", "management"].map((name) => ({ name, resourceCount: 4 })),
      answers: {
        DescribeKeyCommand: ({ KeyId }) => ({ KeyMetadata: { KeyId } }),
        ListResourceTagsCommand: ({ KeyId }) => {
          const TagValue = String(KeyId).endsWith("-alerts") ? "management" : "security";
          return { Tags: [{ TagKey: tag.Key, TagValue }] };
        },
        GetTopicAttributesCommand: () => ({}),
        DescribeAlarmsCommand: ({ AlarmNames }) => ({
          MetricAlarms: (AlarmNames as string[]).map((AlarmName) => ({ AlarmName, AlarmArn: "arn:x" })),
        }),
        GetDashboardCommand: () => ({}),
        HeadBucketCommand: () => ({}),
        GetBucketTaggingCommand: () => ({ TagSet: [{ ...tag, Value: "logarchive" }] }),
        GetRoleCommand: () => ({ Role: { Arn: "arn:aws:iam::1:role/x", Tags: [tag] } }),
        GetFunctionCommand: () => ({ Tags: { [tag.Key]: tag.Value } }),
        DescribeLogGroupsCommand: ({ logGroupNamePrefix: logGroupName }) => ({ logGroups: [{ logGroupName }] }),
        GetScheduleGroupCommand: () => ({ Arn: "arn:x" }),
        GetQueueUrlCommand: () => ({ QueueUrl: "https://x" }),
        ListQueueTagsCommand: () => ({ Tags: { [tag.Key]: tag.Value } }),
        ListTagsForResourceCommand: () => ({ tags: { [tag.Key]: tag.Value }, Tags: [tag] }),
        DescribeStackSetCommand: () => ({ StackSet: { Status: "ACTIVE", Tags: [tag] } }),
        GetDatabaseCommand: () => ({}),
        GetTagsCommand: () => ({ Tags: { [tag.Key]: "logarchive" } }),
      },
    });
    expect(results.filter(({ state }) => state !== "ok")).to.deep.equal([]);
  });

  it("leave alone a perimeter that lets in the own organization over TLS", async () => {
    const Condition = {
      StringNotEqualsIfExists: { "aws:PrincipalOrgID": "o-exampleorgid" },
      BoolIfExists: { "aws:PrincipalIsAWSService": "false" },
    };
    const results = await look(resourcePolicy("*", Condition, "r-root"));
    expect(results.filter(({ state }) => state !== "ok")).to.deep.equal([]);
    const insecure = await look(resourcePolicy("s3:*", { Bool: { "aws:SecureTransport": "false" } }));
    expect(insecure.filter(({ state }) => state !== "ok")).to.deep.equal([]);
  });

  it("take what the collector has reserved for reserved, and call full accounts unknown", async () => {
    const results = await look({
      answers: {
        GetFunctionConcurrencyCommand: () => ({ ReservedConcurrentExecutions: 2 }),
        GetAccountSettingsCommand: () => ({ AccountLimit: { UnreservedConcurrentExecutions: 99 } }),
        GetAccountSummaryCommand: () => ({ SummaryMap: { Roles: 1000, RolesQuota: 1000 } }),
      },
    });
    const notOk = results.filter(({ state }) => state !== "ok");
    expect(notOk.map(({ id, state }) => `${id} ${state}`)).to.deep.equal(
      ["security", "logarchive", "management"].map((stack) => `quota-roles-${stack} unknown`),
    );
  });
});
