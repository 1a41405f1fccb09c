import { expect } from "chai";
import { memberRoleDefinition, type MemberRoleDefinition } from "../../../components/memberRolePolicy";
import type { Listing } from "../../../runtime/listing";
import { lookUpRoles, type RoleLookUp, type RoleState } from "../../../rollout/accounts/memberRoles";
import { filtered, overviews, totalsOf, type AccountOverview } from "../../../rollout/accounts/overview";
import { readPast, unknownPast } from "../../../rollout/accounts/pastCollections";
import { boundaryDifferences, roleDifferences } from "../../../rollout/accounts/roleDifferences";
import { factsOf, treeLines } from "../../../rollout/accounts/tree";
import type { Evidence } from "../../../rollout/evidence/evidence";
import { systemClock } from "../../../runtime/clock";
import { collected as collectedRecord, manifestOf, notCollected } from "../../report/factories";
import { awsError, fakeClient, type Answers } from "../../support/doctorFacts";

const MANAGEMENT = "111122223333";
const A = "444455556661";
const B = "444455556662";
const CLOSED = "444455556663";
const unitsOf = {
  [MANAGEMENT]: "Root",
  [A]: "Root/Workloads/Production",
  [B]: "Root/Workloads",
  [CLOSED]: "Root/Work",
};

const LISTING: Listing = {
  organizationId: "o-exampleorgid",
  managementAccountId: MANAGEMENT,
  accounts: Object.entries(unitsOf).map(([accountId, ouPath]) => ({
    accountId,
    accountName: `name-${accountId.slice(-1)}`,
    ouPath,
    organizationsState: accountId === CLOSED ? "SUSPENDED" : "ACTIVE",
  })),
  outOfScope: [
    {
      accountId: CLOSED,
      accountName: "name-3",
      ouPath: "Root/Work",
      state: "outOfScope",
      reason: "account is SUSPENDED",
    },
  ],
};

const encoded = (document: unknown): string => encodeURIComponent(JSON.stringify(document));
const EXPECTED = memberRoleDefinition({
  partition: "aws",
  collectorAccountId: MANAGEMENT,
  collectorRoleName: "collector",
  externalId: "shared",
});

/** The run of a day, counted from the beginning of November. */
const runOf = (day: string): string => `202611${day}T031500Z-000000`;
const timeOn = (day: string): string =>
  `${new Date(Date.UTC(2026, 10, Number(day), 3, 15)).toISOString().slice(0, 19)}Z`;

/** Runs by day, with the accounts that each collected; undefined for one without manifest. */
function evidence(runs: Record<string, string[] | undefined>, read: string[] = []): Evidence {
  return {
    place: "s3://evidence",
    runIds: () => Promise.resolve(Object.keys(runs).sort().map(runOf)),
    read: (key) => {
      const runId = key.split("/")[1] ?? "";
      const day = runId.slice(6, 8);
      read.push(day);
      const collected = runs[day];
      if (!collected) return Promise.resolve(undefined);
      const accounts = [A, B].map((accountId) =>
        collected.includes(accountId)
          ? collectedRecord(accountId, "", { reportGeneratedTime: timeOn(day) })
          : notCollected(accountId, "", { message: "no" }),
      );
      const manifest = manifestOf(accounts, { runId, finishedAt: timeOn(day), complete: true });
      return Promise.resolve(Buffer.from(JSON.stringify(manifest)));
    },
  };
}

async function overview(
  runs: Record<string, string[] | undefined>,
  roles: [string, RoleState][] = [],
): Promise<Map<string, AccountOverview>> {
  const past = await readPast(evidence(runs), [A, B]);
  const found = overviews({
    listing: LISTING,
    collectorAccountId: MANAGEMENT,
    roles: new Map(roles),
    stacks: { [`member-${A}`]: { state: "deployed" } },
    past,
  });
  return new Map(found.map((account) => [account.accountId, account]));
}

