import type { ServerResponse } from "node:http";

import type { OrganizationsClient } from "@aws-sdk/client-organizations";
import { expect } from "chai";

import {
  CredentialReportError,
  KNOWN_COLUMNS,
  parseCredentialReport,
  REPORT_LIMITS,
} from "../../report/credentialReport";
import { listAccounts } from "../../runtime/accounts";
import { ANSWER_LIMITS, ByteBudget } from "../../runtime/answerLimits";
import { walkOrganization } from "../../runtime/organizationTree";
import { MANAGEMENT, member, organization, rejection, runCollector } from "../support/collectorRun";
import { startFakeAws, type FakeAwsOptions, type InjectedFault } from "../support/fakeAws";
import { fakeClock } from "../support/fakeClock";
import { checkRun, members, type FakeNight } from "../support/fakeNight";
import { generateAnswer, reportAnswer } from "../support/fakeIdentity";
import { credentialReportCsv, rootRow } from "../support/credentialReports";

const HOSTILE = member(2);
const ANSI = "\u001b[2J\u001b[31m";

/** Runs the collector over six accounts, one of which gets what the faults say, and checks that the others are all there. */
async function night(
  faults: InjectedFault[],
  settings: Parameters<typeof runCollector>[1] = {},
  more: Partial<FakeAwsOptions> = {},
  accounts = members(5),
) {
  const options = accounts.map((account) => ({ ...account, readyAfterMs: undefined }) as never);
  const aws = await startFakeAws(organization(options, { faults, ...more }));
  try {
    const run = await runCollector(aws, settings);
    const missing: FakeNight["missing"] = new Map();
    for (const account of run.manifest.accounts) {
      if (account.state === "notCollected") missing.set(account.accountId, account);
    }
    checkRun({ ...run, aws, missing }, [MANAGEMENT, ...accounts.map(({ id }) => id)]);
    return { ...run, aws, missing };
  } finally {
    await aws.close();
  }
}

const toFetch = (answer: InjectedFault["answer"], accountId = HOSTILE): InjectedFault[] => [
  { service: "iam", action: "GetCredentialReport", accountId, answer },
];

/** Answers with these bytes, whatever they are. */
const raw =
  (status: number, body: string | Buffer, headers: Record<string, string> = { "content-type": "text/xml" }) =>
  (outgoing: ServerResponse): void =>
    void outgoing.writeHead(status, headers).end(body);

const answerOf = (result: string): string =>
  `<GetCredentialReportResponse><GetCredentialReportResult>${result}</GetCredentialReportResult></GetCredentialReportResponse>`;
const content = (text: string): string => `<Content>${Buffer.from(text).toString("base64")}</Content>`;
const GENERATED = "<GeneratedTime>2026-11-20T01:02:03Z</GeneratedTime>";

