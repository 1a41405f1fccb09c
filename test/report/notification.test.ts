import { expect } from "chai";
import type { ControlTally } from "../../report/assessment";
import { consoleLink } from "../../report/consoleLink";
import { countKinds, type Difference } from "../../report/difference/difference";
import { notification, SUBJECT_CHARACTERS, type NotificationInput } from "../../report/notification";
import { collected, manifestOf, notCollected, outOfScope, RUN_ID } from "./factories";

const SHA256 = "b".repeat(64);
const ADDRESS = "https://console.example/page";

function tally(control: string, more: Partial<ControlTally> = {}): ControlTally {
  return { control, pass: 0, fail: 0, notApplicable: 0, notDecidable: 0, excepted: 0, ...more };
}

function input(more: Partial<NotificationInput> = {}): NotificationInput {
  return {
    manifest: manifestOf([collected("111122223333", "Management", { rows: 3 })]),
    manifestSha256: SHA256,
    controls: [],
    link: { what: "page", address: ADDRESS },
    ...more,
  };
}

function differenceWith(kinds: Parameters<typeof countKinds>[0], complete = true): Difference {
  const run = { runId: "20261119T021400Z-3f9a1c", finishedAt: "2026-11-19T02:18:00Z", complete };
  return { from: run, to: run, counts: countKinds(kinds), changes: [] };
}

describe("the message about a run", () => {
  it("says first whether the run is complete, then how much is covered and how old that is", () => {
    const { subject, text } = notification(input());
    expect(subject).to.equal("Credential reports complete: 1 of 1 accounts, 0 findings (o-exampleorg1)");
    expect(text.split("\n")[0]).to.equal(
      `Run ${RUN_ID} of organization o-exampleorg1 is complete: every account in scope was collected.`,
    );
    expect(text).to.contain("1 account is listed: 1 in scope, 0 out of scope.");
    expect(text).to.contain("1 collected with 3 users, root users included; 0 not collected.");
    expect(text).to.contain("The oldest report was generated 2026-11-20 02:00:00 UTC.");
  });

  it("names missing accounts with the remedy, ten at the most", () => {
    const missing = Array.from({ length: 13 }, (_, n) =>
      notCollected(String(444400000001 + n), `Sandbox ${n}`, { remedy: `Remedy ${n}.` }),
    );
    const manifest = manifestOf([
      collected("111122223333", "Management"),
      ...missing,
      outOfScope("999999999999", "Old"),
    ]);
    const { subject, text } = notification(input({ manifest }));
    expect(subject).to.match(/^Credential reports INCOMPLETE: 1 of 14 accounts/);
    expect(text).to.contain("is INCOMPLETE: 13 accounts of 14 in scope could not be collected.");
    expect(text).to.contain("  444400000001 Sandbox 0 (Root/Sandbox): AccessDenied at assumeRole\n    Remedy 0.\n");
    expect(text).to.contain("Sandbox 9").and.not.to.contain("Sandbox 10");
    expect(text).to.contain("and 3 more, which the manifest names");
  });

  it("counts what fails by control, and excepted failures apart", () => {
    const controls = [
      tally("console-mfa", { fail: 5, excepted: 2 }),
      tally("user-mfa", { pass: 9 }),
      tally("root-mfa", { fail: 1 }),
    ];
    const { subject, text } = notification(input({ controls }));
    expect(subject).to.contain("4 findings");
    expect(text).to.match(/ {2}3 × console-mfa \(.+\), and 2 excepted\n {2}1 × root-mfa \(.+\)\n/);
    expect(text).not.to.contain("user-mfa");
    expect(notification(input()).text).to.contain("No control fails.");
  });

  it("says what changed, also that nothing did, and nothing of it where nothing was compared", () => {
    const kinds = [{ kind: "userAdded" }, { kind: "userAdded" }, { kind: "mfaLost" }] as const;
    const { text } = notification(input({ difference: differenceWith(kinds) }));
    expect(text).to.contain(
      "Changed since run 20261119T021400Z-3f9a1c of 2026-11-19 02:18:00 UTC\n  2 users added\n  1 user lost MFA\n",
    );
    expect(notification(input({ difference: differenceWith([], false) })).text).to.contain(
      ", which was incomplete\n  Nothing.",
    );
    expect(notification(input()).text).not.to.contain("Changed since");
  });

  it("ends with the link and the manifest's SHA-256, and says when there is no page", () => {
    expect(notification(input()).text).to.match(
      new RegExp(`Report: ${ADDRESS}\nTo follow it, sign in .*\nSHA-256 of the manifest: ${SHA256}\n$`),
    );
    const link = { what: "manifest", address: ADDRESS } as const;
    const { text } = notification(input({ link, problems: ["The page was not stored: AccessDenied: no\nway"] }));
    expect(text).to.contain(`Manifest: ${ADDRESS}`);
    expect(text).to.contain("(the evidence stands)\n  The page was not stored: AccessDenied: no way\n");
  });

  it("shows names that are hostile for what they are, on one line each", () => {
    const name = "Prod\r\nBcc: eve@example.com\u202e\u0000";
    const manifest = manifestOf([notCollected("444400000001", name, { code: "A\nB", remedy: "C\nD" })]);
    const { text } = notification(input({ manifest }));
    expect(text).to.contain(
      "444400000001 Prod Bcc: eve@example.com[U+202E][U+0000] (Root/Sandbox): A B at assumeRole\n    C D\n",
    );
    expect(text).not.to.match(/[\r\u202e\u0000]/); // eslint-disable-line no-control-regex -- that is what is looked for
  });

  it("has a subject that SNS takes, whatever the organization is called", () => {
    const manifest = manifestOf([collected("111122223333", "M")], { organizationId: `o-é\n${"x".repeat(200)}` });
    const { subject } = notification(input({ manifest }));
    expect(subject)
      .to.match(/^[ -~]+$/)
      .and.have.length(SUBJECT_CHARACTERS);
  });

  it("stays far below the 256 KB that SNS takes, with everything in it and as long as can be", () => {
    const long = "\u{1F600}".repeat(5000);
    const accounts = Array.from({ length: 2000 }, (_, n) =>
      notCollected(String(444400000001 + n), long, { ouPath: long, code: long, remedy: long }),
    );
    const { text } = notification(input({ manifest: manifestOf(accounts), problems: [long, long, long] }));
    expect(Buffer.byteLength(text)).to.be.lessThan(100_000);
  });
});

describe("consoleLink", () => {
  const link = (partition: string, region: string): string =>
    consoleLink(partition, region, "evidence", `runs/${RUN_ID}/report.html`);

  it("leads to the object in the console of the partition, and holds no signature", () => {
    const object = (region: string): string => `/s3/object/evidence?region=${region}&prefix=runs/${RUN_ID}/report.html`;
    expect(link("aws", "eu-central-1")).to.equal(
      `https://eu-central-1.console.aws.amazon.com${object("eu-central-1")}`,
    );
    expect(link("aws-us-gov", "us-gov-west-1")).to.equal(
      `https://console.amazonaws-us-gov.com${object("us-gov-west-1")}`,
    );
    expect(link("aws-cn", "cn-north-1")).to.equal(`https://console.amazonaws.cn${object("cn-north-1")}`);
  });

  it("names the object where the console is not known", () => {
    expect(link("aws-iso", "us-iso-east-1")).to.equal(`s3://evidence/runs/${RUN_ID}/report.html`);
  });
});
