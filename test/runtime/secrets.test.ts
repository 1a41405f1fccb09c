import { expect } from "chai";
import { errorMessage, RunError, toldError } from "../../runtime/errors";
import { messageOf } from "../../rollout/errors";
import { member, organization, runCollector } from "../support/collectorRun";
import { startFakeAws, type FakeAws, type InjectedFault } from "../support/fakeAws";
import { FAKE_SESSION } from "../support/fakeIdentity";
import type { FakeRequest } from "../support/fakeWire";
import { findSecrets, type Place } from "../support/secretSearch";

const { token: TOKEN } = FAKE_SESSION;
const EXTERNAL_ID = "external-id-7c1f0e5b";

/** What a service says that does not like a signature: the headers that were signed, the session's token among them. */
const canonical = ({ headers }: FakeRequest): string =>
  "The request signature we calculated does not match the signature you provided. The Canonical String for this request should have been\n" +
  `'POST\n/\n\nhost:iam.amazonaws.com\nx-amz-date:20261123T031500Z\nx-amz-security-token:${String(headers["x-amz-security-token"])}\n\n` +
  `host;x-amz-date;x-amz-security-token\n${"0".repeat(64)}'`;
/** What another says of a header that it cannot read. */
const authorization = ({ headers }: FakeRequest): string =>
  `Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=${String(headers.authorization)}`;
/** What a proxy says that tells everything. */
const dump = ({ headers, body }: FakeRequest): string => `bad gateway: ${JSON.stringify(headers)} ${body.toString()}`;

describe("credentials in what a service answers", () => {
  let aws: FakeAws;
  afterEach(() => aws.close());

  /** Everything that a run left, when every call of that kind was answered so. */
  async function leftBehind(
    service: InjectedFault["service"],
    message: (request: FakeRequest) => string,
    more: Partial<InjectedFault> = {},
  ): Promise<Place[]> {
    const answer = { status: 403, code: "SignatureDoesNotMatch", message };
    const faults: InjectedFault[] = [{ service, answer, ...more }];
    aws = await startFakeAws(organization([{ id: member(1) }, { id: member(2) }], { faults }));
    const logs: unknown[] = [];
    const settings = { externalId: EXTERNAL_ID };
    const ended = await runCollector(aws, { settings, log: (entry) => logs.push(entry) }).catch(
      (error: Error) => error,
    );
    const objects = [...aws.objects].map(([where, { body }]) => ({ where, bytes: body }));
    const failure =
      ended instanceof Error ? `${ended.stack ?? ""} ${JSON.stringify(ended)} ${ended.message}` : ended.summary;
    expect(JSON.stringify([logs, failure]), "the fault is told").to.contain("SignatureDoesNotMatch");
    return [
      ...objects,
      { where: "the log", bytes: JSON.stringify(logs) },
      { where: "what it answered", bytes: JSON.stringify(failure) },
    ];
  }
  /** The secrets of every request that the run made. */
  const secrets = () => [
    { name: "token", value: TOKEN },
    { name: "secret", value: FAKE_SESSION.secret },
    { name: "external id", value: EXTERNAL_ID },
    ...aws.requests.flatMap(({ headers, accessKey }) => {
      const signature = /Signature=([0-9a-f]{64})/.exec(headers.authorization ?? "")?.[1];
      return [
        { name: "signature", value: signature ?? "no signature at all" },
        { name: "access key", value: accessKey.padEnd(8, "-") },
      ];
    }),
  ];

  for (const [who, message] of Object.entries({ canonical, authorization, dump })) {
    for (const [service, more] of [
      ["sts", { accountId: member(1) }],
      ["iam", { action: "GenerateCredentialReport", accountId: member(1) }],
      ["iam", { action: "GetCredentialReport", accountId: member(2) }],
    ] as const) {
      it(`reach neither manifest nor log: ${service} ${"action" in more ? more.action : ""}, ${who}`, async () => {
        const places = await leftBehind(service, message, more);
        expect(await findSecrets(places, secrets())).to.deep.equal([]);
      });
    }
  }

  it("reach no message of a run that fails as a whole", async () => {
    for (const [service, message] of [
      ["organizations", dump],
      ["s3", canonical],
    ] as const) {
      const places = await leftBehind(service, message);
      expect(await findSecrets(places, secrets()), service).to.deep.equal([]);
      await aws.close();
    }
  });
});