const LAUGHS = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">${Array.from(
  { length: 12 },
  (_, n) => `<!ENTITY lol${n + 1} "${`&lol${n || ""};`.repeat(10)}">`,
).join("")}]>`;

describe("an account for which a service answers as none does", () => {
  for (const [what, answer, code] of [
    ["a page of a proxy in place of the report", raw(200, "<!DOCTYPE html><html><body>Sign in<br></html>"), undefined],
    ["a page of a proxy with an error", raw(502, "<html><h1>Bad gateway", { "content-type": "text/html" }), undefined],
    ["a page of a proxy that forbids", raw(403, "<html><h1>Forbidden</h1></html>"), undefined],
    ["nothing", raw(200, ""), undefined],
    ["XML that ends in the middle", raw(200, answerOf(content("user")).slice(0, 60)), undefined],
    [
      "JSON",
      raw(200, '{"Content":"dXNlcg==","__proto__":{"Content":"x"}}', { "content-type": "application/json" }),
      undefined,
    ],
    ["zeros", raw(200, Buffer.alloc(5000)), undefined],
    ["UTF-16", raw(200, Buffer.from(answerOf(content("user") + GENERATED), "utf16le")), undefined],
    ["a redirect to somebody else", raw(302, "", { location: "http://127.0.0.1:9/" }), undefined],
    [
      "a success that holds an error",
      raw(200, "<ErrorResponse><Error><Code>Denied</Code></Error></ErrorResponse>"),
      "IncompleteAnswer",
    ],
    ["a report without a time", raw(200, answerOf(content("user"))), "IncompleteAnswer"],
    [
      "a time that is none",
      raw(200, answerOf(`${content("user")}<GeneratedTime>yesterday</GeneratedTime>`)),
      undefined,
    ],
    [
      "a year of six digits",
      raw(200, answerOf(`${content("user")}<GeneratedTime>8000000000000</GeneratedTime>`)),
      undefined,
    ],
    [
      "entities that grow without end",
      raw(200, LAUGHS + answerOf(`<Content>&lol12;</Content>${GENERATED}`)),
      undefined,
    ],
    [
      "an external entity",
      raw(
        200,
        `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>${answerOf(`<Content>&f;</Content>${GENERATED}`)}`,
      ),
      undefined,
    ],
    ["elements a thousand deep", raw(200, answerOf(`${"<a>".repeat(1000)}${"</a>".repeat(1000)}`)), undefined],
    ["a report of another account", raw(200, reportAnswer(credentialReportCsv(member(3))).body), "WrongAccount"],
    [
      "an error of five megabytes, with terminal codes",
      raw(
        400,
        `<ErrorResponse><Error><Code>Strange</Code><Message>${ANSI.replaceAll("\u001b", "&#27;")}${"x".repeat(5_000_000)}</Message></Error></ErrorResponse>`,
      ),
      undefined,
    ],
    [
      "an error whose name is markup",
      raw(400, "<ErrorResponse><Error><Code>&lt;b&gt; \n</Code><Message>m</Message></Error></ErrorResponse>"),
      undefined,
    ],
    [
      "an error that is called like a member of every object",
      raw(400, "<ErrorResponse><Error><Code>constructor</Code></Error></ErrorResponse>"),
      undefined,
    ],
  ] as const) {
    it(`is named, and all others are collected: ${what}`, async () => {
      const { summary, missing, logs } = await night(toFetch(answer));

      expect(summary.accounts).to.include({ listed: 6, collected: 5, notCollected: 1 });
      const lost = missing.get(HOSTILE);
      expect(lost?.step).to.be.oneOf(["fetch", "parse"]);
      if (code !== undefined) expect(lost?.code).to.equal(code);
      expect(lost?.message.length).to.be.at.most(2100);
      expect(lost?.attempts).to.be.at.most(8);
      for (const entry of logs) expect(JSON.stringify(entry).length).to.be.below(10_000);
    });
  }

  it("follows no redirect", async () => {
    const met: string[] = [];
    const { aws } = await night(
      toFetch((outgoing, { headers }) => {
        met.push(String(headers["host"]));
        outgoing.writeHead(307, { location: `http://${headers["host"]}/elsewhere` }).end();
      }),
    );

    expect(met).to.have.length(1);
    expect(aws.requests.filter(({ accountId, action }) => accountId === HOSTILE && action === "")).to.deep.equal([]);
  });

  it("changes no object that others have", async () => {
    const polluted = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
    const xml = answerOf(`${content("user")}${GENERATED}<__proto__><polluted>1</polluted></__proto__>`);
    await night([
      ...toFetch(raw(200, xml)),
      { service: "organizations", action: "ListTagsForResource", answer: raw(200, polluted) },
    ]);

    expect(({} as Record<string, unknown>)["polluted"]).to.equal(undefined);
  });

  for (const [what, action, body] of [
    ["GenerateCredentialReport", "GenerateCredentialReport", "<html>"],
    [
      "GenerateCredentialReport, with a state that there is none of",
      "GenerateCredentialReport",
      generateAnswer("x" as never).body,
    ],
    ["AssumeRole", "AssumeRole", "<html>"],
    [
      "AssumeRole, with half of the credentials",
      "AssumeRole",
      "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId></Credentials></AssumeRoleResult></AssumeRoleResponse>",
    ],
  ] as const) {
    it(`is named where ${what} is not what it should be`, async () => {
      const service = action === "AssumeRole" ? "sts" : "iam";
      const { missing } = await night([{ service, action, accountId: HOSTILE, answer: raw(200, body) }]);

      expect([...missing.keys()]).to.deep.equal([HOSTILE]);
    });
  }
});

