import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { chromium, type Browser, type Page } from "playwright-core";

import { ensureChromium } from "./chromium";

/** Where tests leave pictures and prints for people to look at; not part of the repository. */
const ARTIFACTS = resolve(__dirname, "../../test-artifacts");

/** How a page is opened. */
export interface View {
  /** What the person who reads prefers; light by default. */
  colorScheme?: "light" | "dark";
  /** Pixels of the window; 1280 by default. */
  width?: number;
  /** Pixels of the window; 900 by default. */
  height?: number;
  /** The part of the address after the file, with its `#`. */
  hash?: string;
  /** False: as where scripts are switched off. */
  javaScript?: boolean;
  /** Scripts of the test may run inside the page, whatever its content-security policy says. */
  bypassCsp?: boolean;
  /** Runs before the page's own scripts. */
  script?: string;
}

/** A page in the browser, and all that went wrong in it. */
export interface OpenPage {
  page: Page;
  /** What went wrong until now, in words: errors, warnings, violations of the content-security policy, requests beside the file. */
  problems(): Promise<string[]>;
}

/**
 * A Chromium for the tests of one file, without network: started before them, stopped after them. Playwright ends the process
 * and its children by their id, and removes its profile, also when this process ends in the middle.
 */
export class TestBrowser {
  private readonly folder = mkdtempSync(join(tmpdir(), "pages-"));
  private files = 0;

  private constructor(private readonly browser: Browser) {}

  static async start(): Promise<TestBrowser> {
    const { executable, env } = await ensureChromium((line) => void process.stderr.write(`${line}\n`));
    const browser = await chromium.launch({
      executablePath: executable,
      env: { ...process.env, ...env },
      // Root and containers have none; all that it opens is what the tests wrote.
      chromiumSandbox: false,
      args: ["--host-resolver-rules=MAP * ~NOTFOUND", "--font-render-hinting=none"],
    });
    return new TestBrowser(browser);
  }

  get version(): string {
    return this.browser.version();
  }

  async stop(): Promise<void> {
    try {
      await this.browser.close();
    } finally {
      rmSync(this.folder, { recursive: true });
    }
  }

  /** Writes a page to a file, to be opened as often as wanted; the answer is its path. */
  write(pieces: Iterable<string>): string {
    const file = join(this.folder, `${this.files++}.html`);
    writeFileSync(file, "");
    for (const piece of pieces) writeFileSync(file, piece, { flag: "a" });
    return file;
  }

  /** Opens a file in a window of its own and waits until it is loaded. */
  async open(file: string, view: View = {}): Promise<OpenPage> {
    const context = await this.browser.newContext({
      offline: true,
      colorScheme: view.colorScheme ?? "light",
      viewport: { width: view.width ?? 1280, height: view.height ?? 900 },
      javaScriptEnabled: view.javaScript ?? true,
      bypassCSP: view.bypassCsp ?? false,
      reducedMotion: "reduce",
      locale: "en-GB",
      timezoneId: "Asia/Kolkata",
    });
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.setDefaultNavigationTimeout(60_000);
    const address = pathToFileURL(file).href;
    const problems: string[] = [];
    page.on("request", (request) => {
      const [url] = request.url().split("#");
      if (url !== address) problems.push(`request of ${request.url()}`);
    });
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) problems.push(`${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => problems.push(`uncaught ${error.message}`));
    page.on("dialog", (dialog) => {
      problems.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.addInitScript(REPORT_VIOLATIONS);
    if (view.script !== undefined) await page.addInitScript(view.script);
    await page.goto(`${address}${view.hash ?? ""}`);
    return {
      page,
      problems: async () => {
        // Messages of what has happened come before the answer.
        await page.title();
        return problems;
      },
    };
  }

  /** Takes a picture of the whole page into the folder of artefacts. */
  async picture(page: Page, name: string): Promise<void> {
    await page.screenshot({ path: artifact(`${name}.png`), fullPage: true, caret: "initial" });
  }

  /** Prints the page as its style sheet says, into the folder of artefacts; the answer is the path. */
  async print(page: Page, name: string): Promise<string> {
    const path = artifact(`${name}.pdf`);
    await page.pdf({ path, preferCSSPageSize: true });
    return path;
  }
}

const REPORT_VIOLATIONS = `document.addEventListener("securitypolicyviolation", (event) =>
  console.error("violation of " + event.effectiveDirective + " by " + (event.blockedURI || "inline")));`;

function artifact(name: string): string {
  mkdirSync(ARTIFACTS, { recursive: true });
  return join(ARTIFACTS, name);
}
