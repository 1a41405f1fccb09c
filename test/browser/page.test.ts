import { expect } from "chai";

import { collected, manyUsers, notCollected, rootCells, runOf, type Run } from "../report/factories";
import type { View } from "../support/browser";
import { HOSTILE_NAMES, hostileRun, pageOf } from "./pages";
import { BROWSER_MILLISECONDS, closed, reportBrowser } from "./reports";
import { matching, shownUsers, until } from "./table";

describe("the report in Chromium", function () {
  this.timeout(BROWSER_MILLISECONDS);
  const reports = reportBrowser();

  describe("looks", () => {
    const views: [string, View][] = [
      ["light", {}],
      ["dark", { colorScheme: "dark" }],
      ["narrow-light", { width: 400 }],
      ["narrow-dark", { width: 400, colorScheme: "dark" }],
      // 1280 pixels at four times the size: https://www.w3.org/WAI/WCAG22/Understanding/reflow
      ["magnified", { width: 320 }],
    ];
    for (const [name, view] of views) {
      it(`${name}: without a problem, a request or a scroll sideways`, async () => {
        const opened = await reports.open(reports.example, view);

        await reports.browser.picture(opened.page, `example-${name}`);

        const wider = await opened.page.evaluate<number>(
          "document.documentElement.scrollWidth - document.documentElement.clientWidth",
        );
        expect(wider, "pixels beyond the window").to.equal(0);
        await closed(opened);
      });
    }

    const runs: [string, () => Run][] = [
      ["many users", () => manyUsers(25, 2500)],
      ["no account collected", () => runOf([notCollected("111122223333", "Management")])],
      ["no users but root", () => runOf([[collected("111122223333", "Management"), [rootCells()]]])],
    ];
    for (const [name, run] of runs) {
      it(`without anything to compare, ${name}: without a problem`, async () => {
        const opened = await reports.open(reports.browser.write(pageOf(run())));
        await reports.browser.picture(opened.page, `first-run-${name.replaceAll(" ", "-")}`);
        await closed(opened);
      });
    }

    it("dark where that is preferred, light otherwise", async () => {
      const background = async (colorScheme: "light" | "dark") => {
        const { page } = await reports.open(reports.example, { colorScheme });
        const color = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
        await page.context().close();
        return Math.max(...[...color.matchAll(/\d+/g)].map(Number));
      };
      expect(await background("light")).to.be.above(200);
      expect(await background("dark")).to.be.below(80);
    });
  });

  describe("has figures", () => {
    for (const [what, name] of [
      ["users", "rows"],
      ["accounts", "accounts"],
    ] as const) {
      it(`that each lead to as many ${what} as they say`, async () => {
        const opened = await reports.open(reports.example);

        const links = await opened.page.evaluate<FollowedLink[]>(follow(name, what));

        expect(links, "links that lead to rows").not.to.be.empty;
        for (const { href, says, status, shown } of links) {
          const total = Number(/of ([\d,]+)/.exec(status)?.[1]?.replaceAll(",", "") ?? 0);
          expect(`${href}: ${total}`).to.equal(`${href}: ${says}`);
          expect(shown, `rows shown at ${href}`).to.equal(Math.min(total, 50));
        }
        await closed(opened);
      });
    }

    it("whose address can be sent to somebody, and goes back and forward", async () => {
      const opened = await reports.open(reports.example, { hash: "#control=console-mfa&state=fail" });
      const { page } = opened;
      const failing = await matching(page);
      expect(failing).to.equal(6);
      expect(await page.inputValue("#users-control")).to.equal("console-mfa");

      await page.click(`a[href="#account=777788889999"]`);
      await until(page, "document.querySelector('#users-account').value === '777788889999'");
      expect(await matching(page)).to.equal(4);
      await page.goBack();
      await until(page, "document.querySelector('#users-account').value === ''");
      expect(await matching(page)).to.equal(failing);
      await page.goForward();
      await until(page, "document.querySelector('#users-account').value === '777788889999'");
      expect(await matching(page)).to.equal(4);
      await closed(opened);
    });
  });

  it("shows hostile names as they are, and runs none of them", async () => {
    const file = reports.browser.write(pageOf(hostileRun()));
    const opened = await reports.open(file, { hash: `#q=${encodeURIComponent("<img src=x onerror=alert(6)>")}` });
    const { page } = opened;
    expect(await matching(page)).to.equal(0);
    await page.click("#users-clear");

    const users = await shownUsers(page);
    for (const name of HOSTILE_NAMES) {
      const visible = name.replace(
        /[\u202A-\u202E]/g,
        (mark) => `[U+${mark.charCodeAt(0).toString(16).toUpperCase()}]`,
      );
      expect(users).to.include(visible);
      await page.fill("#users-q", visible);
      expect(await matching(page), `rows with ${visible}`).to.be.above(0);
    }
    await page.fill("#users-q", "");
    for (const list of ["account", "ou", "control", "show"]) {
      const values = await page.evaluate<string[]>(
        `[...document.querySelectorAll("#users-${list} option")].map(({ value }) => value)`,
      );
      for (const value of values) await page.selectOption(`#users-${list}`, value);
      await page.selectOption(`#users-${list}`, "");
    }
    expect(await page.locator("img, iframe, object, embed, base, form, [onerror], [onload]").count()).to.equal(0);
    await reports.browser.picture(page, "hostile");
    await closed(opened);
  });

  it("keeps odd addresses from breaking it", async () => {
    for (const hash of ["#account=__proto__", "#control=constructor&state=x", "#show=toString", "#ou=%E0%A4%A", "#%"]) {
      const opened = await reports.open(reports.example, { hash });
      expect(await opened.page.locator("#users-body tr").count(), hash).to.be.within(0, 50);
      await closed(opened);
    }
  });

  it("stands without JavaScript: coverage, controls and the first rows", async () => {
    const opened = await reports.open(reports.large, { javaScript: false });
    const { page } = opened;

    expect(await page.isVisible("#coverage")).to.equal(true);
    expect(await page.textContent("#coverage")).to.contain("25 collected");
    expect(await page.isVisible("#controls")).to.equal(true);
    expect(await page.textContent("#controls")).to.contain("access key");
    expect(await page.locator("#users-body tr").count()).to.equal(50);
    expect(await page.isVisible("#users-search"), "search that would not work").to.equal(false);
    expect(await page.isVisible("#users noscript"), "why there is no search").to.equal(true);
    await reports.browser.picture(page, "large-without-script");
    await closed(opened);
  });
});

interface FollowedLink {
  href: string;
  /** Rows that the link says it leads to. */
  says: string;
  /** What the table says then. */
  status: string;
  /** Rows in the table then. */
  shown: number;
}

/** Follows every link that says in `data-<name>` to how many rows of a table it leads. */
const follow = (name: string, table: string) => `(async () => {
  const found = [];
  for (const link of document.querySelectorAll("a[data-${name}]")) {
    const href = link.getAttribute("href");
    if (location.hash !== href) {
      const moved = new Promise((resolve) => addEventListener("hashchange", resolve, { once: true }));
      link.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, view: window }));
      await moved;
    }
    const status = document.getElementById("${table}-status").textContent;
    const shown = document.querySelectorAll("#${table}-body > tr").length;
    found.push({ href, says: link.dataset.${name}, status, shown });
  }
  return found;
})()`;
