import { expect } from "chai";

import { TestBrowser } from "../support/browser";
import { ensureChromium } from "../support/chromium";

/** A file whose policy allows only its own styles. */
const pageOf = (body: string) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'">
<title>A page</title><body>${body}</body></html>`;

describe("the browser of the tests", function () {
  this.timeout(60_000);
  let browser: TestBrowser;
  before(async () => (browser = await TestBrowser.start()));
  after(() => browser.stop());

  const problemsOf = async (html: string) => {
    const opened = await browser.open(browser.write([html]));
    return opened.problems();
  };

  it("finds no problem in a page that has none", async () => {
    expect(await problemsOf(pageOf("<p>plain</p>"))).to.deep.equal([]);
  });

  const wrong: [string, string, RegExp][] = [
    ["an image from the network", `<img alt="" src="https://example.com/a.png">`, /violation of img-src by https:/],
    ["an element's own style", `<p style="color: red">red</p>`, /Applying inline style violates/],
    ["an exception of a script", `<script>throw new Error("broken")</script>`, /uncaught broken/],
    ["an error that a script reports", `<script>console.error("reported")</script>`, /error: reported/],
    ["a dialog", `<script>alert("hello")</script>`, /dialog: hello/],
  ];
  for (const [what, body, problem] of wrong) {
    it(`notices ${what}`, async () => {
      expect((await problemsOf(pageOf(body))).join("\n")).to.match(problem);
    });
  }

  it("notices a request that no policy stops, and does not let it out", async () => {
    const html = `<!doctype html><title>A page</title><img alt="" src="https://example.com/a.png">`;
    expect((await problemsOf(html)).join("\n"))
      .to.match(/request of https:\/\/example\.com\/a\.png/)
      .and.to.match(/ERR_(INTERNET_DISCONNECTED|NAME_NOT_RESOLVED)/);
  });

  it("may be one of your own, and says so when that is not there", async () => {
    const before = process.env["CHROMIUM_PATH"];
    try {
      process.env["CHROMIUM_PATH"] = process.execPath;
      expect(await ensureChromium(() => {})).to.deep.equal({ executable: process.execPath, env: {} });
      process.env["CHROMIUM_PATH"] = "/no/such/browser";
      const failure = await ensureChromium(() => {}).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(Error).with.property("message").that.contains("/no/such/browser");
    } finally {
      if (before === undefined) delete process.env["CHROMIUM_PATH"];
      else process.env["CHROMIUM_PATH"] = before;
    }
  });
});
