import { expect } from "chai";
import type { Page } from "playwright-core";

import { visible } from "../../report/page/text";
import { DEFAULT_THRESHOLDS } from "../../report/controls";
import { reviewPageWriter } from "../../report/inventory/reviewPage";
import {
  collected,
  keyCells,
  notCollected,
  outOfScope,
  passwordCells,
  rootCells,
  runOf,
  userCells,
} from "../report/factories";
import { assessed, rowsOf } from "../support/assessedRows";
import { TestBrowser } from "../support/browser";
import { pageOf } from "./pages";

/** What somebody may call a user, an account or a unit to break what shows it. */
const NAMES = [
  "<!--<script>alert(1)</script>",
  "<svg><script>alert(2)</script></svg>",
  "</title></style></textarea><script>alert(3)</script>",
  "<iframe srcdoc='<script>alert(4)</script>'>",
  "<base href=//example.invalid><link rel=stylesheet href=//example.invalid>",
  "<meta http-equiv=refresh content=0;url=//example.invalid>",
  "[click](javascript:alert(5))",
  "\u001b[2J\u001b]0;owned\u0007",
  "\u2066\u202Eadmin\u2069\u200B\uFEFF",
  "a\u2028b\u2029c\u0085d",
  "../../../etc/passwd",
  "constructor",
  "x".repeat(2000),
  "\u0000nul",
  "e\u0301".repeat(300),
];

const HEBREW = ["אבא", "בן"] as const;

function run() {
  return runOf([
    ...NAMES.map((name, n): [ReturnType<typeof collected>, ReturnType<typeof userCells>[]] => [
      collected(String(100_000_000_000 + n), name, { ouPath: `Root/${name}` }),
      [
        rootCells(),
        userCells(name, {
          ...passwordCells(false, 200),
          ...keyCells(1, { age: 400, used: 1, service: name, region: name }),
        }),
      ],
    ]),
    notCollected("999900000001", NAMES[0]!, { message: NAMES[1]!, remedy: NAMES[2]!, code: NAMES[3]! }),
    outOfScope("999900000002", NAMES[4]!, { reason: NAMES[5]!, ouPath: `Root/${HEBREW.join("/")}` }),
    [collected("999900000003", HEBREW[0], { ouPath: `Root/${HEBREW.join("/")}` }), [rootCells(), userCells(HEBREW[1])]],
  ]);
}

/** Left edges of texts as they are drawn, in the element that holds all of them. */
function edges(page: Page, selector: string, texts: readonly string[]): Promise<number[]> {
  return page.evaluate(
    `(() => {
      const root = document.querySelector(${JSON.stringify(selector)});
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      const nodes = [];
      while (walker.nextNode()) nodes.push(walker.currentNode);
      return ${JSON.stringify(texts)}.map((text) => {
        const node = nodes.find(({ data }) => data.includes(text));
        const range = document.createRange();
        const from = node.data.indexOf(text);
        range.setStart(node, from);
        range.setEnd(node, from + text.length);
        return range.getBoundingClientRect().left;
      });
    })()`,
  );
}

describe("hostile names in Chromium", function () {
  this.timeout(120_000);
  let browser: TestBrowser;

  before(async () => {
    browser = await TestBrowser.start();
  });
  after(() => browser.stop());

  const forbidden =
    "img, iframe, object, embed, base, form, link, svg script, [onerror], [onload], meta[http-equiv=refresh]";

  it("run nothing, load nothing and stand as they are in the report, searched, sorted and printed", async () => {
    const opened = await browser.open(browser.write(pageOf(run())));
    const { page } = opened;
    await page.waitForSelector("#users[aria-busy=false]");
    const shown = await page.locator("#users-body th").allTextContents();
    for (const name of NAMES) expect(shown).to.include(visible(name));
    for (const column of [0, 1, 6, 8]) await page.click(`#users-sort-${column}`);
    for (const name of NAMES) await page.fill("#users-q", name);
    await page.fill("#users-q", "");
    for (const summary of await page.locator("#users-body summary").all()) await summary.click();
    await browser.print(page, "hostile");

    expect(await page.locator(forbidden).count()).to.equal(0);
    expect(await opened.problems()).to.deep.equal([]);
  });

  it("run nothing in the review list to sign, whose policy allows no script", async () => {
    const { manifest } = run();
    const rows = rowsOf(
      ...NAMES.map((name, n) => userCells(name, { account_name: name, account_id: String(100_000_000_000 + n) })),
    );
    const writer = reviewPageWriter({ manifest, thresholds: DEFAULT_THRESHOLDS });
    const pieces = [writer.begin(), ...assessed(rows).map(([row, held]) => writer.add(row, held)), writer.end()];
    const opened = await browser.open(browser.write(pieces));
    const { page } = opened;

    expect(await page.locator(`${forbidden}, script`).count()).to.equal(0);
    expect(await page.locator("tbody th").allTextContents()).to.deep.equal(NAMES.map(visible));
    expect(await opened.problems()).to.deep.equal([]);
  });

  it("that are read from the right turn nothing around them: neither ids nor the order of units", async () => {
    const opened = await browser.open(browser.write(pageOf(run())));
    const { page } = opened;
    await page.waitForSelector("#accounts[aria-busy=false]");
    const rows = (await page.locator("#accounts-body tr").allTextContents()).map((text) =>
      text.includes("999900000003"),
    );
    const row = `#accounts-body tr:nth-child(${rows.indexOf(true) + 1}) td`;
    const [root = NaN, above = NaN, below = NaN] = await edges(page, row, ["Root", ...HEBREW]);
    expect([root, above, below]).to.deep.equal([root, above, below].sort((a, b) => a - b));

    const options = await page.locator("#users-account option").allTextContents();
    expect(options).to.include(`\u2068${HEBREW[0]}\u2069 (999900000003)`);
    expect(await opened.problems()).to.deep.equal([]);

    const { manifest } = run();
    const names = rowsOf(userCells("a", { account_name: HEBREW[0], ou_path: `Root/${HEBREW.join("/")}` }));
    const writer = reviewPageWriter({ manifest, thresholds: DEFAULT_THRESHOLDS });
    const review = await browser.open(
      browser.write([writer.begin(), ...assessed(names).map(([row, held]) => writer.add(row, held)), writer.end()]),
    );
    const [name = NaN, id = NaN] = await edges(review.page, "section h2", [HEBREW[0], "111122223333"]);
    expect(name).to.be.below(id);
    const [first = NaN, second = NaN] = await edges(review.page, "section p", HEBREW);
    expect(first).to.be.below(second);
  });

  it("of states that every object has break no filter", async () => {
    const file = browser.write(pageOf(run()));
    for (const hash of ["#state=constructor", "#state=__proto__", "#state=toString&control=hasOwnProperty"]) {
      const opened = await browser.open(file, { hash });
      const { page } = opened;
      await page.waitForSelector("#users[aria-busy=false]");
      expect(await page.textContent("#users-status"), hash).to.match(/^No row matches/);
      expect(await opened.problems(), hash).to.deep.equal([]);
    }
  });
});
