import { readFileSync } from "node:fs";

import { expect } from "chai";

import { exampleOrganization } from "../report/exampleOrganization";
import { collected, manyUsers, notCollected, rootCells, runOf, type Run } from "../report/factories";
import { TestBrowser, type OpenPage, type View } from "../support/browser";
import { pdfPages } from "../support/pdfText";
import { examplePage, HOSTILE_NAMES, hostileRun, pageOf } from "./pages";
import { focused, matching, ready, shownUsers, tabTo, until } from "./table";

describe("the report in Chromium", function () {
  this.timeout(60_000);
  let browser: TestBrowser;
  let example: string;
  let large: string;
  before(async () => {
    browser = await TestBrowser.start();
    example = browser.write(examplePage());
    large = browser.write(pageOf(manyUsers(25, 2500)));
  });
  after(() => browser.stop());

  const open = async (file: string, view?: View): Promise<OpenPage> => {
    const opened = await browser.open(file, view);
    if (view?.javaScript !== false) await ready(opened.page);
    return opened;
  };
  const closed = async (opened: OpenPage): Promise<void> => {
    expect(await opened.problems()).to.deep.equal([]);
    await opened.page.context().close();
  };

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
        const opened = await open(example, view);

        await browser.picture(opened.page, `example-${name}`);

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
        const opened = await open(browser.write(pageOf(run())));
        await browser.picture(opened.page, `first-run-${name.replaceAll(" ", "-")}`);
        await closed(opened);
      });
    }

    it("dark where that is preferred, light otherwise", async () => {
      const background = async (colorScheme: "light" | "dark") => {
        const { page } = await open(example, { colorScheme });
        const color = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
        await page.context().close();
        return Math.max(...[...color.matchAll(/\d+/g)].map(Number));
      };
      expect(await background("light")).to.be.above(200);
      expect(await background("dark")).to.be.below(80);
    });
  });

  describe("by keyboard alone", () => {
    it("leads from the top to the search of users, and searches", async () => {
      const opened = await open(example);
      const { page } = opened;

      await tabTo(page, 'nav a[href="#users"]');
      await page.keyboard.press("Enter");
      await tabTo(page, "#users-q");
      await page.keyboard.type("MOREAU staging");

      expect(await shownUsers(page)).to.deep.equal(["j.moreau"]);
      expect(await matching(page)).to.equal(1);
      expect(await page.evaluate("location.hash")).to.equal("#q=MOREAU+staging");
      await closed(opened);
    });

    it("skips the contents, and searches accounts on their own", async () => {
      const opened = await open(example);
      const { page } = opened;

      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      expect(await page.evaluate("location.hash")).to.equal("#coverage");
      await tabTo(page, "#accounts-q");
      await page.keyboard.type("workloads/staging");

      expect(await page.locator("#accounts-body > tr").count()).to.equal(2);
      expect(await matching(page)).to.equal(40);
      await closed(opened);
    });

    it("opens the cells that prove what a user fails", async () => {
      const opened = await open(example, { hash: "#account=444455557777&control=access-key-rotation&state=fail" });
      const { page } = opened;
      expect(await shownUsers(page)).to.deep.equal(["loadtest"]);

      await tabTo(page, "#users-body summary");
      expect(await page.isVisible("#users-body details > :not(summary)")).to.equal(false);
      await page.keyboard.press("Enter");

      expect(await page.isVisible("#users-body details > :not(summary)")).to.equal(true);
      expect(await page.textContent("#users-body details")).to.contain("access_key_1_last_rotated");
      await closed(opened);
    });

    it("sorts a column both ways, and says so", async () => {
      const opened = await open(example, { hash: "#users" });
      const { page } = opened;

      await tabTo(page, "#users-sort-0");
      await page.keyboard.press("Enter");
      const first = await shownUsers(page);
      await page.keyboard.press("Space");
      const second = await shownUsers(page);

      expect(first).to.have.length(40);
      expect(first).to.deep.equal([...first].sort(alphabetically));
      expect(second.filter((user) => user !== "<root_account>")).to.deep.equal(
        [...second]
          .sort(alphabetically)
          .reverse()
          .filter((user) => user !== "<root_account>"),
      );
      expect(await page.getAttribute("#users-head-0", "aria-sort")).to.equal("descending");
      expect(await focused(page), "focus stays").to.equal("users-sort-0");
      await closed(opened);
    });

    const lists: [string, string, RegExp][] = [
      ["account", "Build", /account=666677779999/],
      ["ou", "Root/Sand", /ou=Root(%2F|\/)Sandbox/],
      ["control", "ArrowDown", /control=root-access-key/],
      ["show", "ArrowDown", /show=/],
    ];
    for (const [list, choice, address] of lists) {
      it(`narrows the users by ${list}, and clears that again`, async () => {
        const opened = await open(example, { hash: "#users" });
        const { page } = opened;

        await tabTo(page, `#users-${list}`);
        await (choice.startsWith("Arrow") ? page.keyboard.press(choice) : page.keyboard.type(choice));

        expect(await page.evaluate("location.hash")).to.match(address);
        expect(await matching(page)).to.be.below(40);
        expect(await shownUsers(page)).to.have.length(await matching(page));
        await tabTo(page, "#users-clear");
        await page.keyboard.press("Enter");
        expect(await matching(page)).to.equal(40);
        expect(await focused(page), "focus is where one can go on").to.equal("users-q");
        await closed(opened);
      });
    }

    it("narrows by the result of a control", async () => {
      const opened = await open(example, { hash: "#control=access-key-rotation" });
      const { page } = opened;
      const seen: Record<string, number> = {};
      await tabTo(page, "#users-state");
      for (let n = 0; n < 5; n += 1) {
        await page.keyboard.press("ArrowDown");
        seen[await page.inputValue("#users-state")] = await matching(page);
      }
      // One result for each of the 28 users; an excepted failure is a failure.
      expect(seen).to.deep.equal({ fail: 10, excepted: 1, notDecidable: 0, pass: 9, notApplicable: 9 });
      await closed(opened);
    });

    it("turns pages, and says which rows are shown", async () => {
      const opened = await open(large, { hash: "#users" });
      const { page } = opened;

      await tabTo(page, "#users-next");
      const before = await shownUsers(page);
      await page.keyboard.press("Enter");

      expect(before).to.have.length(50);
      expect(await page.textContent("#users-status")).to.match(/51–100 of 2,525/);
      expect(await page.getAttribute("#users-status", "role"), "read out").to.equal("status");
      await page.keyboard.press("Shift+Tab");
      await page.keyboard.press("Enter");
      expect(await shownUsers(page)).to.deep.equal(before);
      await closed(opened);
    });
  });

  describe("has figures", () => {
    it("that each lead to as many rows as they say", async () => {
      const opened = await open(example);

      const links = await opened.page.evaluate<{ href: string; says: string; rows: string; shown: number }[]>(FOLLOW);

      expect(links.length, "links that lead to rows").to.be.above(20);
      for (const { href, says, rows, shown } of links) {
        const total = Number(/of ([\d,]+)/.exec(rows)?.[1]?.replaceAll(",", "") ?? 0);
        expect(`${href}: ${total}`).to.equal(`${href}: ${says}`);
        expect(shown, `rows shown at ${href}`).to.equal(Math.min(total, 50));
      }
      await closed(opened);
    });

    it("whose address can be sent to somebody, and goes back and forward", async () => {
      const opened = await open(example, { hash: "#control=console-mfa&state=fail" });
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
    const file = browser.write(pageOf(hostileRun()));
    const opened = await open(file, { hash: `#q=${encodeURIComponent("<img src=x onerror=alert(6)>")}` });
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
    await browser.picture(page, "hostile");
    await closed(opened);
  });

  it("keeps odd addresses from breaking it", async () => {
    for (const hash of ["#account=__proto__", "#control=constructor&state=x", "#show=toString", "#ou=%E0%A4%A", "#%"]) {
      const opened = await open(example, { hash });
      expect(await opened.page.locator("#users-body tr").count(), hash).to.be.within(0, 50);
      await closed(opened);
    }
  });

  describe("is accessible by the rules of WCAG 2.2 A and AA that axe knows", () => {
    const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
    const views: [string, View][] = [
      ["in light", {}],
      ["in dark", { colorScheme: "dark" }],
      ["when narrow", { width: 400 }],
      ["when nothing matches", { hash: "#q=nobody-of-that-name" }],
      ["with a control chosen", { hash: "#control=access-key-rotation&state=fail", colorScheme: "dark" }],
    ];
    for (const [name, view] of views) {
      it(name, async () => {
        const { page } = await open(example, { ...view, bypassCsp: true });
        await page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })");
        await page.evaluate(`${axe}; undefined`);

        const { violations, passes } = await page.evaluate<AxeResult>(
          `axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] })`,
        );

        expect(
          violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`)),
        ).to.deep.equal([]);
        expect(passes.length, "rules that had something to look at").to.be.above(15);
        await page.context().close();
      });
    }
  });

  it("stands without JavaScript: coverage, controls and the first rows", async () => {
    const opened = await open(large, { javaScript: false });
    const { page } = opened;

    expect(await page.isVisible("#coverage")).to.equal(true);
    expect(await page.textContent("#coverage")).to.contain("25 collected");
    expect(await page.isVisible("#controls")).to.equal(true);
    expect(await page.textContent("#controls")).to.contain("access key");
    expect(await page.locator("#users-body tr").count()).to.equal(50);
    expect(await page.isVisible("#users-search"), "search that would not work").to.equal(false);
    expect(await page.isVisible("#users noscript"), "why there is no search").to.equal(true);
    await browser.picture(page, "large-without-script");
    await closed(opened);
  });

  describe("prints", () => {
    it("every row of a small run, with the table's head on every page", async () => {
      const opened = await open(example, { hash: "#control=console-mfa", colorScheme: "dark" });
      const { page } = opened;
      await page.click("#users-clear");

      const pages = pdfPages(readFileSync(await browser.print(page, "example")));

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
      const tables = pages.filter((one) => one.includes("deploy-legacy") || one.includes("artifact-publisher"));
      for (const one of tables.slice(-2)) expect(one).to.contain("UserAccount");
      await closed(opened);
    });

    it("the first rows of a large run, and where all are", async () => {
      const opened = await open(large);
      const pages = pdfPages(readFileSync(await browser.print(opened.page, "large")));
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
        const opened = await open(example, { width });
        await opened.page.emulateMedia({ media: "print" });
        await opened.page.evaluate("window.dispatchEvent(new Event('beforeprint'))");
        expect(await opened.page.evaluate<string[]>(cutOff(sections, width))).to.deep.equal([]);
        await closed(opened);
      });
    }
  });
});

interface AxeResult {
  violations: { id: string; help: string; nodes: { html: string }[] }[];
  passes: unknown[];
}

const alphabetically = (a: string, b: string): number => {
  const [x, y] = [a.toLowerCase(), b.toLowerCase()];
  return x < y ? -1 : x > y ? 1 : 0;
};

/** Follows every link that leads to rows, and tells what it says and what is there then. */
const FOLLOW = `(async () => {
  const found = [];
  for (const link of document.querySelectorAll("a[data-rows]")) {
    const href = link.getAttribute("href");
    if (location.hash !== href) {
      const moved = new Promise((resolve) => addEventListener("hashchange", resolve, { once: true }));
      link.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, view: window }));
      await moved;
    }
    const rows = document.getElementById("users-status").textContent;
    found.push({ href, says: link.dataset.rows, rows, shown: document.querySelectorAll("#users-body > tr").length });
  }
  return found;
})()`;

/** Names the outermost elements that reach beyond the paper, or that their box cuts off; those for screen readers alone are a pixel. */
const cutOff = (sections: string, width: number) => `[...document.querySelectorAll(${JSON.stringify(sections)})]
  .flatMap((section) => [...section.querySelectorAll("*")])
  .filter((element) => element.checkVisibility() && element.getClientRects().length > 0)
  .filter((element) => element.getBoundingClientRect().right > ${width} + 1 ||
    (getComputedStyle(element).overflowX !== "visible" && element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 1))
  .filter((element, _, all) => !all.includes(element.parentElement))
  .map((element) => element.outerHTML.slice(0, 120))`;
