import { Readable } from "node:stream";

import { GenerateCredentialReportCommand, GetCredentialReportCommand, IAMClient } from "@aws-sdk/client-iam";
import { OrganizationsClient } from "@aws-sdk/client-organizations";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import fc from "fast-check";

import { BoundedAnswers } from "../../runtime/answerLimits";
import { CallError, errorCode, errorMessage, RunError } from "../../runtime/errors";
import { readOrganization } from "../../runtime/accounts";
import { classify } from "../../runtime/retry";
import { fakeClock } from "../support/fakeClock";
import { reportAnswer } from "../support/fakeIdentity";
import { changed, encoded, hostileText, jsonLike, mutated, type Change } from "./inputs";
import { target, type FuzzTarget } from "./target";

/** What a service, or something in its place, answers. */
interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

const LIMITS = { bytes: 100_000, bytesAtOnce: 200_000, milliseconds: 60_000 };
const OWN = {
  region: "eu-central-1",
  maxAttempts: 1,
  credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" },
};

/** A connection on which these answers come, the last one for ever. */
function connection(answers: readonly Answer[]) {
  let next = 0;
  return {
    handle: () => {
      const { status, headers, body } = answers[Math.min(next, answers.length - 1)]!;
      next += 1;
      const pieces = [body.subarray(0, body.length >> 1), body.subarray(body.length >> 1)].filter(
        ({ length }) => length > 0,
      );
      return Promise.resolve({
        response: { statusCode: status, headers, body: Readable.from(pieces, { objectMode: false }) },
      });
    },
    metadata: { handlerProtocol: "http/1.1" },
    destroy: () => undefined,
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  } as never;
}

/** The stack of any client, as far as this needs it. */
type Stack = Pick<IAMClient["middlewareStack"], "add">;

function bounded<Client extends { middlewareStack: unknown }>(client: Client): Client {
  (client.middlewareStack as Stack).add(new BoundedAnswers(LIMITS).middleware, {
    step: "deserialize",
    priority: "low",
  });
  return client;
}

const XML = [
  Buffer.from(reportAnswer("user,arn\n<root_account>,x").body).toString(),
  "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error><RequestId>1</RequestId></ErrorResponse>",
  '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><x>&b;</x>',
  "<!DOCTYPE html><html><head><title>Sign in</title></head><body><p>Proxy<br></body></html>",
  "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId><Expiration>2026-11-20T01:02:03Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
];
const headers = fc.record({
  "content-type": fc.constantFrom(
    "text/xml",
    "application/json",
    "text/html; charset=utf-16",
    "application/x-amz-json-1.1",
    "x",
  ),
  "x-amzn-requestid": fc.constant("fake"),
});
const status = fc.constantFrom(200, 200, 200, 204, 302, 400, 403, 404, 409, 500, 503);
const xmlAnswer: fc.Arbitrary<Answer> = fc.record({
  status,
  headers,
  body: encoded(mutated(fc.constantFrom(...XML))),
});

/** Whatever a service answers, the call ends, and by an error that can be told to people. */
async function callEnds([answer, which]: [Answer, number]): Promise<void> {
  const requestHandler = connection([answer]);
  const iam = bounded(new IAMClient({ ...OWN, requestHandler }));
  const sts = bounded(new STSClient({ ...OWN, requestHandler }));
  const calls = [
    () => iam.send(new GetCredentialReportCommand({})),
    () => iam.send(new GenerateCredentialReportCommand({})),
    () => sts.send(new AssumeRoleCommand({ RoleArn: "arn:aws:iam::111122223333:role/x", RoleSessionName: "x" })),
  ];
  try {
    const given: object = await calls[which]!();
    const { Content: content } = given as { Content?: unknown };
    if (content !== undefined) expect(content).to.be.instanceOf(Uint8Array);
  } catch (error) {
    expect(error).to.be.instanceOf(Error);
    expect(errorCode(error)).to.match(/^[\w.:-]{1,100}$/);
    expect(errorMessage(error).length).to.be.within(1, 2000);
    expect(classify(error)).to.be.oneOf(["transient", "throttled", "capacity", "final"]);
  }
}

const ORGANIZATION = {
  Organization: { Id: "o-example1234", MasterAccountId: "111122223333" },
  Accounts: [
    { Id: "111122223333", Name: "m", State: "ACTIVE" },
    { Id: "222233334444", Name: "n", Status: "SUSPENDED" },
  ],
  Roots: [{ Id: "r-ab12", Name: "Root" }],
  OrganizationalUnits: [{ Id: "ou-ab12-1", Name: "x" }],
  NextToken: "t",
};
const names = [...Object.keys(ORGANIZATION), "Id", "Name", "State", "MasterAccountId", "__type", "message"];
const changes: fc.Arbitrary<Change[]> = fc.array(fc.record({ at: fc.nat(), value: jsonLike(names) }), { maxLength: 3 });
const jsonAnswer: fc.Arbitrary<Answer> = fc.record({
  status,
  headers,
  body: fc.oneof(
    changes.map((changes) => Buffer.from(JSON.stringify(changed(ORGANIZATION, changes)))),
    encoded(mutated(fc.constant(JSON.stringify(ORGANIZATION)))),
    jsonLike(names).map((value) => Buffer.from(JSON.stringify(value) ?? "")),
  ),
});

/** Whatever Organizations answers, the listing ends: with accounts that are some, or by a named error. */
async function listingEnds(answers: Answer[]): Promise<void> {
  const client = bounded(new OrganizationsClient({ ...OWN, requestHandler: connection(answers) }));
  try {
    const { accounts } = await readOrganization(client, fakeClock());
    for (const { accountId, accountName, ouPath } of accounts) {
      expect(accountId).to.match(/^\d{12}$/);
      expect(`${accountName}${ouPath}`.isWellFormed()).to.equal(true);
    }
  } catch (error) {
    if (!(error instanceof RunError || error instanceof CallError)) throw error;
    expect(error.code).to.match(/^[\w.:-]{1,100}$/);
    expect(error.message.length).to.be.at.most(5000);
  }
}

export const SERVICES: readonly FuzzTarget[] = [
  target("answers of IAM and STS", 150, fc.tuple(xmlAnswer, fc.nat(2)), callEnds),
  target("answers of Organizations", 100, fc.array(jsonAnswer, { minLength: 1, maxLength: 5 }), listingEnds),
  target("messages of errors", 300, hostileText, (text) => {
    const error = Object.assign(new Error(text.repeat(100)), { name: text });
    expect(errorCode(error)).to.match(/^[\w.:-]{1,100}$/);
    expect(errorMessage(error).length).to.be.within(1, 2000);
    expect(errorMessage(error).isWellFormed()).to.equal(true);
  }),
];
