import path from "node:path";
import { expect } from "chai";
import { listMembers } from "../../../rollout/members/members";
import { orchestration } from "../../../rollout/orchestration";
import { RolloutError } from "../../../rollout/errors";
import { callerIdentity, withCannedAws, type CannedAnswers } from "../../support/cannedAws";
import { cannedOrganization, SUSPENDED, json, PRODUCTION } from "../../support/cannedOrganization";
import { FakeEngine } from "../../support/fakeEngine";

const ORGANIZATION = cannedOrganization(PRODUCTION, SUSPENDED);

describe("listMembers", () => {
  const context = orchestration({
    projectDir: path.join(__dirname, "../../.."),
    engine: new FakeEngine(),
    parallel: 1,
    signal: new AbortController().signal,
    log: () => undefined,
  });
  const failure = async (answers: CannedAnswers): Promise<string> => {
    const error: unknown = await withCannedAws(answers, () => listMembers(context)).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(RolloutError);
    return (error as Error).message;
  };

  it("gives every active account but the management account, and names those it leaves out", async () => {
    const members = await withCannedAws(ORGANIZATION, () => listMembers(context));
    expect(members.accounts.map(({ accountId }) => accountId)).to.deep.equal(["444455556666"]);
    expect(members.left.map(({ accountId }) => accountId)).to.deep.equal(["555566667777"]);
    expect(members.partition).to.equal("aws");
  });

  it("refuses credentials of another account than the management account", async () => {
    const message = await failure({ ...ORGANIZATION, GetCallerIdentity: callerIdentity("999988887777") });
    expect(message).to.contain("Your credentials are of account 999988887777");
    expect(message).to.contain("Nothing was deployed");
  });

  it("refuses another organization than the configured one", async () => {
    const DescribeOrganization = json({ Organization: { Id: "o-anotherorgid", MasterAccountId: "111122223333" } });
    expect(await failure({ ...ORGANIZATION, DescribeOrganization })).to.contain("The organization is o-anotherorgid");
  });

  it("says that AWS does not take the credentials, and what to do", async () => {
    const GetCallerIdentity = {
      status: 403,
      body: "<ErrorResponse><Error><Code>ExpiredToken</Code><Message>expired</Message></Error></ErrorResponse>",
    };
    const message = await failure({ ...ORGANIZATION, GetCallerIdentity });
    expect(message).to.contain("expired");
    expect(message).to.contain("Sign in to the management account");
  });
});
