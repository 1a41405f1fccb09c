import { expect } from "chai";

import { awsClients } from "../../runtime/clients";

describe("the clients of a run", () => {
  it("keep the connections of all accounts in one pool", () => {
    const clients = awsClients({ region: "eu-central-1", concurrency: 4 });
    const session = { accessKeyId: "a", secretAccessKey: "b", sessionToken: "c" };
    expect(clients.iam(session).config.requestHandler).to.equal(clients.sts.config.requestHandler);
    expect(clients.s3.config.requestHandler).to.equal(clients.sts.config.requestHandler);
    clients.destroy();
  });

  it("name buckets in the path where another endpoint is given, and in the host name otherwise", () => {
    const settings = { region: "eu-central-1", concurrency: 4 };
    expect(awsClients(settings, { endpoint: "http://127.0.0.1:1" }).s3.config.forcePathStyle).to.equal(true);
    expect(awsClients(settings).s3.config.forcePathStyle).to.equal(process.env["AWS_ENDPOINT_URL"] !== undefined);
  });
});
