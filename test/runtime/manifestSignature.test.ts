import { expect } from "chai";
import { awsClients } from "../../runtime/clients";
import { RunError } from "../../runtime/errors";
import { kmsSigner, type ManifestSigner } from "../../runtime/manifestSignature";
import { member, organization, rejection, runCollector } from "../support/collectorRun";
import { withCannedAws } from "../support/cannedAws";
import { startFakeAws, type FakeAws } from "../support/fakeAws";
import { fakeClock } from "../support/fakeClock";

const KEY_ARN = "arn:aws:kms:eu-central-1:888888888888:key/99999999-2222-3333-4444-555555555555";

describe("the signature of a manifest", () => {
  let aws: FakeAws;
  beforeEach(async () => {
    aws = await startFakeAws(organization([{ id: member(1) }]));
  });
  afterEach(() => aws.close());

  it("is of the SHA-256 of the manifest's bytes, and stored after the manifest and before the pointer", async () => {
    const asked: Uint8Array[] = [];
    const sign: ManifestSigner = (sha256) => {
      asked.push(sha256);
      return Promise.resolve(Buffer.from("signature"));
    };
    const { summary } = await runCollector(aws, { sign });
    expect(asked.map((sha256) => Buffer.from(sha256).toString("hex"))).to.deep.equal([summary.manifestSha256]);
    expect(aws.objects.get(`${summary.manifestKey}.sig`)?.body.toString()).to.equal("signature");
    const puts = aws.requests.filter(({ action }) => action === "PutObject").map(({ key }) => key);
    expect(puts.slice(-3)).to.deep.equal([summary.manifestKey, `${summary.manifestKey}.sig`, "latest.json"]);
  });

  it("is not there without a key", async () => {
    await runCollector(aws);
    expect([...aws.objects.keys()].filter((key) => key.endsWith(".sig"))).to.deep.equal([]);
  });

  it("fails the run when it cannot be made: the manifest stands, and nothing points to it", async () => {
    const refused = Object.assign(new Error("not authorized to perform kms:Sign"), { name: "AccessDeniedException" });
    const error = await rejection(runCollector(aws, { sign: () => Promise.reject(refused) }));
    expect(error).to.be.instanceOf(RunError).and.include({ code: "AccessDeniedException" });
    expect(error.message).to.match(/cannot be signed: AccessDeniedException: .*Check that the signing key exists/);
    expect([...aws.objects.keys()].some((key) => key.endsWith("/manifest.json"))).to.equal(true);
    expect(aws.objects.has("latest.json")).to.equal(false);
  });
});

describe("kmsSigner", () => {
  const signer = (): ManifestSigner =>
    kmsSigner(KEY_ARN, awsClients({ region: "eu-central-1", concurrency: 1 }), fakeClock());
  const digest = Buffer.alloc(32, 7);

  it("gives the signature of KMS as it is", async () => {
    const body = JSON.stringify({ KeyId: KEY_ARN, Signature: Buffer.from("der").toString("base64") });
    const signature = await withCannedAws({ Sign: { status: 200, body } }, () => signer()(digest));
    expect(Buffer.from(signature).toString()).to.equal("der");
  });

  it("fails with the code of KMS", async () => {
    const headers = { "x-amzn-errortype": "DisabledException" };
    const refusal = { status: 400, headers, body: JSON.stringify({ message: "disabled" }) };
    const error = await withCannedAws({ Sign: refusal }, () => rejection(signer()(digest)));
    expect(error).to.include({ code: "DisabledException" });
  });
});
