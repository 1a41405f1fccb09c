import { createHash } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { INVENTORY, REVIEW_PAGE } from "../../../report/inventory";
import { accessReviewWriter } from "../../../report/inventory/accessReview";
import { reviewPageWriter } from "../../../report/inventory/reviewPage";
import { exampleOrganization } from "../exampleOrganization";
import {
  collected,
  daysAgo,
  keyCells,
  manifestOf,
  notCollected,
  outOfScope,
  passwordCells,
  rootCells,
  runOf,
  userCells,
  type Cells,
} from "../factories";
import { everyKindOfRun, linesOf, makingOf, textOf, type Line, type Making } from "./inventory";

const ACCOUNT = "111122223333";
const EXCEPTIONS = [
  { accountId: ACCOUNT, user: "anna", control: "user-mfa", reason: "=a machine, <b>", expires: "2027-03-31" },
  { accountId: ACCOUNT, user: "anna", control: "console-mfa", reason: "over", expires: "2026-03-31" },
];

function lineOf(cells: Cells, more: Partial<Making> = {}): Line {
  const [line] = linesOf(accessReviewWriter, {
    ...makingOf(runOf([[collected(ACCOUNT, "Management"), [cells]]])),
    ...more,
  });
  if (!line) throw new Error("there is no line");
  return line;
}

describe("access-review.csv", () => {
  it("has every user and root user in order of account and file, with empty columns to fill in", () => {
    const making = makingOf(exampleOrganization());
    const lines = linesOf(accessReviewWriter, making);
    expect(lines.map((line) => [line["account_id"], line["user"], line["arn"]])).to.deep.equal(
      making.rows.map(({ accountId, user, arn }) => [accountId, user, arn]),
    );
    for (const line of lines) {
      const { decision, reviewer, review_date, signature_or_comment } = line;
      expect([decision, reviewer, review_date, signature_or_comment]).to.deep.equal(["", "", "", ""]);
    }
  });

  it("says what the user can come in with, when that was last used, and what fails, in words", () => {
    const cells = {
      ...passwordCells(false, 33),
      ...keyCells(1, { age: 412, used: 1 }),
      ...keyCells(2, { age: 700, active: false }),
    };
    expect(lineOf(userCells("anna", cells))).to.include({
      user: "anna",
      user_creation_time: daysAgo(500).replace("+00:00", "Z"),
      access:
        "console password; access key 1 active, 412 days old, used 1 day ago; access key 2 inactive, 700 days old, never used",
      mfa: "no",
      last_activity: daysAgo(1).replace("+00:00", "Z"),
      days_since_activity: "1",
      findings: "has a console password and no MFA; has no MFA; has an active access key more than 90 days old",
      exceptions: "",
    });
    expect(lineOf(userCells("job", keyCells(1, { age: 1, used: 0 })))["access"]).to.equal(
      "access key 1 active, 1 day old, used within a day",
    );
    expect(lineOf(userCells("b"))).to.include({ access: "none", last_activity: "none", days_since_activity: "" });
    expect(lineOf(rootCells())).to.include({ user: "<root_account>", access: "console password not reported" });
    const odd = { access_key_1_active: "", access_key_2_active: "true", access_key_2_last_used_date: "soon" };
    expect(lineOf(userCells("c", odd))["access"]).to.equal(
      "access key 1 not known, age not known, last use none; access key 2 active, age not known, last use not known",
    );
  });

  it("names exceptions that hold with their last day, and leaves the finding in", () => {
    const line = lineOf(userCells("anna", passwordCells(false, 1)), { exceptions: EXCEPTIONS });
    expect(line["findings"]).to.equal("has a console password and no MFA; has no MFA");
    expect(line["exceptions"]).to.equal("user-mfa until 2027-03-31: =a machine, <b>");
  });
});

