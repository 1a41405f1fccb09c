import { createHash } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { readColumns } from "../../report/consolidatedReader";
import { trendPoint } from "../../report/trend";
import { escape, scriptJson, visible } from "../../report/page/text";
import { exampleOrganization } from "./exampleOrganization";
import {
  collected,
  manyUsers,
  notCollected,
  outOfScope,
  passwordCells,
  rootCells,
  runOf,
  userCells,
} from "./factories";
import { change, differenceWith } from "./pageChanges";
import { linesOf, pageOf } from "./pages";

/** The page without what no user can influence: style sheet and script. */
const withoutOwnCode = (html: string) => html.replace(/<style>.*?<\/style>/s, "").replace(/<script>.*?<\/script>/s, "");

describe("the HTML report", () => {
  const example = exampleOrganization();
  const html = pageOf(example);

  it("allows exactly its own style sheet and script", () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1];
    const hash = (text = "") => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    const style = /<style>(.*?)<\/style>/s.exec(html)?.[1];
    const script = /<script>(.*?)<\/script>/s.exec(html)?.[1];
    expect(policy).to.equal(
      `default-src 'none'; style-src ${hash(style)}; script-src ${hash(script)}; base-uri 'none'; form-action 'none'`,
    );
    expect(html.match(/<style/g)).to.have.length(1);
    // Everything else in script elements is data, which no browser runs.
    const types = [...html.matchAll(/<script([^>]*)>/g)].map(([, attributes]) => attributes);
    expect(
      types.filter((attributes) => !/^ type="application\/(json|octet-stream)" id="[\w-]+"$/.test(attributes ?? "")),
    ).to.deep.equal([""]);
    expect(html).to.not.match(/\s(style|on\w+)=/);
  });

  it("loads nothing from anywhere", () => {
    expect(html).to.not.match(/<(link|img|iframe|object|embed|base|form)\b/);
    expect(html).to.not.match(/\bsrc=|@import|url\(/);
    expect([...html.matchAll(/href="([^"]*)"/g)].filter(([, target]) => !target?.startsWith("#"))).to.deep.equal([]);
  });

  it("gives the same bytes for the same input", () => {
    expect(pageOf(exampleOrganization())).to.equal(html);
  });

  it("states coverage in words before anything else", () => {
    expect(html).to.include("This run covers <strong>12 of 13 accounts</strong> in scope.");
    expect(html.indexOf("12 of 13 accounts")).to.be.lessThan(html.indexOf("Controls</h2>"));
    expect(html).to.include(">Incomplete</span>");
    const whole = pageOf(runOf([[collected("111122223333", "Management"), [rootCells()]]]));
    expect(whole).to.include("<strong>every account in scope</strong>: 1 of 1.").and.include(">Complete</span>");
    expect(pageOf(runOf([outOfScope("888899990000", "Closing")]))).to.include("No account was in scope");
  });

  it("names every missing account with step, cause and remedy, and every account out of scope with its reason", () => {
    const missing = Array.from({ length: 320 }, (_, n) =>
      notCollected(String(200_000_000_000 + n), `Lost ${n}`, {
        code: `Code${n}`,
        message: `Message ${n} <of> AWS`,
        remedy: `Remedy ${n}.`,
      }),
    );
    const page = pageOf(
      runOf([...missing, outOfScope("888899990000", "Closing", { reason: "account is PENDING_CLOSURE" })]),
    );
    for (const [n, account] of missing.entries()) {
      for (const text of [
        account.accountId,
        `>Lost ${n}<`,
        `>Code${n}<`,
        `Message ${n} &lt;of&gt; AWS`,
        `>Remedy ${n}.<`,
      ]) {
        expect(page).to.include(text);
      }
    }
    expect(page).to.include("account is PENDING_CLOSURE");
  });

  it("puts coverage first, then age, controls, changes, charts, tables, limits and provenance", () => {
    const sections = [...html.matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id);
    expect(sections).to.deep.equal([
      ...[
        "coverage",
        "evidence",
        "controls",
        "changes",
        "charts",
        "accounts",
        "units",
        "users",
        "limits",
        "provenance",
      ],
    ]);
    for (const id of sections) expect(html).to.include(`<a href="#${id}">`);
  });

  it("shows the first page without a script, and says where all rows are", () => {
    const run = manyUsers(5, 500);
    const page = pageOf(run, { bucket: "evidence" });
    expect(linesOf(page).tables.map(({ id, lines }) => [id, lines.length])).to.deep.equal([
      ["accounts", 5],
      ["units", 6],
    ]);
    expect(/<tbody id="users-body">(.*?)<\/tbody>/s.exec(page)?.[1]?.match(/<tr>/g)).to.have.length(50);
    expect(page).to.include(`first 50 of 505 rows. All rows: s3://evidence/${run.manifest.consolidated.key}`);
  });

  it("puts root users that draw attention before all others", () => {
    const body = /<tbody id="users-body">(.*?)<\/tbody>/s.exec(html)?.[1] ?? "";
    const users = [...body.matchAll(/<th scope="row" class="text">([^<]+)</g)].map(([, user]) => user);
    expect(users.slice(0, 3)).to.deep.equal(["&lt;root_account&gt;", "&lt;root_account&gt;", "bi-readonly"]);
  });

  it("warns when manifest and rows contradict each other", () => {
    const page = pageOf({ ...example, manifest: { ...example.manifest, rows: 7 } });
    expect(page).to.include('role="alert"').and.include("The manifest counts 7 rows");
    expect(html).to.not.include('role="alert"');
  });

  it("says what a credential report cannot show, and where the page comes from", () => {
    expect(html).to.include("What a credential report cannot show").and.include("IAM Identity Center");
    expect(html).to.include(example.manifest.consolidated.key).and.include(example.manifest.consolidated.sha256);
    const page = pageOf(example, { columns: readColumns(example.csv), manifestSha256: "c".repeat(64) });
    expect(page).to.include("c".repeat(64)).and.include("Columns (27)").and.include("access_key_2_last_used_service");
  });

  it("is a document to a screen reader: language, landmarks, one h1, captions, scopes and labels", () => {
    for (const part of ['<html lang="en">', "<main>", "<header", "<nav", "<h1>", "<search"])
      expect(html).to.include(part);
    expect(html.match(/<h1>/g)).to.have.length(1);
    expect(html.match(/<caption>/g)).to.have.length(6);
    for (const [, attributes] of html.matchAll(/<th\b([^>]*)>/g)) expect(attributes).to.include("scope=");
    for (const [, id] of html.matchAll(/aria-(?:labelledby|describedby)="([^"]+)"/g))
      expect(html).to.include(`id="${id}"`);
    const ids = [...withoutOwnCode(html).matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it("shows hostile names as text", () => {
    const hostile = [
      `<script>alert(1)</script>`,
      `</script><script>alert(1)</script>`,
      `"><img src=x onerror=alert(1)>`,
      `' onmouseover='alert(1)`,
      `<!--<script>`,
      `=cmd|' /C calc'!A0`,
      `admin\u202Egnp.exe`,
      `zero\u200Bwidth`,
      `{{constructor}}\${1}$&$1`,
    ];
    for (const name of hostile) {
      const account = collected("111122223333", name, { ouPath: `Root/${name}` });
      const page = pageOf(
        runOf([
          [
            account,
            [rootCells(), userCells(name, { ...passwordCells(false, 1), access_key_1_last_used_service: name })],
          ],
          notCollected("222233334444", name, { ouPath: name, code: name, message: name, remedy: name }),
          outOfScope("333344445555", name, { reason: name }),
        ]),
        {
          exceptions: [
            { accountId: "111122223333", user: name, control: "console-mfa", reason: name, expires: "2027-01-31" },
          ],
          difference: differenceWith([
            { ...change("userRenamed", name), accountName: name, ouPath: name, before: name, after: name },
          ]),
          trend: [1, 2].map((day) => ({
            ...trendPoint(example.manifest),
            runId: name,
            finishedAt: `2026-11-0${day}T02:00:00Z`,
          })),
          bucket: name,
        },
      );
      const own = withoutOwnCode(page);
      expect(own.match(/<script/g), name).to.have.length(3);
      expect(own).to.not.match(/<img|<[^>]*\son\w+=|<!--/);
      expect(own).to.not.match(/[\u202E\u200B]/);
      expect(own).to.include(escape(name));
      expect(linesOf(page).origins[0]?.slice(0, 3)).to.deep.equal([
        "111122223333",
        visible(name),
        visible(`Root/${name}`),
      ]);
    }
  });

  it("keeps any text inside its element and inside its JSON", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(escape(text)).to.not.match(/[<>"']|&(?!amp;|lt;|gt;|quot;|#39;)/);
        const json = scriptJson([text]);
        expect(json).to.not.match(/[<>&\u2028\u2029]/);
        expect(JSON.parse(json)).to.deep.equal([text]);
      }),
    );
  });

  it("stays small enough to send for 20,000 users", () => {
    expect(Buffer.byteLength(html)).to.be.lessThan(200_000);
    expect(Buffer.byteLength(pageOf(manyUsers(400, 20_000)))).to.be.lessThan(1_500_000);
  });
});
