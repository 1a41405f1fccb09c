import { expect } from "chai";
import { exampleOrganization } from "./exampleOrganization";
import { manyUsers } from "./factories";
import { openPage, type FakePage } from "./fakePage";
import { pageOf, runOfEveryKind } from "./pages";

const example = pageOf(exampleOrganization());
const large = pageOf(manyUsers(10, 2500));
const everyKind = runOfEveryKind(3, 60);

const status = (page: FakePage) => page.element("users-status").textContent;
const shown = (page: FakePage) => page.element("users-body").rows.map((row) => row.rows[0]?.textContent);

function follow(page: FakePage, address: string): void {
  page.location.hash = address;
  page.window.emit("hashchange");
}

function choose(page: FakePage, control: string, value: string): void {
  page.element(control).value = value;
  page.element(control).emit("input");
}

describe("the script of the report", () => {
  it("draws the very rows that the file shows without it", async () => {
    for (const html of [example, large, pageOf(everyKind)]) {
      const page = await openPage(html);
      for (const id of ["accounts", "units", "users"]) {
        const served = new RegExp(`<tbody id="${id}-body">(.*?)</tbody>`, "s").exec(html)?.[1];
        expect(
          page
            .element(`${id}-body`)
            .rows.map((row) => row.html)
            .join("\n"),
        ).to.equal(served);
      }
    }
  });

  it("shows search and page turner only once they work", async () => {
    expect(example).to.match(/id="users-search"[^>]* hidden/);
    expect((await openPage(example)).element("users-search").hidden).to.equal(false);
    expect((await openPage(example)).element("users-pages").hidden).to.equal(true);
    expect((await openPage(large)).element("users-pages").hidden).to.equal(false);
  });

  it("follows a link from a figure, when opened and later", async () => {
    const page = await openPage(example, "#control=console-mfa&state=fail");
    expect(status(page)).to.equal("Rows 1–6 of 6 (40 without filter)");
    expect(page.element("users-control").value).to.equal("console-mfa");
    expect(page.element("users-state").value).to.equal("fail");
    follow(page, "#show=console&account=555566667777");
    expect(shown(page)).to.deep.equal(["bi-readonly", "t.nguyen", "a.haddad"]);
    follow(page, "#coverage");
    expect(shown(page)).to.have.length(3);
  });

  it("selects as many rows as every link to rows says, and says so of rows only", async () => {
    const exceptions = [
      { accountId: "444455558888", user: "j.moreau", control: "console-mfa", reason: "ordered", expires: "2027-01-31" },
    ];
    for (const html of [pageOf(exampleOrganization(), { exceptions }), pageOf(everyKind)]) {
      const page = await openPage(html);
      const links = [...html.matchAll(/<a href="(#[^"]+)" data-rows="(\d+)"/g)];
      expect(links.length).to.be.greaterThan(60);
      for (const [, address = "", rows] of links) {
        follow(page, address.replaceAll("&amp;", "&"));
        const [, counted] = / of ([\d,]+)/.exec(status(page)) ?? [];
        expect(counted?.replaceAll(",", "") ?? "0", address).to.equal(rows);
      }
    }
  });

  it("selects as many accounts as every link to accounts says", async () => {
    for (const html of [example, pageOf(everyKind)]) {
      const page = await openPage(html);
      const links = [...html.matchAll(/<a href="(#[^"]+)" data-accounts="(\d+)"/g)];
      expect(links.length).to.be.greaterThan(4);
      for (const [, address = "", accounts] of links) {
        follow(page, address.replaceAll("&amp;", "&"));
        const status = page.element("accounts-status").textContent;
        expect(/ of ([\d,]+)/.exec(status)?.[1], address).to.equal(accounts);
      }
    }
  });

  it("keeps to a unit and all units below it", async () => {
    const page = await openPage(example, "#ou=Root/Workloads");
    expect(status(page)).to.equal("Rows 1–23 of 23 (40 without filter)");
    follow(page, "#ou=Root/Work");
    expect(status(page)).to.equal("No row matches (40 without filter)");
    choose(page, "users-ou", "Root/Workloads/Staging");
    expect(page.location.hash).to.equal("#ou=Root/Workloads/Staging");
  });

  it("matches no row of a control, an account or a question that there is none of", async () => {
    const page = await openPage(example);
    for (const address of ["#control=IAM.5", "#account=1", "#show=nothing", "#state=failed"]) {
      follow(page, address);
      expect(status(page), address).to.equal("No row matches (40 without filter)");
    }
  });

  it("tells failures that are excepted from others, and whom a control is not about from whom it passes", async () => {
    const reason = "key <ordered> & paid";
    const exceptions = [
      { accountId: "444455558888", user: "j.moreau", control: "console-mfa", reason, expires: "2027-01-31" },
    ];
    const page = await openPage(pageOf(exampleOrganization(), { exceptions }));
    const counts = ["fail", "excepted", "pass", "notApplicable", "notDecidable"].map((state) => {
      follow(page, `#control=console-mfa&state=${state}`);
      return page.element("users-body").rows.length;
    });
    expect(counts).to.deep.equal([6, 1, 9, 13, 0]);
    follow(page, "#state=excepted");
    expect(shown(page)).to.deep.equal(["j.moreau"]);
    expect(page.element("users-body").inner).to.include("Excepted until 2027-01-31: key &lt;ordered&gt; &amp; paid");
  });

  it("proves each failure by its cells as AWS wrote them", async () => {
    const page = await openPage(example, "#q=deploy-legacy");
    const proof = page.element("users-body").inner;
    expect(proof).to.include("has two active access keys").and.include("single-access-key");
    expect(proof).to.match(/<code>access_key_1_last_rotated<\/code> \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00/);
    expect(proof).to.not.include("password_last_used");
  });

  it("searches names, accounts and dates for every word, and keeps the view in the address", async () => {
    const page = await openPage(example);
    choose(page, "users-q", "MOREAU staging");
    expect(shown(page)).to.deep.equal(["j.moreau"]);
    expect(page.location.hash).to.equal("#q=MOREAU+staging");
    choose(page, "users-q", "nobody-of-that-name");
    expect(status(page)).to.equal("No row matches (40 without filter)");
    page.element("users-clear").emit("click");
    expect(status(page)).to.equal("Rows 1–40 of 40");
    expect(page.location.hash).to.equal("#users");
  });

  it("searches accounts on their own", async () => {
    const page = await openPage(example);
    choose(page, "accounts-q", "workloads/staging");
    expect(page.element("accounts-body").rows).to.have.length(2);
    expect(status(page)).to.equal("Rows 1–40 of 40");
  });

  it("sorts both ways with empty cells last, and says so", async () => {
    const page = await openPage(example);
    const keys = () => page.element("users-body").rows.map((row) => row.rows[6]?.rows[0]?.textContent);
    page.element("users-sort-6").emit("click");
    expect(page.element("users-head-6").getAttribute("aria-sort")).to.equal("descending");
    expect(keys().slice(0, 2)).to.deep.equal(["1: active, 1,239 days", "1: active, 910 days"]);
    expect(keys().at(-1)).to.equal(undefined);
    page.element("users-sort-6").emit("click");
    expect(page.element("users-head-6").getAttribute("aria-sort")).to.equal("ascending");
    expect(keys()[0]).to.equal("1: active, 9 days");
    expect(keys().at(-1)).to.equal(undefined);
    page.element("users-sort-0").emit("click");
    expect(page.element("users-head-6").getAttribute("aria-sort")).to.equal("none");
    expect(shown(page).slice(-2)).to.deep.equal(["siem-ingest", "t.nguyen"]);
  });

  it("turns pages and stops at both ends", async () => {
    const page = await openPage(large);
    expect(status(page)).to.equal("Rows 1–50 of 2,510");
    expect(page.element("users-previous").disabled).to.equal(true);
    page.element("users-next").emit("click");
    expect(status(page)).to.equal("Rows 51–100 of 2,510");
    for (let n = 0; n < 49; n += 1) page.element("users-next").emit("click");
    expect(status(page)).to.equal("Rows 2,501–2,510 of 2,510");
    expect(page.element("users-next").disabled).to.equal(true);
  });

  it("says why where the rows cannot be unpacked, and leaves those that are there", async () => {
    const old = await openPage(example, "", ["DecompressionStream"]);
    expect(status(old)).to.include("This browser cannot unpack the other rows").and.include("credentials.csv");
    const block = /id="rows-0">([^<]{40})/.exec(example)?.[1] ?? "";
    const broken = await openPage(example.replace(block, block.toUpperCase()));
    expect(status(broken)).to.include("could not be unpacked");
  });

  it("prints all rows of a view of up to 2,000, and else says where they are", async () => {
    const page = await openPage(large);
    page.window.emit("beforeprint");
    expect(page.element("users-body").rows).to.have.length(50);
    expect(page.element("users-print-note").hidden).to.equal(false);
    page.window.emit("afterprint");
    choose(page, "users-show", "console");
    page.window.emit("beforeprint");
    expect(page.element("users-body").rows.length).to.be.greaterThan(800);
    expect(page.element("users-print-note").hidden).to.equal(true);
    page.window.emit("afterprint");
    expect(page.element("users-body").rows).to.have.length(50);
  });
});
