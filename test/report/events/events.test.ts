import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { DEFAULT_THRESHOLDS } from "../../../report/controls";
import type { Change, Difference } from "../../../report/difference/difference";
import { countKinds } from "../../../report/difference/difference";
import { findingOpenedEvent, openedFindings, runEvent, runFailedEvent } from "../../../report/events/events";
import {
  EVENT_NAMES,
  type CollectorEvent,
  type EventName,
  type OpenedFindings,
} from "../../../report/events/eventTypes";
import { Exceptions } from "../../../report/exceptions";
import type { Manifest } from "../../../report/manifest";
import { PROJECT } from "../../support/commandLine";
import { eventProblems } from "../../support/eventSchemas";
import { collected, manifestOf, notCollected, outOfScope, RUN_ID } from "../factories";

const BEFORE = "20261119T021400Z-3f9a1c";
const OPENED: OpenedFindings = { since: BEFORE, count: 2, excepted: 1, sent: 1, allSent: false };

function endOf(manifest: Manifest, opened: OpenedFindings | null = null): CollectorEvent {
  const [manifestKey, manifestSha256] = [`runs/${manifest.runId}/manifest.json`, "b".repeat(64)];
  return runEvent({ manifest, bucket: "evidence", manifestKey, manifestSha256, opened });
}

function change(more: Partial<Change> = {}): Change {
  return {
    ...{ kind: "findingOpened", accountId: "444455556666", accountName: "Payments", ouPath: "Root/Workloads" },
    ...{ user: "alice", control: "console-mfa", before: "pass", after: "fail: has a password and no MFA" },
    ...more,
  };
}

function differenceOf(changes: Change[]): Difference {
  return {
    from: { runId: BEFORE, finishedAt: "2026-11-19T02:18:00Z", complete: true },
    to: { runId: RUN_ID, finishedAt: "2026-11-20T02:18:42Z", complete: true },
    counts: countKinds(changes),
    changes,
  };
}

const HOSTILE = '<img src=x onerror=alert(1)>"\u202e\n,=1+1';
const LONG = "x".repeat(5_000);

const FAILURE = {
  runId: RUN_ID,
  collector: "collector",
  requestId: "request-1",
  execution: null,
  failedAt: "2026-11-20T02:14:05.123Z",
  code: "AccessDeniedException",
  message: "Organizations cannot be read",
  remedy: "Run it in the management account",
};

/** Events of every kind, in the forms that they take. */
function everyEvent(): CollectorEvent[] {
  const complete = manifestOf([collected("111122223333", "Management"), outOfScope("999999999999", "Old")]);
  const many = Array.from({ length: 40 }, (_, n) => notCollected(String(444400000001 + n), `${HOSTILE} ${n}`));
  const nobody = manifestOf([notCollected("111122223333", LONG, { remedy: LONG, ouPath: LONG })]);
  const standalone = { ...complete, organizationId: null, managementAccountId: null };
  const changes = [change(), change({ user: "<root_account>", control: "root-mfa", before: null })];
  changes.push(change({ user: LONG, accountName: HOSTILE, before: "not applicable" }));
  const difference = differenceOf(changes);
  return [
    endOf(complete),
    endOf(complete, OPENED),
    endOf(standalone),
    endOf(manifestOf([collected("111122223333", "Management"), ...many]), OPENED),
    endOf(nobody),
    runFailedEvent(FAILURE),
    runFailedEvent({
      ...FAILURE,
      runId: null,
      execution: "arn:aws:states:eu-central-1:111122223333:execution:collector:night",
      message: LONG,
      remedy: LONG,
    }),
    ...difference.changes.map((each) => findingOpenedEvent(each, difference, DEFAULT_THRESHOLDS)),
  ];
}

