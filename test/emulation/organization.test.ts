import { expect } from "chai";
import { emulatedOrganization } from "../../emulation/organization";

describe("the plan of the emulated organization", () => {
  const plan = emulatedOrganization();

  it("has fourteen accounts, one of them suspended, in two levels of organizational units", () => {
    expect(plan.accounts).to.have.length(14);
    expect(plan.accounts.filter((account) => account.state === "SUSPENDED")).to.have.length(1);
    expect(plan.accounts.map((account) => account.ouPath)).to.include.members([
      "Root",
      "Root/Security",
      "Root/Workloads/Production",
      "Root/Workloads/Test",
      "Root/Sandbox",
      "Root/Suspended",
    ]);
  });

  it("uses ids of the forms that AWS gives", () => {
    expect(plan.organizationId).to.match(/^o-[a-z0-9]{10,32}$/);
    expect(plan.rootId).to.match(/^r-[0-9a-z]{4,32}$/);
    for (const unit of plan.organizationalUnits) expect(unit.id).to.match(/^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$/);
    for (const account of plan.accounts) expect(account.id).to.match(/^\d{12}$/);
    expect(new Set(plan.accounts.map((account) => account.id))).to.have.property("size", 14);
  });

  it("has, even in the smallest organization, a user of every kind that the report tells apart", () => {
    const accounts = emulatedOrganization({ accounts: 5 }).accounts;
    const users = accounts.flatMap((account) => account.users);
    const some = (test: (user: (typeof users)[number]) => boolean) => expect(users.some(test)).to.equal(true);
    some((user) => user.password !== undefined && user.mfa);
    some((user) => user.password !== undefined && !user.mfa);
    some((user) => user.password?.lastUsedDaysAgo === null);
    some((user) => user.keys.length === 1);
    some((user) => user.keys.filter((key) => key.active).length === 2);
    some((user) => user.keys.some((key) => !key.active));
    some((user) => user.keys.some((key) => key.active && key.lastUsedDaysAgo === undefined));
    some((user) => user.name.startsWith("="));
    some((user) => [..."+=,.@-_"].every((sign) => user.name.includes(sign)));
    expect(accounts.some((account) => account.users.length === 0)).to.equal(true);
  });

  it("gives only names that IAM allows", () => {
    for (const { name } of plan.accounts.flatMap((account) => account.users))
      expect(name).to.match(/^[\w+=,.@-]{1,64}$/);
  });

  it("contains the plan of every smaller organization", () => {
    expect(emulatedOrganization({ accounts: 200 }).accounts.slice(0, 14)).to.deep.equal(plan.accounts);
  });

  it("names the smallest number of accounts when asked for fewer", () => {
    expect(() => emulatedOrganization({ accounts: 4 })).to.throw(RangeError, "5 or more");
    expect(() => emulatedOrganization({ accounts: 7.5 })).to.throw(RangeError);
  });
});
