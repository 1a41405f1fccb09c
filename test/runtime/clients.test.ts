import { expect } from "chai";

import { GenerateCredentialReportCommand } from "@aws-sdk/client-iam";

import { awsClients, type SessionCredentials } from "../../runtime/clients";
import { member, organization, SETTINGS } from "../support/collectorRun";
import { startFakeAws } from "../support/fakeAws";
import { SESSION_KEY_PREFIX } from "../support/fakeWire";

describe("the clients of a run", () => {
  it("keep the connections of all accounts in one pool", () => {
    const clients = awsClients({ region: "eu-central-1", concurrency: 4 });
    expect(clients.iam.config.requestHandler).to.equal(clients.sts.config.requestHandler);
    expect(clients.s3.config.requestHandler).to.equal(clients.sts.config.requestHandler);
    clients.destroy();
  });

  it("name buckets in the path where another endpoint is given, and in the host name otherwise", () => {
    const settings = { region: "eu-central-1", concurrency: 4 };
    expect(awsClients(settings, { endpoint: "http://127.0.0.1:1" }).s3.config.forcePathStyle).to.equal(true);
    expect(awsClients(settings).s3.config.forcePathStyle).to.equal(process.env["AWS_ENDPOINT_URL"] !== undefined);
  });

  it("sign interleaved calls of one client each with the keys of its own account, and count them", async () => {
    const accounts = Array.from({ length: 12 }, (_, n) => member(n));
    const aws = await startFakeAws({
      ...organization(accounts.map((id) => ({ id }))),
      // The first are answered last, so that all are under way together.
      latency: ({ accountId }) =>
        new Promise((resolve) => setTimeout(resolve, accounts.length - accounts.indexOf(accountId))),
    });
    const clients = awsClients(SETTINGS, {
      endpoint: aws.endpoint,
      credentials: { accessKeyId: "AKIACOLLECTOR", secretAccessKey: "own" },
    });
    const session = (accountId: string): SessionCredentials => ({
      accessKeyId: `${SESSION_KEY_PREFIX}${accountId}`,
      secretAccessKey: `secret of ${accountId}`,
      sessionToken: `token-of-${accountId}`,
    });
    const generate = () => clients.iam.send(new GenerateCredentialReportCommand({}));
    try {
      await Promise.all([
        ...accounts.map(async (accountId) => {
          await clients.as(session(accountId), generate);
          await clients.as(session(accountId), generate);
        }),
        clients.as(undefined, generate),
      ]);

      const signed = aws.requests.map(({ accountId, headers }) => [
        accountId,
        /Credential=([^/]+)/.exec(headers.authorization ?? "")?.[1],
        headers["x-amz-security-token"],
      ]);
      const expected = accounts
        .flatMap((id) => [id, id])
        .map((id) => [id, `${SESSION_KEY_PREFIX}${id}`, `token-of-${id}`]);
      expect(signed).to.have.deep.members([
        ...expected,
        [organization([]).managementAccountId, "AKIACOLLECTOR", undefined],
      ]);
      expect(clients.calls()).to.equal(25);
    } finally {
      clients.destroy();
      await aws.close();
    }
  });
});
