import { readFileSync } from "node:fs";

import { expect } from "chai";

import type { View } from "../support/browser";
import { BROWSER_MILLISECONDS, reportBrowser } from "./reports";

describe("the report in Chromium, by the rules of WCAG 2.2 A and AA that axe knows", function () {
  this.timeout(BROWSER_MILLISECONDS);
  const reports = reportBrowser();
  const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
  const views: [string, View][] = [
    ["in light", {}],
    ["in dark, with a control chosen", { colorScheme: "dark", hash: "#control=access-key-rotation&state=fail" }],
    ["when narrow, with nothing that matches", { width: 400, hash: "#q=nobody-of-that-name" }],
  ];
  for (const [name, view] of views) {
    it(name, async () => {
      const { page } = await reports.open(reports.example, { ...view, bypassCsp: true });
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

interface AxeResult {
  violations: { id: string; help: string; nodes: { html: string }[] }[];
  passes: unknown[];
}
