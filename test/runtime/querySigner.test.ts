import { expect } from "chai";

import { querySigner } from "../../runtime/querySigner";
import { rejection } from "../support/collectorRun";

/** The credentials, time and place of the signature test suite that AWS publishes. */
const CREDENTIALS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const SCOPE = { signingDate: new Date("2015-08-30T12:36:00Z") };
const CLIENT = { signingRegion: "us-east-1", signingService: "service" };
const TOKEN =
  "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

function post(headers: Record<string, string> = {}, body?: string) {
  return {
    method: "POST",
    path: "/",
    headers: { host: "example.amazonaws.com", ...headers },
    ...(body ? { body } : {}),
  };
}

describe("the signer of query requests", () => {
  for (const [name, credentials, request, signature] of [
    ["post-vanilla", CREDENTIALS, post(), "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
    [
      "post-x-www-form-urlencoded",
      CREDENTIALS,
      post({ "content-type": "application/x-www-form-urlencoded" }, "Param1=value1"),
      "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ],
    [
      "post-sts-header-before",
      { ...CREDENTIALS, sessionToken: TOKEN },
      post(),
      "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
    ],
  ] as const) {
    it(`agrees with the test suite of AWS: ${name}`, async () => {
      const { headers } = await querySigner(() => credentials, CLIENT).sign(
        { ...request, headers: { ...request.headers } },
        SCOPE,
      );
      expect((headers as Record<string, string>)["authorization"]).to.match(new RegExp(`Signature=${signature}$`));
    });
  }

  it("signs what the SDK sets, and nothing that a proxy may change", async () => {
    const request = post({ "content-type": "text/plain", "user-agent": "x", "X-Amz-Target": " a  b " });
    const { headers } = await querySigner(() => CREDENTIALS, CLIENT).sign(request, SCOPE);
    expect((headers as Record<string, string>)["authorization"]).to.include(
      "SignedHeaders=content-type;host;x-amz-date;x-amz-target,",
    );
  });

  it("keeps to the keys of each session and the day", async () => {
    const other = { ...CREDENTIALS, secretAccessKey: "other" };
    const signature = async (credentials: typeof CREDENTIALS, signingDate: string) => {
      const { headers } = await querySigner(() => credentials, CLIENT).sign(post(), {
        ...SCOPE,
        signingDate: new Date(signingDate),
      });
      return (headers as Record<string, string>)["authorization"];
    };
    const first = await signature(CREDENTIALS, "2015-08-30T12:36:00Z");
    const different = [
      await signature(other, "2015-08-30T12:36:00Z"),
      await signature(CREDENTIALS, "2015-08-31T12:36:00Z"),
    ];
    expect(different).not.to.include(first);
    expect(await signature(CREDENTIALS, "2015-08-30T12:36:00Z")).to.equal(first);
  });

  it("refuses what it was not made for", async () => {
    const request = { ...post(), path: "/bucket/key" };
    expect((await rejection(querySigner(() => CREDENTIALS, CLIENT).sign(request, SCOPE))).message).to.include(
      "POST /bucket/key",
    );
  });
});
