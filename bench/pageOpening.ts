import type { Page } from "playwright-core";

import type { TestBrowser } from "../test/support/browser";

/** What a page took in the browser, in milliseconds unless said otherwise. */
export interface PageOpeningFigures {
  /** `first-contentful-paint` (https://www.w3.org/TR/paint-timing/), from the start of the navigation. */
  firstPaint: number;
  /** Until all rows can be searched, from the start of the navigation. */
  ready: number;
  /** The longest time until then in which the page answered nothing. */
  longestTask: number;
  /** Each from the input to the next frame with the rows it asks for: the first search, which may have to prepare, and one more letter. */
  firstKeystroke: number;
  keystroke: number;
  clear: number;
  sortByText: number;
  sortByDate: number;
  filterByControl: number;
  filterByAccount: number;
  turnPage: number;
  /** Of the page's script, in MiB. */
  heapMiB: number;
}

const OBSERVE = `
window.benchReady = new Promise((resolve) => {
  new MutationObserver((records) => {
    if (records.some(({ target }) => target.id === "users" && target.getAttribute("aria-busy") === "false")) resolve(performance.now());
  }).observe(document, { subtree: true, attributeFilter: ["aria-busy"] });
});
window.benchLongest = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) window.benchLongest = Math.max(window.benchLongest, duration);
}).observe({ type: "longtask", buffered: true });
window.benchAnswer = async (act) => {
  const started = performance.now();
  const changed = new Promise((resolve) => {
    const observer = new MutationObserver(() => { observer.disconnect(); resolve(); });
    for (const id of ["users-body", "users-status"]) {
      observer.observe(document.getElementById(id), { childList: true, characterData: true, subtree: true });
    }
  });
  act();
  await changed;
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  return performance.now() - started;
};
window.benchSet = (id, value) => window.benchAnswer(() => {
  const field = document.getElementById(id);
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  if (field.localName === "select") field.dispatchEvent(new Event("change", { bubbles: true }));
});
window.benchClick = (id) => window.benchAnswer(() => document.getElementById(id).click());
`;

/** Opens a page and uses its table of users as a person would. */
export async function openPage(browser: TestBrowser, file: string): Promise<PageOpeningFigures> {
  const opened = await browser.open(file, { script: OBSERVE });
  const { page } = opened;
  page.setDefaultTimeout(120_000);
  const ready = await page.evaluate<number>("window.benchReady");
  const longestTask = await page.evaluate<number>("window.benchLongest");
  const firstPaint = await page.evaluate<number>(
    `performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN`,
  );
  const figures = {
    firstPaint,
    ready,
    longestTask,
    firstKeystroke: await set(page, "users-q", "u"),
    keystroke: await set(page, "users-q", "us"),
    clear: await set(page, "users-q", ""),
    sortByText: await click(page, "users-sort-0"),
    sortByDate: await click(page, "users-sort-2"),
    filterByControl: await choose(page, "users-control"),
    filterByAccount: await choose(page, "users-account"),
    turnPage: NaN,
    heapMiB: 0,
  };
  await click(page, "users-clear");
  figures.turnPage = await click(page, "users-next");
  figures.heapMiB = (await page.evaluate<number>("performance.memory.usedJSHeapSize")) / 2 ** 20;
  const wrong = await opened.problems();
  if (wrong.length > 0) throw new Error(`the page has problems: ${wrong.join("; ")}`);
  await page.context().close();
  return figures;
}

const set = (page: Page, id: string, value: string) =>
  page.evaluate<number>(`benchSet(${JSON.stringify(id)}, ${JSON.stringify(value)})`);
const click = (page: Page, id: string) => page.evaluate<number>(`benchClick(${JSON.stringify(id)})`);

/** Chooses the second choice of a list: the first that narrows. */
const choose = (page: Page, id: string) =>
  page.evaluate<number>(`benchSet(${JSON.stringify(id)}, document.querySelectorAll("#${id} option")[1].value)`);