describe("reports larger than AWS makes them", () => {
  const endless = (outgoing: ServerResponse): void => {
    outgoing.writeHead(200, { "content-type": "text/xml" });
    const more = (): void => {
      while (!outgoing.destroyed && outgoing.write(Buffer.alloc(65_536, "A")));
    };
    outgoing.on("drain", more);
    more();
  };

  it("are refused by their size before they are read, naming account, size and limit", async () => {
    const length = String(100 * 1024 * 1024);
    let written = 0;
    const { missing, summary } = await night(
      toFetch((outgoing) => {
        outgoing.writeHead(200, { "content-length": length });
        outgoing.write(Buffer.alloc(65_536), () => (written += 65_536));
      }),
    );

    expect(summary.accounts).to.include({ collected: 5, notCollected: 1 });
    const lost = missing.get(HOSTILE);
    expect(lost).to.include({ step: "fetch", code: "AnswerTooLarge", attempts: 1 });
    expect(lost?.message).to.include(length).and.include(String(ANSWER_LIMITS.bytes));
    expect(lost?.remedy).to.match(/AWS makes no such report/);
    expect(written).to.equal(65_536);
  });

  it("are broken off where they do not say how large they are", async () => {
    const answers = { ...ANSWER_LIMITS, bytes: 3 * 1024 * 1024 };
    const { missing, summary } = await night(toFetch(endless), { answers });

    expect(summary.accounts).to.include({ collected: 5, notCollected: 1 });
    expect(missing.get(HOSTILE)).to.include({ code: "AnswerTooLarge", attempts: 1 });
  });

  it("are broken off where they come byte by byte", async () => {
    const drips: NodeJS.Timeout[] = [];
    const drip = (outgoing: ServerResponse): void => {
      outgoing.writeHead(200);
      drips.push(setInterval(() => outgoing.write("<"), 5));
    };
    try {
      const { missing } = await night(toFetch(drip), { answers: { ...ANSWER_LIMITS, milliseconds: 50 } });

      expect(missing.get(HOSTILE)).to.include({ step: "fetch", code: "TimeoutError" });
    } finally {
      for (const timer of drips) clearInterval(timer);
    }
  });

  it("take no more memory together than there is for all, and are all collected", async () => {
    const report = (accountId: string) => credentialReportCsv(accountId, [rootRow(accountId)]).padEnd(30_000, "\n");
    const accounts = members(12).map((account) => ({ ...account, report: report(account.id) }));
    const answers = { ...ANSWER_LIMITS, bytesAtOnce: 90_000 };
    const { summary } = await night([], { answers, settings: { concurrency: 12 } }, {}, accounts);

    expect(summary.accounts).to.include({ collected: 13 });
  });

  it("make others wait, in their order, until there is room", async () => {
    const budget = new ByteBudget(10);
    const order: number[] = [];
    const one = async (n: number, bytes: number): Promise<void> => {
      const give = await budget.take(bytes);
      order.push(n);
      await Promise.resolve();
      give();
      give();
    };
    await Promise.all([one(1, 6), one(2, 6), one(3, 100), one(4, 1), one(5, 9)]);

    expect(order).to.deep.equal([1, 2, 3, 4, 5]);
    expect(budget.peak).to.equal(10);
  });
});

describe("a report that is not as AWS makes them", () => {
  const row = rootRow(HOSTILE);
  const header = KNOWN_COLUMNS.join(",");
  const line = KNOWN_COLUMNS.map((column) => row[column]).join(",");
  for (const [what, report, code] of [
    ["a million columns", "c,".repeat(1_000_000), "TooManyColumns"],
    ["the same column a hundred times", `${"user,".repeat(99)}user\n`, "MissingColumns"],
    ["a row of a million cells", `${header}\n${line}\n${",".repeat(1_000_000)}\n`, "RowLength"],
    [
      "a row of a million cells that begins like a user",
      `${header}\nbob,arn:${",".repeat(1_000_000)}/bob\n`,
      "RowLength",
    ],
    ["one line of two megabytes", "x".repeat(2_000_000), "CellTooLong"],
    [
      "a user name of a megabyte",
      `${header}\n${line.replace("<root_account>", "x".repeat(1_000_000))}\n`,
      "CellTooLong",
    ],
    ["a column of the consolidated file", `${header},account_id\n${line},000000000000\n`, "ReservedColumns"],
    ["a user without a name", `${header}\n${line.replace("<root_account>", "")}\n`, "NoUser"],
    ["no end of a quote", `${header}\n"${line}\n${line}`, "NotCsv"],
    ["UTF-16 with its mark", Buffer.from(`\uFEFF${header}\n${line}`, "utf16le"), "NotCsv"],
    ["CR line ends", `${header}\r${line}\r`, "DuplicateColumns"],
    [
      "bytes that are no UTF-8",
      Buffer.concat([Buffer.from(`${header}\n${line}`), Buffer.from([0xc3, 0x28])]),
      "NotCsv",
    ],
  ] as const) {
    it(`is kept as it came and named, and the report of the others can be read: ${what}`, async () => {
      const accounts = members(5, { 2: { report } });
      const { missing, manifest, aws } = await night([], {}, {}, accounts);

      const lost = missing.get(HOSTILE);
      expect(lost).to.include({ step: "parse", code });
      expect(lost?.message.length).to.be.below(1000);
      expect(aws.objects.get(lost?.raw?.key ?? "")?.body.equals(Buffer.from(report))).to.equal(true);
      expect(manifest.counts).to.include({ collected: 5, notCollected: 1 });
    });
  }

  it("names account, size and limit where it is larger than what is read", () => {
    const report = Buffer.alloc(REPORT_LIMITS.bytes + 1, "\n");
    const error = expect(() => parseCredentialReport(report, HOSTILE)).to.throw(CredentialReportError);

    error.with.property("code", "ReportTooLarge");
    error.with
      .property("message")
      .that.includes(HOSTILE)
      .and.includes(String(report.length))
      .and.includes(String(REPORT_LIMITS.bytes));
  });
});