describe("the accounts' history", () => {
  it("tells the newest run, an earlier one and none apart, with why not in the newest", async () => {
    const past = await readPast(evidence({ "20": [A, B], "21": [A], "22": undefined }), [A, B]);
    expect(past.newestRun).to.deep.equal({ runId: runOf("21"), finishedAt: timeOn("21"), complete: true });
    expect(past.of(A)).to.deep.equal({
      state: "newest",
      runId: runOf("21"),
      reportGeneratedTime: "2026-11-21T03:15:00Z",
    });
    expect(past.of(B)).to.deep.equal({
      state: "earlier",
      runId: runOf("20"),
      reportGeneratedTime: "2026-11-20T03:15:00Z",
      newestRun: "assumeRole: AccessDenied: no",
    });
    expect((await readPast(evidence({ "21": [A] }), [A, B])).of(B).state).to.equal("never");
    expect((await readPast(evidence({}), [A])).of(A)).to.deep.equal({ state: "never", newestRun: null });
  });

  it("reads no run more than it takes, and thirty at most", async () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [String(10 + n), [A]]));
    const read: string[] = [];
    await readPast(evidence(many, read), [A]);
    expect(read).to.deep.equal(["49"]);
    const past = await readPast(evidence(many), [A, B]);
    expect(past.runsRead).to.equal(30);
    expect(past.of(B).state).to.equal("notLately");
  });

  it("leaves out a manifest that is of no use, and says so", async () => {
    const whole = evidence({ "20": [A], "21": [A] });
    const broken: Evidence = {
      ...whole,
      read: (key) =>
        key.includes(runOf("21")) ? Promise.resolve(Buffer.from('{"schema":"other/9"}')) : whole.read(key),
    };
    const past = await readPast(broken, [A]);
    expect(past.of(A)).to.include({ state: "newest", runId: runOf("20") });
    expect(past.notes.join())
      .to.contain(`run ${runOf("21")} is left out`)
      .and.contain("other/9");
  });

  it("ends with a remedy where the bucket cannot be read", async () => {
    const denied: Evidence = { ...evidence({}), runIds: () => Promise.reject(awsError("NoSuchBucket", "no bucket")) };
    const error: unknown = await readPast(denied, [A]).catch((e: unknown) => e);
    expect((error as Error).message).to.contain("run up, then collect");
    expect(unknownPast("because").of(A)).to.deep.equal({ state: "unknown" });
    expect(unknownPast("because").notes).to.deep.equal(["because"]);
  });
});

