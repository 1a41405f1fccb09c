import { expect } from "chai";
import { rateText } from "../../report/page/controls";
import { trendPoint } from "../../report/trend";
import { exampleOrganization } from "./exampleOrganization";
import { change, differenceWith } from "./pageChanges";
import { pageOf, summaryOf } from "./pages";

/** The page without style sheet and script. */
const withoutOwnCode = (html: string) => html.replace(/<style>.*?<\/style>/s, "").replace(/<script>.*?<\/script>/s, "");

describe("sections of the HTML report", () => {
  const example = exampleOrganization();
  const html = pageOf(example);

  it("shows every control with its numbers, thresholds, results and pass rate", () => {
    const row = (title: string) => new RegExp(`<tr><th scope="row">${title}<small>.*?</tr>`, "s").exec(html)?.[0] ?? "";
    const text = (title: string) =>
      row(title)
        .replace(/<[^>]+>/g, " ")
        .replace(/\s+/g, " ")
        .trim();
    expect(text("Access keys are rotated")).to.equal(
      "Access keys are rotated Fails: has an active access key more than 90 days old 47.3 % 10 0 9 9 0 1.14 1.13 2.13 2.12 IAM.3",
    );
    expect(text("All users have MFA")).to.match(/ 32\.1 % 19 0 9 0 0 – – – – IAM\.19$/);
    expect(text("Root has hardware MFA")).to.include("not decidable from this report").and.not.include("%");
    for (const { control, fail } of summaryOf(example).controls) {
      const link = `href="#control=${control}&amp;state=fail" data-rows="${fail}"`;
      expect(html.includes(link), control).to.equal(fail > 0);
    }
    const strict = pageOf(example, {
      thresholds: { rootUseDays: 30, unusedDays: 7, dormantDays: 14, keyAgeDays: 30 },
    }).replaceAll("\n", " ");
    expect(strict).to.include("more than 30 days old").and.include("unused is 7 days or more, dormant 14");
    expect(strict)
      .to.include("older than 30 days")
      .and.not.match(/(more|older) than 90|unused for 90/);
  });

  it("never rounds a pass rate up to what is not there", () => {
    expect(rateText(199_999, 1)).to.equal("99.9 %");
    expect(rateText(0, 3)).to.equal("0.0 %");
    expect(rateText(3, 0)).to.equal("100 %");
  });

  it("lists reviewed exceptions, those first that need somebody's eyes", () => {
    const exception = (user: string, control: string, expires: string) => ({
      ...{ accountId: "444455558888", user, control, expires, reason: `because <of> ${user}` },
    });
    const page = pageOf(example, {
      exceptions: [
        exception("j.moreau", "console-mfa", "2027-01-31"),
        exception("<root_account>", "root-mfa", "2026-10-31"),
        exception("gone", "user-mfa", "2027-01-31"),
      ],
    });
    const states = [...page.matchAll(/<span class="mark( settled)?">(\w+)<\/span><small>/g)].map(
      ([, , state]) => state,
    );
    expect(states).to.deep.equal(["expired", "unmatched", "applied"]);
    expect(page).to.include("1 is expired, 1 matches nothing");
    expect(page).to.include("because &lt;of&gt; &lt;root_account&gt;").and.not.include("because <of>");
    expect(html).to.include("nothing is excepted");
  });

  it("says what changed by group, with all that it cannot list", () => {
    const changes = Array.from({ length: 130 }, (_, n) => change("userAdded", `new-${n}`));
    const page = pageOf(example, { difference: differenceWith([...changes, change("mfaLost", "<b>mallory</b>")]) });
    const group = (title: string) =>
      new RegExp(`<span class="change-title">${title}</span>.*?(?=<span class="change-title">|</section>)`, "s").exec(
        page,
      )?.[0] ?? "";
    expect(group("Users")).to.include("<b>130</b> added").and.include("and 30 more: <code>orchestrate diff</code>");
    expect(group("Users").match(/<tr><th scope="row">/g)).to.have.length(100);
    expect(group("MFA and console access")).to.include("&lt;b&gt;mallory&lt;/b&gt;").and.not.include("more:");
    expect(group("Root users")).to.not.include("<table");
    expect(page).to.include('href="#q=new-7&amp;account=111122223333"');
  });

  it("says why nothing was compared", () => {
    expect(pageOf({ ...example, manifest: { ...example.manifest, previous: null } })).to.include(
      "this is the first run",
    );
    expect(html).to.include("Not compared with the run before, <code>20261119T021400Z-b07d52</code>");
  });

  it("draws the trend from two runs on, and says the same as a table", () => {
    const point = { ...trendPoint(example.manifest), controls: summaryOf(example).controls };
    const older = { ...point, runId: "<older>", finishedAt: "2026-11-19T02:18:42Z", complete: false, controls: null };
    const page = pageOf(example, { trend: [older, point] });
    expect(page).to.include("The same figures as a table").and.include("&lt;older&gt;");
    expect(page.match(/class="trend-line"/g)).to.have.length(12);
    expect(withoutOwnCode(page)).to.not.include("NaN");
    for (const trend of [[], [point]])
      expect(pageOf(example, { trend })).to.include("no earlier run to draw a trend from");
  });
});
