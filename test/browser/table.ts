import type { Page } from "playwright-core";

/** The users' table of a report in the browser. */

/** Waits until the tables answer: rows are unpacked after the first paint. */
export async function ready(page: Page): Promise<void> {
  await page.waitForSelector('#users:not([aria-busy="true"])');
}

/** Waits for an expression to become true in the page; Playwright's own way evaluates text, which the page's policy forbids. */
export function until(page: Page, expression: string): Promise<void> {
  const look = `const look = () => (${expression} ? resolve() : requestAnimationFrame(look))`;
  return page.evaluate(`new Promise((resolve) => { ${look}; look(); })`);
}

/** Names in the rows that are shown, from the top. */
export function shownUsers(page: Page): Promise<string[]> {
  return page.locator("#users-body > tr > th").allTextContents();
}

/** How many rows match, as the status of the table says. */
export async function matching(page: Page): Promise<number> {
  const status = (await page.textContent("#users-status")) ?? "";
  return Number(/of ([\d,]+)/.exec(status)?.[1]?.replaceAll(",", "") ?? 0);
}

/** Id of the element that has the focus. */
export function focused(page: Page): Promise<string> {
  return page.evaluate("document.activeElement.id");
}

const MOST_TABS = 400;

/** Presses the tabulator until an element that matches has the focus. */
export async function tabTo(page: Page, selector: string): Promise<void> {
  for (let tabs = 0; tabs < MOST_TABS; tabs += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate<boolean>(`document.activeElement.matches(${JSON.stringify(selector)})`)) return;
  }
  throw new Error(`${MOST_TABS} times the tabulator did not lead to ${selector}`);
}