describe("the overview of the accounts", () => {
  it("finds what is wrong with accounts in scope, and nothing with others", async () => {
    const found = await overview({ "20": [A], "21": [] }, [
      [A, { state: "present" }],
      [B, { state: "missing" }],
    ]);
    expect(found.get(A)?.problems).to.deep.equal(["notInNewestRun"]);
    expect(found.get(B)?.problems).to.deep.equal(["roleMissing", "neverCollected"]);
    expect(found.get(CLOSED)).to.deep.include({ inScope: false, reason: "account is SUSPENDED", problems: [] });
    expect(found.get(MANAGEMENT)?.memberRole).to.deep.equal({ state: "notNeeded" });
    expect(found.get(A)?.memberStack).to.equal("deployed");
  });

  it("counts, and its counts add up", async () => {
    const found = [
      ...(
        await overview({ "21": [A] }, [
          [A, { state: "present" }],
          [B, { state: "unknown", why: "x" }],
        ])
      ).values(),
    ];
    expect(totalsOf(found)).to.deep.equal({
      listed: 4,
      inScope: 3,
      outOfScope: 1,
      rolePresent: 1,
      roleMissing: 0,
      roleDiffers: 0,
      roleUnknown: 1,
      inNewestRun: 1,
      neverCollected: 2,
      withProblems: 2,
    });
  });

  it("is narrowed to a unit and what is below, not to one whose name begins alike", async () => {
    const found = [...(await overview({ "21": [A] })).values()];
    const ids = (options: { ou?: string; problems?: boolean }): string[] =>
      filtered(found, options).map(({ accountId }) => accountId);
    expect(ids({ ou: "Root/Work" })).to.deep.equal([CLOSED]);
    expect(ids({ ou: "Root/Workloads/" })).to.deep.equal([A, B]);
    expect(ids({ ou: "Root/Workloads", problems: true })).to.deep.equal([B]);
  });

  it("is shown as a tree, with counts of each unit", async () => {
    const lines = [...treeLines([...(await overview({ "21": [A] }, [[B, { state: "missing" }]])).values()])];
    expect(lines).to.deep.equal([
      "Root · 4 accounts, 2 to look at",
      "  111122223333  name-3      in scope · NEVER COLLECTED (was not listed)",
      "  Work · 1 account",
      "    444455556663  name-3    out of scope: account is SUSPENDED",
      "  Workloads · 2 accounts, 1 to look at",
      "    444455556662  name-2    in scope · ROLE MISSING · NEVER COLLECTED (assumeRole: AccessDenied: no)",
      "    Production · 1 account",
      "      444455556661  name-1  in scope · collected 2026-11-21 03:15",
    ]);
  });

  it("is a line where there is one account, in no organization and in no unit", async () => {
    const alone = { ...(await overview({ "21": [A] })).get(A)!, ouPath: "", accountName: "acme-prod" };
    expect([...treeLines([alone], true)]).to.deep.equal([`${A}  acme-prod    in scope · collected 2026-11-21 03:15`]);
  });

  it("lets no name of an account reach the terminal as more than text", async () => {
    const account = (await overview({ "21": [A] })).get(A)!;
    const named = { ...account, accountName: "evil\u001b[2J\u202e", ouPath: "Root\n" };
    // eslint-disable-next-line no-control-regex
    expect([...treeLines([named])].join("")).not.to.match(/[\u0000-\u001f\u202e]/);
    expect(factsOf({ ...account, memberRole: { state: "unknown", why: "a\nb" } })).not.to.contain("\n");
  });

  it("shows ten thousand accounts", () => {
    const accounts = Array.from({ length: 10_000 }, (_, n): AccountOverview => ({
      accountId: String(100_000_000_000 + n),
      accountName: `account-${n}`,
      ouPath: `Root/Unit${n % 100}/Below${n % 7}`,
      organizationsState: "ACTIVE",
      inScope: true,
      reason: null,
      memberRole: { state: "present" },
      memberStack: null,
      collection: { state: "unknown" },
      problems: [],
    }));
    expect([...treeLines(accounts)]).to.have.length(10_000 + 1 + 100 + 700);
  });
});

