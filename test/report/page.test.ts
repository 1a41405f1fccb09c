import { expect } from "chai";
import { renderReport } from "../../report/html";
import { readCredentialRows } from "../../report/consolidatedReader";
import { exampleOrganization } from "./exampleOrganization";
import { manyUsers, type Run } from "./factories";
import { openPage, type FakePage } from "./fakePage";

const render = ({ manifest, csv }: Run) => renderReport({ manifest, rows: readCredentialRows(csv) });
const example = render(exampleOrganization());
const large = render(manyUsers(10, 2500));

const status = (page: FakePage) => page.element("users-status").textContent;
const shown = (page: FakePage) => page.element("users-body").rows.map((row) => row.rows[0]?.textContent);

function choose(page: FakePage, control: string, value: string): void {
  page.element(control).value = value;
  page.element(control).emit("input");
}

describe("the script of the report", () => {
  it("draws the very rows that the file shows without it", () => {
    for (const html of [example, large]) {
      const page = openPage(html);
      for (const id of ["accounts", "users"]) {
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

  it("shows search and page turner only once they work", () => {
    expect(example).to.match(/id="users-search"[^>]* hidden/);
    expect(openPage(example).element("users-search").hidden).to.equal(false);
    expect(openPage(example).element("users-pages").hidden).to.equal(true);
    expect(openPage(large).element("users-pages").hidden).to.equal(false);
  });

  it("follows a link from a figure, when opened and later", () => {
    const page = openPage(example, "#show=console-no-mfa");
    expect(status(page)).to.equal("Rows 1–6 of 6 (40 without filter)");
    expect(page.element("users-show").value).to.equal("console-no-mfa");
    page.location.hash = "#show=console&account=555566667777";
    page.window.emit("hashchange");
    expect(shown(page)).to.deep.equal(["bi-readonly", "t.nguyen", "a.haddad"]);
    page.location.hash = "#coverage";
    page.window.emit("hashchange");
    expect(shown(page)).to.have.length(3);
  });

  it("searches names, accounts and dates for every word, and keeps the view in the address", () => {
    const page = openPage(example);
    choose(page, "users-q", "MOREAU staging");
    expect(shown(page)).to.deep.equal(["j.moreau"]);
    expect(page.location.hash).to.equal("#q=MOREAU+staging");
    choose(page, "users-q", "nobody-of-that-name");
    expect(status(page)).to.equal("No row matches (40 without filter)");
    page.element("users-clear").emit("click");
    expect(status(page)).to.equal("Rows 1–40 of 40");
    expect(page.location.hash).to.equal("#users");
  });

  it("searches accounts on their own", () => {
    const page = openPage(example);
    choose(page, "accounts-q", "workloads/staging");
    expect(page.element("accounts-body").rows).to.have.length(2);
    expect(status(page)).to.equal("Rows 1–40 of 40");
  });

  it("sorts both ways with empty cells last, and says so", () => {
    const page = openPage(example);
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

  it("turns pages and stops at both ends", () => {
    const page = openPage(large);
    expect(status(page)).to.equal("Rows 1–50 of 2,510");
    expect(page.element("users-previous").disabled).to.equal(true);
    page.element("users-next").emit("click");
    expect(status(page)).to.equal("Rows 51–100 of 2,510");
    for (let n = 0; n < 49; n += 1) page.element("users-next").emit("click");
    expect(status(page)).to.equal("Rows 2,501–2,510 of 2,510");
    expect(page.element("users-next").disabled).to.equal(true);
  });

  it("prints all rows of a view of up to 2,000, and else says where they are", () => {
    const page = openPage(large);
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