describe("an error that leaves the function", () => {
  it("has no property that a service filled, and still its name, its message and where it was thrown", () => {
    const answered = { CanonicalRequest: `x-amz-security-token:${TOKEN}`, AWSAccessKeyId: "ASIAIOSFODNN7EXAMPLE" };
    const thrown = Object.assign(new Error(`refused: x-amz-security-token:${TOKEN}`), answered, { name: "Refused" });
    const told = toldError(thrown);
    expect(JSON.stringify({ ...told })).to.equal('{"name":"Refused"}');
    expect(told.message).to.match(/^refused: /);
    expect(told.stack).to.contain("secrets.test.ts");
    for (const text of [told.message, told.stack]) expect(text).not.to.contain(TOKEN);
  });

  it("is the same where it is one of the collector's own", () => {
    const own = new RunError("RunDeadline", "what", "remedy");
    expect(toldError(own)).to.equal(own);
  });
});

describe("a message without credentials", () => {
  const both = (text: string): string => {
    const [one, other] = [errorMessage(new Error(text)), messageOf(new Error(text))];
    expect(other).to.equal(one);
    return one;
  };
  for (const [what, text, secret] of [
    ["a header", `x-amz-security-token: ${TOKEN}\nhost: x`, TOKEN],
    ["a header in JSON", JSON.stringify({ "x-amz-security-token": TOKEN }), TOKEN],
    [
      "a signed address",
      `https://b.s3.amazonaws.com/k?X-Amz-Security-Token=${encodeURIComponent(TOKEN)}&X-Amz-Signature=${"ab".repeat(32)}`,
      "abababab",
    ],
    [
      "an answer of STS",
      `<SessionToken>${TOKEN}</SessionToken><SecretAccessKey>wJalrXUtnFEMI/K7MDENG</SecretAccessKey>`,
      "wJalrXUtnFEMI",
    ],
    [
      "the environment",
      "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG PULUMI_CONFIG_PASSPHRASE='correct horse'",
      "wJalrXUtnFEMI",
    ],
    ["the passphrase", "PULUMI_CONFIG_PASSPHRASE='correct horse battery'", "correct horse"],
    ["a token of itself", `the token ${TOKEN} is malformed`, TOKEN.slice(0, 60)],
    ["a header of another scheme", "authorization: Bearer eyJhbGciOi.J9zdWIi", "eyJhbGciOi"],
    ["a form", "Action=AssumeRole&ExternalId=external-id-7c1f0e5b&Version=2011-06-15", "external-id-7c1f0e5b"],
    ["the id of a key", "The access key AKIAIOSFODNN7EXAMPLE is not known", "AKIAIOSFODNN7EXAMPLE"],
  ] as const) {
    it(`has lost ${what}`, () => expect(both(text)).not.to.contain(secret));
  }

  it("keeps everything else, also what is long", () => {
    for (const text of [
      "User: arn:aws:sts::111122223333:assumed-role/collector/run is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::444455556666:role/x",
      `its SHA-256 is ${"ab".repeat(32)}, the manifest says ${"cd".repeat(32)}`,
      "The security token included in the request is invalid",
      "externalId: is a secret whose value cannot be used; signature: not valid; PULUMI_CONFIG_PASSPHRASE: is not set",
      "incorrect passphrase: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
      "The bucket policy names no credential; see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html",
    ]) {
      expect(both(text)).to.equal(text);
    }
  });
});