describe("looking for the member role", () => {
  const asItShouldBe = { Role: { AssumeRolePolicyDocument: encoded(EXPECTED.assumeRolePolicy) } };
  const lookUp = async (
    accounts: string[],
    iam: (accountId: string) => unknown,
    more: Partial<RoleLookUp> = {},
    policies: Answers = {},
  ): Promise<Map<string, RoleState>> => {
    let current = "";
    return lookUpRoles(accounts, {
      clients: {
        sts: fakeClient({
          AssumeRoleCommand: ({ RoleArn }) => {
            const accountId = String(RoleArn).split(":")[4] ?? "";
            if (accountId === CLOSED) throw awsError("AccessDenied", "not authorized", 403);
            return { Credentials: { AccessKeyId: accountId, SecretAccessKey: "s", SessionToken: "t" } };
          },
        }),
        iam: fakeClient({
          GetRoleCommand: () => iam(current),
          ListRolePoliciesCommand: () => ({ PolicyNames: [EXPECTED.policyName] }),
          GetRolePolicyCommand: () => ({ PolicyDocument: encoded(EXPECTED.policy) }),
          ListAttachedRolePoliciesCommand: () => ({ AttachedPolicies: [] }),
          ...policies,
        }),
        as: (session, call) => {
          current = session?.accessKeyId ?? "";
          return call();
        },
      },
      clock: systemClock,
      partition: "aws",
      deployRoleName: "deployer",
      memberRoleName: "member",
      expected: EXPECTED,
      places: 2,
      stsPerSecond: 1000,
      ...more,
    });
  };

  it("tells present, missing and unknown apart, and why", async () => {
    const roles = await lookUp([A, B, CLOSED], (accountId) => {
      if (accountId === B) throw awsError("NoSuchEntityException", "no such role", 404);
      return {};
    });
    expect(Object.fromEntries(roles)).to.deep.equal({
      [A]: { state: "present" },
      [B]: { state: "missing" },
      [CLOSED]: { state: "unknown", why: "deployer cannot be assumed: AccessDenied: not authorized" },
    });
  });

  it("takes a role of the name at another path for missing: the collector assumes it by its path", async () => {
    const roles = await lookUp([A, B], (accountId) => ({ Role: { Path: accountId === A ? "/security/" : "/" } }), {
      memberRolePath: "/security/",
    });
    expect([...roles.values()]).to.deep.equal([{ state: "present" }, { state: "missing" }]);
  });

  it("needs no role for the account that its own credentials are of", async () => {
    const entered: string[] = [];
    const roles = await lookUp(
      [MANAGEMENT, A],
      (accountId) => {
        entered.push(accountId);
        return {};
      },
      { from: MANAGEMENT },
    );
    expect([...roles.values()]).to.deep.equal([{ state: "present" }, { state: "present" }]);
    expect(entered, "no session in the first").to.have.members(["", A]);
  });

  it("compares trust and permissions with what they should be, and says what it could not read", async () => {
    expect((await lookUp([A], () => asItShouldBe)).get(A)).to.deep.equal({ state: "present" });
    const attached = {
      ListAttachedRolePoliciesCommand: () => ({ AttachedPolicies: [{ PolicyName: "ReadOnlyAccess" }] }),
    };
    expect((await lookUp([A], () => asItShouldBe, {}, attached)).get(A)).to.deep.equal({
      state: "differs",
      differences: ["has managed policies too: ReadOnlyAccess"],
    });
    const refused = {
      ListRolePoliciesCommand: () => {
        throw awsError("AccessDenied", "not authorized", 403);
      },
    };
    expect((await lookUp([A], () => asItShouldBe, {}, refused)).get(A)).to.deep.equal({
      state: "present",
      notCompared: "its policies: AccessDenied: not authorized",
    });
  });

  it("looks into no more accounts at a time than it may, and counts each", async () => {
    let now = 0;
    let most = 0;
    let looked = 0;
    const ids = Array.from({ length: 50 }, (_, n) => String(100_000_000_000 + n));
    const roles = await lookUp(
      ids,
      async () => {
        most = Math.max(most, (now += 1));
        await new Promise((resolve) => setImmediate(resolve));
        now -= 1;
        return {};
      },
      { places: 4, onLooked: () => (looked += 1) },
    );
    expect([roles.size, looked]).to.deep.equal([50, 50]);
    expect(most).to.be.within(2, 4);
  });

  it("stops when it is interrupted", async () => {
    const interrupt = new AbortController();
    const asked: string[] = [];
    const running = lookUp(
      [A, B, MANAGEMENT],
      (accountId) => {
        asked.push(accountId);
        interrupt.abort(new Error("interrupted"));
        return {};
      },
      { places: 1, signal: interrupt.signal },
    );
    expect(((await running.catch((e: unknown) => e)) as Error).message).to.equal("interrupted");
    expect(asked).to.deep.equal([A]);
  });
});