describe("lists of Organizations that do not end", () => {
  /** Organizations, as far as a list is asked for. */
  const client = (send: (action: string, input: Record<string, string>) => object) =>
    ({
      send: (command: { constructor: { name: string }; input: Record<string, string> }) =>
        Promise.resolve(send(command.constructor.name.replace(/Command$/, ""), command.input)),
    }) as unknown as OrganizationsClient;
  const list = async (organizations: OrganizationsClient): Promise<void> => {
    for await (const page of listAccounts(organizations, fakeClock())) expect(page).to.have.length.above(0);
  };
  const Accounts = [{ Id: MANAGEMENT, Name: "m" }];

  for (const [what, next, code] of [
    ["the same token for ever", () => "a", "RepeatedPage"],
    ["two tokens by turns", (n: number) => "ab"[n % 2], "RepeatedPage"],
    ["ever new tokens", (n: number) => `token-${n}`, "TooManyPages"],
  ] as const) {
    it(`fail the run with a clear error: ${what}`, async () => {
      let pages = 0;
      const error = await rejection(list(client(() => ({ Accounts, NextToken: next(pages++) }))));

      expect(error).to.include({ name: "RunError", code });
    });
  }

  for (const [what, unitsOf, code] of [
    ["a unit within itself", () => [{ Id: "ou-1", Name: "one" }], "RepeatedUnit"],
    ["the root within a unit", (id: string) => [{ Id: id === "r-1" ? "ou-1" : "r-1", Name: "x" }], "RepeatedUnit"],
    ["ever new units", (id: string) => [{ Id: `${id}1`, Name: "x" }], "TooManyUnits"],
  ] as const) {
    it(`fail the run with a clear error: ${what}`, async function () {
      this.timeout(60_000);
      let met = 0;
      const organizations = client((action, { ParentId = "" }) => {
        if (action === "ListRoots") return { Roots: [{ Id: "r-1", Name: "Root" }] };
        if (action !== "ListOrganizationalUnitsForParent") return { Accounts: [] };
        return {
          OrganizationalUnits: code === "TooManyUnits" ? [{ Id: `ou-${(met += 1)}`, Name: "x" }] : unitsOf(ParentId),
        };
      });
      const error = await rejection(walkOrganization(organizations, fakeClock()));

      expect(error).to.include({ name: "RunError", code });
      expect(error.message.length).to.be.below(1000);
    });
  }

  for (const id of ["../../../etc/passwd", "__proto__", "11111111111", "1111111111111", "=1+1", "111111111111\n"]) {
    it(`fail the run where an account is called ${JSON.stringify(id)}`, async () => {
      const error = await rejection(list(client(() => ({ Accounts: [{ Id: id, Name: "x" }] }))));

      expect(error).to.include({ name: "RunError", code: "IncompleteAnswer" });
    });
  }

  it("keep names, but for half characters that no object could hold", async () => {
    const organizations = client(() => ({ Accounts: [{ Id: MANAGEMENT, Name: "a\uD800b\u202E=1", State: "ACTIVE" }] }));
    const names: string[] = [];
    for await (const page of listAccounts(organizations, fakeClock()))
      names.push(...page.map(({ accountName }) => accountName));

    expect(names).to.deep.equal(["a\uFFFDb\u202E=1"]);
  });
});
