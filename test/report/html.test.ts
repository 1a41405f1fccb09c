import { createHash } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { renderReport } from "../../report/html";
import { readColumns, readCredentialRows } from "../../report/consolidatedReader";
import { summarise } from "../../report/summary";
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
  type Run,
} from "./factories";

const render = ({ manifest, csv }: Run) => renderReport({ manifest, rows: readCredentialRows(csv) });

/** The JSON that the page's script reads. */
function pageData(html: string): { tables: { id: string; rows: unknown[][] }[]; accounts: [string, string][] } {
  const json = /<script type="application\/json" id="report-data">(.*?)<\/script>/s.exec(html)?.[1];
  return JSON.parse(json ?? "null") as ReturnType<typeof pageData>;
}

/** The page without what no user can influence: style sheet and script. */
const withoutOwnCode = (html: string) => html.replace(/<style>.*?<\/style>/s, "").replace(/<script>.*?<\/script>/s, "");

describe("the HTML report", () => {
  const example = exampleOrganization();
  const html = render(example);

  it("allows exactly its own style sheet and script", () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1];
    const hash = (text = "") => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    const style = /<style>(.*?)<\/style>/s.exec(html)?.[1];
    const script = /<script>(.*?)<\/script>/s.exec(html)?.[1];
    expect(policy).to.equal(
      `default-src 'none'; style-src ${hash(style)}; script-src ${hash(script)}; base-uri 'none'; form-action 'none'`,
    );
    expect(html.match(/<style/g)).to.have.length(1);
    expect(html.match(/<script/g)).to.have.length(2);
    expect(html).to.not.match(/\s(style|on\w+)=/);
  });

  it("loads nothing from anywhere", () => {
    expect(html).to.not.match(/<(link|img|iframe|object|embed|base|form)\b/);
    expect(html).to.not.match(/\bsrc=|@import|url\(/);
    expect([...html.matchAll(/href="([^"]*)"/g)].filter(([, target]) => !target?.startsWith("#"))).to.deep.equal([]);
  });

  it("gives the same bytes for the same input", () => {
    expect(render(exampleOrganization())).to.equal(html);
  });

  it("states coverage in words before anything else", () => {
    expect(html).to.include("This run covers <strong>12 of 13 accounts</strong> in scope.");
    expect(html.indexOf("12 of 13 accounts")).to.be.lessThan(html.indexOf("Key figures</h2>"));
    expect(html).to.include(">Incomplete</span>");
    const whole = render(runOf([[collected("111122223333", "Management"), [rootCells()]]]));
    expect(whole).to.include("<strong>every account in scope</strong>: 1 of 1.").and.include(">Complete</span>");
    expect(render(runOf([outOfScope("888899990000", "Closing")]))).to.include("No account was in scope");
  });

  it("names every missing account with step, cause and remedy, and every account out of scope with its reason", () => {
    const missing = Array.from({ length: 120 }, (_, n) =>
      notCollected(String(200_000_000_000 + n), `Lost ${n}`, {
        code: `Code${n}`,
        message: `Message ${n} <of> AWS`,
        remedy: `Remedy ${n}.`,
      }),
    );
    const page = render(
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

  it("shows the figures of the summary, each a link to as many rows as it counts", () => {
    const { users, keys, root } = summarise(example.manifest, readCredentialRows(example.csv));
    const figure = (show: string) => Number(new RegExp(`href="#show=${show}"><b[^>]*>(\\d+)`).exec(html)?.[1]);
    expect(figure("users")).to.equal(users.total);
    expect(figure("console-no-mfa")).to.equal(users.consoleWithoutMfa);
    expect(figure("key-old")).to.equal(keys.old);
    expect(figure("key-never-used")).to.equal(keys.neverUsed);
    expect(figure("root-no-mfa")).to.equal(root.withoutMfa);
    expect(figure("dormant")).to.equal(users.dormant);
    for (const [, show] of html.matchAll(/href="#show=([\w-]+)/g)) expect(html).to.include(`id="show=${show}"`);
  });

  it("carries every row, and shows the first page without a script", () => {
    const { manifest, csv } = manyUsers(5, 500);
    const page = renderReport({ manifest, rows: readCredentialRows(csv), bucket: "evidence" });
    expect(pageData(page).tables.map(({ id, rows }) => [id, rows.length])).to.deep.equal([
      ["accounts", 5],
      ["users", 505],
    ]);
    expect(/<tbody id="users-body">(.*?)<\/tbody>/s.exec(page)?.[1]?.match(/<tr>/g)).to.have.length(50);
    expect(page).to.include(`first 50 of 505 rows. All rows: s3://evidence/${manifest.consolidated.key}`);
  });

  it("puts root users that draw attention before all others", () => {
    expect(
      pageData(html)
        .tables[1]?.rows.slice(0, 3)
        .map((row) => row[2]),
    ).to.deep.equal(["<root_account>", "<root_account>", "bi-readonly"]);
  });

  it("warns when manifest and rows contradict each other", () => {
    const { manifest, csv } = example;
    const page = renderReport({ manifest: { ...manifest, rows: 7 }, rows: readCredentialRows(csv) });
    expect(page).to.include('role="alert"').and.include("The manifest counts 7 rows");
    expect(html).to.not.include('role="alert"');
  });

  it("says what a credential report cannot show, and where the page comes from", () => {
    expect(html).to.include("What a credential report cannot show").and.include("IAM Identity Center");
    expect(html).to.include(example.manifest.consolidated.key).and.include(example.manifest.consolidated.sha256);
    const page = renderReport({
      manifest: example.manifest,
      rows: readCredentialRows(example.csv),
      columns: readColumns(example.csv),
      manifestSha256: "c".repeat(64),
    });
    expect(page).to.include("c".repeat(64)).and.include("Columns (27)").and.include("access_key_2_last_used_service");
  });

  it("is a document to a screen reader: language, landmarks, one h1, captions, scopes and labels", () => {
    for (const part of ['<html lang="en">', "<main>", "<header", "<nav", "<h1>", "<search"])
      expect(html).to.include(part);
    expect(html.match(/<h1>/g)).to.have.length(1);
    expect(html.match(/<caption>/g)).to.have.length(4);
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
      const page = render(
        runOf([
          [
            account,
            [rootCells(), userCells(name, { ...passwordCells(false, 1), access_key_1_last_used_service: name })],
          ],
          notCollected("222233334444", name, { ouPath: name, code: name, message: name, remedy: name }),
          outOfScope("333344445555", name, { reason: name }),
        ]),
      );
      const own = withoutOwnCode(page);
      expect(own.match(/<script/g), name).to.have.length(1);
      expect(own).to.not.match(/<img|<[^>]*\son\w+=|<!--/);
      expect(own).to.not.match(/[\u202E\u200B]/);
      expect(own).to.include(escape(name));
      expect(pageData(page).accounts[0]).to.deep.equal(["111122223333", visible(name)]);
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
    expect(Buffer.byteLength(html)).to.be.lessThan(100_000);
    expect(Buffer.byteLength(render(manyUsers(400, 20_000)))).to.be.lessThan(4_000_000);
  });
});
