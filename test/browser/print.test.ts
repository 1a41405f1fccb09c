import { readFileSync } from "node:fs";

import { expect } from "chai";

import { exampleOrganization } from "../report/exampleOrganization";
import { pdfPages } from "../support/pdfText";
import { BROWSER_MILLISECONDS, closed, reportBrowser } from "./reports";

describe("the report in Chromium, printed", function () {
  this.timeout(BROWSER_MILLISECONDS);
  const reports = reportBrowser();
  it("every row of a small run, with the table's head on every page", async () => {
    const opened = await reports.open(reports.example, { hash: "#control=console-mfa", colorScheme: "dark" });
    const { page } = opened;
    await page.click("#users-clear");

    const pages = pdfPages(readFileSync(await reports.browser.print(page, "example")));

    const text = pages.join("");
    const users = exampleOrganization()
      .csv.trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split(",")[5] ?? "");
    for (const user of new Set(users)) {
      const wanted = users.filter((other) => other === user).length;
      expect(text.split(user).length - 1, `times that ${user} is printed`).to.be.at.least(wanted);
    }
    expect(text).to.contain("12of13accounts").and.to.contain("Whatacredentialreportcannotshow");
    const first = pages.findIndex((one) => one.includes("Usersofthecollectedaccounts"));
    const last = pages.findIndex((one) => one.includes("Rows1–40of40"));
    expect(last - first, "further pages of users").to.be.above(0);
    for (const one of pages.slice(first, last + 1)) expect(one).to.contain("UserAccountCreatedPassword");
    await closed(opened);
  });

  it("the first rows of a large run, and where all are", async () => {
    const opened = await reports.open(reports.large);
    const pages = pdfPages(readFileSync(await reports.browser.print(opened.page, "large")));
    expect(pages.join("")).to.contain("2,525rows").and.to.contain("credentials.csv");
    expect(pages.length).to.be.below(40);
    await closed(opened);
  });

  // A4 less the margins of the style sheet, portrait and landscape, in pixels of 1/96 inch.
  for (const [paper, width, sections] of [
    ["portrait", 680, "main > section"],
    ["landscape", 1009, ".tables > section"],
  ] as const) {
    it(`nothing beyond the paper, ${paper}`, async () => {
      const opened = await reports.open(reports.example, { width });
      await opened.page.emulateMedia({ media: "print" });
      await opened.page.evaluate("window.dispatchEvent(new Event('beforeprint'))");
      expect(await opened.page.evaluate<string[]>(cutOff(sections, width))).to.deep.equal([]);
      await closed(opened);
    });
  }
});

/** Names the outermost elements that reach beyond the paper, or that their box cuts off; those for screen readers alone are a pixel. */
const cutOff = (sections: string, width: number) => `[...document.querySelectorAll(${JSON.stringify(sections)})]
  .flatMap((section) => [...section.querySelectorAll("*")])
  .filter((element) => element.checkVisibility() && element.getClientRects().length > 0)
  .filter((element) => element.getBoundingClientRect().right > ${width} + 1 ||
    (getComputedStyle(element).overflowX !== "visible" && element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 1))
  .filter((element, _, all) => !all.includes(element.parentElement))
  .map((element) => element.outerHTML.slice(0, 120))`;
