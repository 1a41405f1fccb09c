import { expect } from "chai";

import { manyUsers } from "../report/factories";
import { TestBrowser, type OpenPage, type View } from "../support/browser";
import { examplePage, pageOf } from "./pages";
import { ready } from "./table";

/** For each test and hook: enough for a browser on a busy machine. */
export const BROWSER_MILLISECONDS = 60_000;

/** A browser for the tests of a suite, with the reports that most of them look at. */
export interface ReportBrowser {
  browser: TestBrowser;
  /** Path of the page of the example organization. */
  example: string;
  /** Path of a page of 2,525 rows in 25 accounts. */
  large: string;
  /** Opens a page and waits until its tables answer. */
  open(file: string, view?: View): Promise<OpenPage>;
}

/** Starts the browser before the tests of the suite that calls this, and stops it after them. */
export function reportBrowser(): ReportBrowser {
  const reports = {
    async open(file: string, view?: View): Promise<OpenPage> {
      const opened = await reports.browser.open(file, view);
      if (view?.javaScript !== false) await ready(opened.page);
      return opened;
    },
  } as ReportBrowser;
  before(async () => {
    reports.browser = await TestBrowser.start();
    reports.example = reports.browser.write(examplePage());
    reports.large = reports.browser.write(pageOf(manyUsers(25, 2500)));
  });
  after(() => reports.browser.stop());
  return reports;
}

/** Closes a page, in which nothing may have gone wrong. */
export async function closed(opened: OpenPage): Promise<void> {
  expect(await opened.problems()).to.deep.equal([]);
  await opened.page.context().close();
}
