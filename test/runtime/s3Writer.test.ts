import { createHash } from "node:crypto";

import { expect } from "chai";

import { awsClients } from "../../runtime/clients";
import { CallError } from "../../runtime/errors";
import { S3Store } from "../../runtime/s3Store";
import { organization, rejection, SETTINGS } from "../support/collectorRun";
import { startFakeAws, type FakeAws, type InjectedFault } from "../support/fakeAws";
import { fakeClock } from "../support/fakeClock";

const MIB = 1024 * 1024;

describe("an object of S3 written piece by piece", () => {
  let aws: FakeAws;
  let clients: ReturnType<typeof awsClients>;

  afterEach(async () => {
    clients.destroy();
    await aws.close();
  });

  async function bucket(faults: InjectedFault[] = []): Promise<S3Store> {
    aws = await startFakeAws(organization([], { faults }));
    clients = awsClients(SETTINGS, {
      endpoint: aws.endpoint,
      credentials: { accessKeyId: "AKIACOLLECTOR", secretAccessKey: "secret" },
    });
    return new S3Store(clients.s3, SETTINGS, fakeClock());
  }

  /** Bytes that tell whether a piece is missing, doubled or out of place. */
  function pieces(count: number, size: number): Buffer[] {
    return Array.from({ length: count }, (_, n) => Buffer.alloc(size, n + 1));
  }

  function actions(): string[] {
    return aws.requests.map(({ action }) => action);
  }

  it("is one request as long as it is small", async () => {
    const store = await bucket();
    const writer = await store.open("credentials/a.csv");
    await writer.write(Buffer.from("one,"));
    await writer.write(Buffer.from("two"));

    const object = await writer.close();
    await writer.abort();

    expect(actions()).to.deep.equal(["PutObject"]);
    expect(aws.objects.get("credentials/a.csv")?.body.toString()).to.equal("one,two");
    expect(object).to.deep.equal({
      key: "credentials/a.csv",
      bytes: 7,
      sha256: createHash("sha256").update("one,two").digest("hex"),
    });
    expect(aws.requests[0]?.headers).to.include({
      "if-none-match": "*",
      "x-amz-expected-bucket-owner": "999999999999",
    });
  });

  it("is a multipart upload when it grows, encrypted, with the hash of the whole", async () => {
    const store = await bucket();
    const writer = await store.open("credentials/a.csv");
    const written = pieces(7, 3 * MIB);
    for (const piece of written) await writer.write(piece);

    const object = await writer.close();

    const whole = Buffer.concat(written);
    expect(actions()).to.deep.equal([
      "CreateMultipartUpload",
      "UploadPart",
      "UploadPart",
      "UploadPart",
      "UploadPart",
      "UploadPart",
      "CompleteMultipartUpload",
    ]);
    expect(aws.objects.get("credentials/a.csv")?.body.equals(whole)).to.equal(true);
    expect(object).to.deep.equal({
      key: "credentials/a.csv",
      bytes: whole.byteLength,
      sha256: createHash("sha256").update(whole).digest("hex"),
    });
    expect(aws.requests[0]?.headers).to.include({
      "x-amz-server-side-encryption": "aws:kms",
      "x-amz-server-side-encryption-aws-kms-key-id": SETTINGS.keyArn,
    });
    expect(aws.requests.every(({ headers }) => headers["x-amz-expected-bucket-owner"] === "999999999999")).to.equal(
      true,
    );
    expect(aws.requests.at(-1)?.headers["if-none-match"]).to.equal("*");
  });

  it("takes one piece larger than several parts", async () => {
    const store = await bucket();
    const writer = await store.open("credentials/a.csv");
    await writer.write(Buffer.alloc(20 * MIB, "x"));
    expect((await writer.close()).bytes).to.equal(20 * MIB);
    expect(actions().filter((action) => action === "UploadPart")).to.have.length(4);
  });

  it("is never overwritten, however it is written", async () => {
    const store = await bucket();
    await store.put("credentials/a.csv", Buffer.from("first"));
    for (const size of [1, 9 * MIB]) {
      const writer = await store.open("credentials/a.csv");
      await writer.write(Buffer.alloc(size));
      expect(await rejection(writer.close())).to.include({ code: "PreconditionFailed" });
      await writer.abort();
    }
    expect(aws.objects.get("credentials/a.csv")?.body.toString()).to.equal("first");
    expect(aws.bucket.uploads.size, "uploads left behind").to.equal(0);
  });

  it("rides out throttling and a lost answer of each call", async () => {
    const calls = ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"];
    const store = await bucket([
      ...calls.map((action) => ({
        service: "s3" as const,
        action,
        times: 1,
        answer: { status: 503, code: "SlowDown" },
      })),
      { service: "s3", action: "CompleteMultipartUpload", times: 1, answer: "lost" },
    ]);
    const writer = await store.open("credentials/a.csv");
    await writer.write(Buffer.alloc(9 * MIB, "x"));

    expect((await writer.close()).bytes).to.equal(9 * MIB);
    expect(aws.objects.get("credentials/a.csv")?.body.byteLength).to.equal(9 * MIB);
  });

  it("leaves no upload behind when a part is refused", async () => {
    const store = await bucket([
      { service: "s3", action: "UploadPart", answer: { status: 403, code: "AccessDenied", message: "no" } },
    ]);
    const writer = await store.open("credentials/a.csv");
    await writer.write(Buffer.alloc(9 * MIB));

    const error = await rejection(writer.close());
    await writer.abort();

    expect(error).to.be.instanceOf(CallError).and.include({ code: "AccessDenied" });
    expect(actions().at(-1)).to.equal("AbortMultipartUpload");
    expect(aws.bucket.uploads.size).to.equal(0);
    expect(aws.objects.size).to.equal(0);
  });
});
