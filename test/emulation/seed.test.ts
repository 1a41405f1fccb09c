import { expect } from "chai";
import { parse } from "csv-parse/sync";
import { GenerateCredentialReportCommand, GetCredentialReportCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import {
  DescribeOrganizationCommand,
  ListAccountsCommand,
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  ListParentsCommand,
  ListRootsCommand,
  type Account,
} from "@aws-sdk/client-organizations";
import { emulatedOrganization } from "../../emulation/organization";
import { seedOrganization } from "../../emulation/seed";
import { emulatedAws, errorName, silent, type EmulatedAws } from "./emulatedAws";

describe("the seeded organization", function () {
  this.timeout(120_000);
  let aws: EmulatedAws;
  before(async () => {
    aws = await emulatedAws(45);
  });
  after(() => aws.remove());

  it("seeds nothing a second time", async () => {
    const again = await seedOrganization(aws.emulator.endpoint, aws.plan, silent);
    expect(again).to.deep.equal({ accounts: 0, users: 0 });
  });

  it("refuses to become another organization", async () => {
    const other = { ...aws.plan, organizationId: "o-anotherone1" };
    let message = "";
    await seedOrganization(aws.emulator.endpoint, other, silent).catch((error: Error) => (message = error.message));
    expect(message).to.include("another organization").and.include("Remove the state folder");
  });

  it("lists every account in pages of at most 20, an empty one among them", async () => {
    const client = aws.organizations(aws.deployer);
    const pages: Account[][] = [];
    let NextToken: string | undefined;
    do {
      const page: { Accounts?: Account[]; NextToken?: string } = await client.send(
        new ListAccountsCommand({ ...(NextToken && { NextToken }) }),
      );
      pages.push(page.Accounts ?? []);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(pages.map((page) => page.length)).to.deep.equal([20, 0, 20, 5]);
    const states = pages.flat().map(({ Id, State, Status }) => ({ Id, State, Status }));
    expect(states).to.have.deep.members(
      aws.plan.accounts.map(({ id, state }) => ({ Id: id, State: state, Status: state })),
    );
  });

  it("refuses pages of more than 20, and a token that it did not give", async () => {
    const client = aws.organizations(aws.deployer);
    expect(await errorName(client.send(new ListAccountsCommand({ MaxResults: 21 })))).to.equal("InvalidInputException");
    expect(await errorName(client.send(new ListAccountsCommand({ NextToken: "x" })))).to.equal("InvalidInputException");
  });

  it("answers a member account with the organization, but not with its accounts", async () => {
    const member = aws.organizations(await aws.administrator(aws.plan.securityAccountId));
    const { Organization } = await member.send(new DescribeOrganizationCommand({}));
    expect(Organization).to.include({ Id: "o-exampleorgid", MasterAccountId: aws.plan.managementAccountId });
    expect(await errorName(member.send(new ListAccountsCommand({})))).to.equal("AccessDeniedException");
  });

  it("shows the tree of organizational units from both ends", async () => {
    const client = aws.organizations(aws.deployer);
    const { Roots } = await client.send(new ListRootsCommand({}));
    const root = Roots?.[0]?.Id ?? "";
    const top = await client.send(new ListOrganizationalUnitsForParentCommand({ ParentId: root }));
    const workloads = top.OrganizationalUnits?.find((unit) => unit.Name === "Workloads")?.Id ?? "";
    const below = await client.send(new ListOrganizationalUnitsForParentCommand({ ParentId: workloads }));
    const production = below.OrganizationalUnits?.find((unit) => unit.Name === "Production")?.Id ?? "";
    const { Accounts } = await client.send(new ListAccountsForParentCommand({ ParentId: production }));
    const { Parents } = await client.send(new ListParentsCommand({ ChildId: Accounts?.[0]?.Id ?? "" }));
    expect(top.OrganizationalUnits?.map((unit) => unit.Name)).to.have.members([
      "Security",
      "Workloads",
      "Sandbox",
      "Suspended",
    ]);
    expect(Parents).to.deep.equal([{ Id: production, Type: "ORGANIZATIONAL_UNIT" }]);
  });

  it("has the planned users, with the planned states in the credential report", async () => {
    const account = aws.plan.accounts[1] ?? aws.plan.accounts[0];
    const client = aws.iam(await aws.administrator(account?.id ?? ""));
    await client.send(new GenerateCredentialReportCommand({}));
    const { Content } = await client.send(new GetCredentialReportCommand({}));
    const text = Buffer.from(Content ?? []).toString("utf8");
    const rows = parse<Record<string, string>>(text, { columns: true });
    expect(text.endsWith("\n")).to.equal(false);
    expect(rows.map((row) => row["user"])).to.deep.equal([
      "<root_account>",
      ...(account?.users ?? []).map((user) => user.name),
    ]);
    for (const user of account?.users ?? []) {
      const row = rows.find((candidate) => candidate["user"] === user.name);
      expect(row).to.include({
        password_enabled: String(user.password !== undefined),
        mfa_active: String(user.mfa),
        access_key_1_active: String(user.keys[0]?.active ?? false),
        access_key_2_active: String(user.keys[1]?.active ?? false),
      });
      const used = user.keys[0]?.lastUsedDaysAgo !== undefined;
      expect(row?.["access_key_1_last_used_date"]).to.match(used ? /^\d{4}-.*\+00:00$/ : /^N\/A$/);
    }
  });

  it("keeps a comma and a leading equals sign of a name in one cell", async () => {
    const holder = (sign: (name: string) => boolean) =>
      aws.plan.accounts.find((account) => account.users.some((user) => sign(user.name)))?.id ?? "";
    for (const sign of [(name: string) => name.includes(","), (name: string) => name.startsWith("=")]) {
      const client = aws.iam(await aws.administrator(holder(sign)));
      await client.send(new GenerateCredentialReportCommand({}));
      const { Content } = await client.send(new GetCredentialReportCommand({}));
      const rows = parse<Record<string, string>>(Buffer.from(Content ?? []).toString("utf8"), { columns: true });
      expect(rows.filter((row) => sign(row["user"] ?? ""))).to.have.length(1);
    }
  });

  it("adds only what is missing when the organization grows", async () => {
    const grown = emulatedOrganization({ accounts: 46 });
    const result = await seedOrganization(aws.emulator.endpoint, grown, silent);
    const client = aws.iam(await aws.administrator(grown.accounts[45]?.id ?? ""));
    const { Users } = await client.send(new ListUsersCommand({}));
    expect(result).to.deep.equal({ accounts: 1, users: grown.accounts[45]?.users.length });
    expect(Users).to.have.length(result.users);
  });
});