describe("how a member role differs", () => {
  const trust = (change: (statement: Record<string, unknown>) => object): string[] => {
    const [statement] = EXPECTED.assumeRolePolicy.Statement as unknown as Record<string, unknown>[];
    return roleDifferences({ trust: encoded({ Version: "2012-10-17", Statement: change(statement ?? {}) }) }, EXPECTED);
  };
  const condition = (externalId?: string, role = "collector") => ({
    ArnEquals: { "aws:PrincipalArn": `arn:aws:iam::${MANAGEMENT}:role/${role}` },
    ...(externalId && { StringEquals: { "sts:ExternalId": externalId } }),
  });

  it("is nothing for the same in other words: lists of one, other names of statements, another order", () => {
    expect(
      trust(({ Sid: _, Effect, Action, ...rest }) => [{ ...rest, Sid: "Other", Action: [Action], Effect }]),
    ).to.deep.equal([]);
    const turned = {
      Statement: [
        {
          ...(EXPECTED.policy.Statement[0] as object),
          Action: ["iam:GetCredentialReport", "iam:GenerateCredentialReport"],
        },
      ],
    };
    expect(
      roleDifferences({ inline: { [EXPECTED.policyName]: encoded(turned) }, attached: [] }, EXPECTED),
    ).to.deep.equal([]);
  });

  it("names who is trusted in place of the collector, and never an external id", () => {
    const root = (id: string): object => ({ AWS: `arn:aws:iam::${id}:root` });
    expect(trust((statement) => ({ ...statement, Principal: root(A) }))).to.deep.equal([
      `trusts arn:aws:iam::${A}:root, not arn:aws:iam::${MANAGEMENT}:root`,
    ]);
    expect(trust((statement) => ({ ...statement, Condition: condition("shared", "former") }))).to.deep.equal([
      `lets in arn:aws:iam::${MANAGEMENT}:role/former, not arn:aws:iam::${MANAGEMENT}:role/collector`,
    ]);
    expect(trust((statement) => ({ ...statement, Condition: condition() }))).to.deep.equal(["asks for no external id"]);
    expect(trust((statement) => ({ ...statement, Condition: condition("former") }))).to.deep.equal([
      "asks for another external id",
    ]);
    expect(
      trust((statement) => ({ ...statement, Condition: { ...condition("shared"), Bool: { "aws:x": "true" } } })),
    ).to.deep.equal(["its trust policy has other conditions or actions"]);
    expect(trust((statement) => [statement, statement])).to.deep.equal([
      "its trust policy has 2 statements in place of 1",
    ]);
  });

  it("names a permissions boundary that is missing, another, or not configured", () => {
    const arn = `arn:aws:iam::${A}:policy/boundary`;
    expect(boundaryDifferences(arn, arn)).to.deep.equal([]);
    expect(boundaryDifferences(undefined, arn)).to.deep.equal([`has no permissions boundary, not ${arn}`]);
    expect(boundaryDifferences(arn, undefined)).to.deep.equal([`has the permissions boundary ${arn}, not none`]);
  });

  it("names the right to import findings where it is asked for and absent, and the other way round", () => {
    const trust = { collectorAccountId: MANAGEMENT, collectorRoleName: "collector" };
    const [without, withHub] = [false, true].map((securityHub) =>
      memberRoleDefinition({ partition: "aws", ...trust, securityHub }),
    ) as [MemberRoleDefinition, MemberRoleDefinition];
    const found = ({ policyName, policy }: MemberRoleDefinition) => ({ inline: { [policyName]: encoded(policy) } });
    expect(roleDifferences(found(without), withHub)).to.deep.equal(["may not securityhub:BatchImportFindings"]);
    expect(roleDifferences(found(withHub), without)).to.deep.equal(["may also securityhub:BatchImportFindings"]);
    expect(roleDifferences(found(withHub), withHub)).to.deep.equal([]);
  });

  it("names what it may not do, and what it may beside that", () => {
    const may = (...Action: string[]): string[] =>
      roleDifferences(
        {
          inline: {
            [EXPECTED.policyName]: encoded({ Statement: { Effect: "Allow", Action, Resource: "*" } }),
            more: "",
          },
        },
        EXPECTED,
      );
    expect(may("iam:GetCredentialReport", "iam:ListUsers")).to.deep.equal([
      "may not iam:GenerateCredentialReport",
      "may also iam:ListUsers",
      "has inline policies too: more",
    ]);
    expect(roleDifferences({ inline: {} }, EXPECTED)).to.deep.equal([`has no inline policy ${EXPECTED.policyName}`]);
  });

  it("is told in the tree and counted as a problem", async () => {
    const account = (await overview({}, [[A, { state: "differs", differences: ["asks for no external id"] }]])).get(A);
    expect(account?.problems).to.include("roleDiffers");
    expect(account && factsOf(account)).to.contain("ROLE DIFFERS: asks for no external id");
    expect(account && totalsOf([account])).to.include({ rolePresent: 0, roleDiffers: 1, roleMissing: 0 });
  });
});