describe("events", () => {
  it("are what their published schemas say, and nothing else", async () => {
    const events = everyEvent();
    expect(new Set(events.map(({ name }) => name))).to.deep.equal(new Set(EVENT_NAMES));
    for (const name of EVENT_NAMES) {
      const details = events.filter((event) => event.name === name).map(({ detail }) => detail);
      expect(await eventProblems(name, details), name).to.equal("");
    }
  });

  it("are refused by their schemas with a field more, a field less, or another version", async () => {
    const { detail } = runFailedEvent(FAILURE);
    const { code, ...less } = detail as typeof FAILURE;
    const wrong = [{ ...detail, more: code }, less, { ...detail, schema: "iam-credential-reports/event/RunFailed/2" }];
    for (const each of wrong) expect(await eventProblems("RunFailed", [each])).not.to.equal("");
  });

  it("are in the documentation as they are", async () => {
    const page = readFileSync(join(PROJECT, "docs/events.md"), "utf8");
    const examples = [...page.matchAll(/```json\n([^]*?)```/g)]
      .map(([, text]) => JSON.parse(text ?? "") as Record<string, unknown>)
      .filter((example) => typeof example["detail-type"] === "string");
    expect(examples.map((example) => example["detail-type"])).to.have.members([...EVENT_NAMES]);
    for (const example of examples) {
      expect(await eventProblems(example["detail-type"] as EventName, [example["detail"]])).to.equal("");
    }
  });

  it("stay far below what EventBridge takes, whatever names and messages are like", () => {
    for (const { detail } of everyEvent()) {
      expect(Buffer.byteLength(JSON.stringify(detail))).to.be.lessThan(128 * 1024);
    }
  });

  it("say of a run how it ended, and name who is missing with what to do, 25 at the most", () => {
    const missing = Array.from({ length: 30 }, (_, n) => notCollected(String(444400000001 + n), `Sandbox ${n}`));
    const { name, time, detail } = endOf(manifestOf([collected("111122223333", "Management"), ...missing]));
    expect(name).to.equal("RunIncomplete");
    expect(time).to.equal("2026-11-20T02:18:42Z");
    const { missing: named, accounts, oldestReport } = detail as Extract<typeof detail, { missing: unknown }>;
    expect(accounts).to.include({ inScope: 31, notCollected: 30 });
    expect(named).to.have.length(25);
    expect(named[0]).to.include({ accountId: "444400000001", step: "assumeRole", code: "AccessDenied" });
    expect(oldestReport).to.equal("2026-11-20T02:00:00Z");
    expect(endOf(manifestOf([collected("111122223333", "Management")])).name).to.equal("RunCompleted");
  });

  it("tell of findings that opened, not of other changes, and not of those that are excepted", () => {
    const changes = [
      change(),
      change({ user: "bob" }),
      change({ user: "carol" }),
      change({ user: "alice", kind: "findingClosed", after: "pass" }),
      change({ kind: "userAdded", control: null }),
    ];
    const exception = (user: string, expires: string) => {
      return { accountId: "444455556666", user, control: "console-mfa", reason: "r", expires };
    };
    const exceptions = new Exceptions(
      [exception("bob", "2027-01-01"), exception("carol", "2026-11-19")],
      "2026-11-20T02:14:00Z",
    );
    const { standing, excepted } = openedFindings(differenceOf(changes), exceptions);
    expect(standing.map(({ user }) => user)).to.deep.equal(["alice", "carol"]);
    expect(excepted.map(({ user }) => user)).to.deep.equal(["bob"]);
  });

  it("say of a finding who, which control in every benchmark, why, and what was before", () => {
    const difference = differenceOf([change()]);
    const { detail } = findingOpenedEvent(change(), difference, DEFAULT_THRESHOLDS);
    expect(detail).to.deep.include({ runId: RUN_ID, since: BEFORE, user: "alice", before: "pass" });
    const { control, because } = detail as Extract<typeof detail, { control: unknown }>;
    expect(control).to.deep.include({ id: "console-mfa", severity: "medium", securityHub: "IAM.5" });
    expect(control.cis).to.include({ "3.0": "1.10", "7.0": "2.10" });
    expect(because).to.be.a("string").and.not.to.match(/^fail/);
    expect(() => findingOpenedEvent(change({ control: null }), difference, DEFAULT_THRESHOLDS)).to.throw(RangeError);
  });
});