describe("access-review.html", () => {
  it("has a table, a heading and a signature line for each account, and a line for each user", () => {
    const making = makingOf(exampleOrganization());
    const html = textOf(reviewPageWriter, making);
    const count = (text: string) => html.split(text).length - 1;
    expect(count("<section ")).to.equal(12);
    expect(count("<span>Signature</span>")).to.equal(12);
    expect(count('<th scope="row">')).to.equal(making.rows.length);
    for (const tag of ["section", "table", "tbody", "tr", "ul", "li", "td", "th", "p", "main", "body", "html"]) {
      expect(html.match(new RegExp(`<${tag}[ >]`, "g"))?.length, tag).to.equal(count(`</${tag}>`));
    }
    expect(count("<td><i>keep</i><i>change</i><i>remove</i></td><td></td></tr>")).to.equal(making.rows.length);
  });

  it("repeats whose account it is on every sheet: the name stands in the head of the table", () => {
    const html = textOf(
      reviewPageWriter,
      makingOf(runOf([[collected(ACCOUNT, "R&D"), [rootCells(), userCells("a")]]])),
    );
    expect(html).to.match(/<thead>\n<tr><td colspan="8" class="whose"><bdi>R&amp;D<\/bdi> 111122223333<\/td><\/tr>/);
    expect(html.match(/<col>/g)).to.have.length(8);
    expect(html.match(/<th scope="col">/g)).to.have.length(8);
  });

  it("names first the accounts that a signature does not cover", () => {
    const run = runOf([
      [collected(ACCOUNT, "Management"), [rootCells()]],
      notCollected("222233334444", "Lost"),
      outOfScope("333344445555", "Closed"),
    ]);
    const html = textOf(reviewPageWriter, makingOf(run));
    expect(html).to.include("This list covers 1 of 3 listed accounts. A signature says nothing of these:");
    expect(html).to.include("<li><bdi>Lost</bdi> 222233334444, missing: assumeRole: AccessDenied</li>");
    expect(html).to.include("<li><bdi>Closed</bdi> 333344445555, out of scope: account is SUSPENDED</li>");
    expect(html.indexOf("Lost")).to.be.lessThan(html.indexOf("<section"));
    const whole = textOf(reviewPageWriter, makingOf(runOf([[collected(ACCOUNT, "Management"), [rootCells()]]])));
    expect(whole).to.include("covers 1 of 1 listed accounts.</p>").and.not.to.include("A signature says nothing");
  });

  it("says so when nothing was collected", () => {
    const html = textOf(reviewPageWriter, { manifest: manifestOf([notCollected("222233334444", "Lost")]), rows: [] });
    expect(html)
      .to.include("No account was collected.")
      .and.to.match(/<\/html>\n$/);
  });

  it("loads nothing and runs nothing: its policy allows its own style sheet only", () => {
    const html = textOf(reviewPageWriter, makingOf(exampleOrganization()));
    const style = /<style>([^]*?)<\/style>/.exec(html)?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    expect(html).to.include(
      `content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'"`,
    );
    expect(html).not.to.match(/<script|style=|\son\w+=|https?:|src=|url\(|@import/);
  });

  it("escapes whatever a user could name", () => {
    const name = `<img src=x onerror="alert(1)">\u202e'&`;
    const run = runOf([
      [collected(ACCOUNT, name, { ouPath: name }), [userCells(name)]],
      notCollected("222233334444", name),
    ]);
    const html = textOf(reviewPageWriter, makingOf(run));
    expect(html).not.to.include("<img");
    expect(html.split("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;[U+202E]&#39;&amp;")).to.have.length(6);
    const excepted = textOf(reviewPageWriter, {
      ...makingOf(runOf([[collected(ACCOUNT, "a"), [userCells("anna", passwordCells(false, 1))]]])),
      exceptions: EXCEPTIONS,
    });
    expect(excepted).to.include("<li>Exception: user-mfa until 2027-03-31: =a machine, &lt;b&gt;</li>");
  });
});

describe("every file of the inventory", () => {
  it("is text of one pass that ends with a line end, the same each time, and loses no user", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), (seed) => {
        const making = everyKindOfRun(3, 6, seed);
        for (const { name, writer } of [...INVENTORY, REVIEW_PAGE]) {
          const text = textOf(writer, making);
          expect(text.endsWith("\n"), name).to.equal(true);
          expect(textOf(writer, making), name).to.equal(text);
          if (!/users|review/.test(name)) continue;
          const wanted = making.rows.length;
          const found = text.match(name.endsWith(".html") ? /<th scope="row">/g : /arn:aws:iam::/g)?.length;
          expect(found, name).to.equal(wanted);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("holds no cell that runs as a formula", () => {
    const bad = "=cmd|' /C calc'!A0;=1";
    const run = runOf([
      [collected(ACCOUNT, bad, { ouPath: bad }), [rootCells(), userCells(bad, passwordCells(false, 1))]],
      notCollected("222233334444", bad, { ouPath: bad, message: bad, remedy: bad, code: bad }),
      outOfScope("333344445555", bad, { ouPath: bad, reason: bad }),
    ]);
    const exceptions = [{ accountId: ACCOUNT, user: bad, control: "user-mfa", reason: bad, expires: "2027-03-31" }];
    for (const { name, writer } of INVENTORY.filter(({ name }) => name.endsWith(".csv"))) {
      const text = textOf(writer, { ...makingOf(run), exceptions });
      expect(text, name).to.include("'=cmd|' /C calc'!A0;'=1");
      for (const cell of text.split(/[,;\r\n]/)) expect(cell, name).not.to.match(/^[\s"]*[=+\-@|]/);
    }
  });
});
