import { expect } from "chai";

import { BROWSER_MILLISECONDS, closed, reportBrowser } from "./reports";
import { focused, matching, shownUsers, tabTo } from "./table";

describe("the report in Chromium, by keyboard alone", function () {
  this.timeout(BROWSER_MILLISECONDS);
  const reports = reportBrowser();
  it("leads from the top to the search of users, and searches", async () => {
    const opened = await reports.open(reports.example);
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
    const opened = await reports.open(reports.example);
    const { page } = opened;

    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("location.hash")).to.equal("#coverage");
    await tabTo(page, "#accounts-q");
    await page.keyboard.type("storefront");
    const found = page.locator("#accounts-body > tr");
    expect(await found.count()).to.equal(2);
    await tabTo(page, "#accounts-ou");
    await page.keyboard.type("Root/Workloads/S");

    expect(await found.allTextContents())
      .to.have.length(1)
      .with.property("0")
      .that.contains("Storefront Staging");
    expect(await matching(page), "users that match").to.equal(40);
    await tabTo(page, "#accounts-clear");
    await page.keyboard.press("Enter");
    expect(await found.count()).to.equal(14);
    await closed(opened);
  });

  it("opens the cells that prove what a user fails", async () => {
    const opened = await reports.open(reports.example, {
      hash: "#account=444455557777&control=access-key-rotation&state=fail",
    });
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
    const opened = await reports.open(reports.example, { hash: "#users" });
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
      const opened = await reports.open(reports.example, { hash: "#users" });
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
    const opened = await reports.open(reports.example, { hash: "#control=access-key-rotation" });
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
    const opened = await reports.open(reports.large, { hash: "#users" });
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

const alphabetically = (a: string, b: string): number => {
  const [x, y] = [a.toLowerCase(), b.toLowerCase()];
  return x < y ? -1 : x > y ? 1 : 0;
};
