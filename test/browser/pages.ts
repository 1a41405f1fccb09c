import { assess, Tally } from "../../report/assessment";
import { credentialRows } from "../../report/consolidatedReader";
import { DEFAULT_THRESHOLDS } from "../../report/controls";
import { CHANGE_KINDS, countKinds, type Change, type Difference } from "../../report/difference/difference";
import { Exceptions, type ControlException } from "../../report/exceptions";
import { ReportPage, type PageInput } from "../../report/html";
import { trendPoint, type TrendPoint } from "../../report/trend";
import { exampleOrganization } from "../report/exampleOrganization";
import {
  collected,
  keyCells,
  notCollected,
  passwordCells,
  rootCells,
  runOf,
  userCells,
  type Run,
} from "../report/factories";

/** The page of a run. */
export function pageOf(
  { manifest, csv }: Run,
  input: Omit<PageInput, "manifest"> = {},
  exceptions: readonly ControlException[] = [],
): Iterable<string> {
  const reviewed = new Exceptions(exceptions, manifest.startedAt);
  const page = new ReportPage({ thresholds: DEFAULT_THRESHOLDS, exceptions: reviewed });
  for (const row of credentialRows(csv)) page.add(row, assess(row, DEFAULT_THRESHOLDS, reviewed));
  return page.pieces({ manifest, ...input });
}

/** The page of the example organization with all that a page can have: a difference, a trend, exceptions of every state. */
export function examplePage(): Iterable<string> {
  const run = exampleOrganization();
  return pageOf(
    run,
    { difference: differenceTo(run), trend: trendTo(run), bucket: "evidence", manifestSha256: "c".repeat(64) },
    [
      exception({ accountId: "444455556666", user: "deploy-legacy", control: "access-key-rotation" }),
      exception({
        accountId: "777788889999",
        user: "<root_account>",
        control: "root-access-key",
        expires: "2026-10-31",
      }),
      exception({ accountId: "444455556666", user: "somebody-who-left", control: "console-mfa" }),
    ],
  );
}

function exception(more: Pick<ControlException, "accountId" | "user" | "control"> & Partial<ControlException>) {
  return { reason: "the vendor cannot do without", expires: "2027-03-31", ...more };
}

/** One change of each kind. */
function differenceTo({ manifest }: Run): Difference {
  const { runId, finishedAt, complete } = manifest;
  const account = {
    accountId: "444455556666",
    accountName: "Payments Production",
    ouPath: "Root/Workloads/Production",
  };
  const changes = CHANGE_KINDS.map((kind): Change => {
    const control = kind.startsWith("finding") ? "access-key-rotation" : null;
    const user = kind.startsWith("account") ? null : kind === "rootUsed" ? "<root_account>" : "deploy-legacy";
    return { kind, ...account, user, control, before: "active", after: "inactive" };
  });
  const from = { runId: "20261119T021400Z-b07d52", finishedAt: "2026-11-19T02:18:40Z", complete: true };
  return { from, to: { runId, finishedAt, complete }, counts: countKinds(changes), changes };
}

/** Twelve runs with ever fewer failures; the oldest is of a version that did not count them. */
function trendTo({ manifest, csv }: Run): TrendPoint[] {
  const tally = new Tally();
  for (const row of credentialRows(csv)) {
    for (const assessment of assess(row, DEFAULT_THRESHOLDS, new Exceptions())) tally.add(assessment);
  }
  const now = tally.results().map(({ control, pass, fail, notApplicable, notDecidable }) => ({
    ...{ control, pass, fail, notApplicable, notDecidable },
  }));
  return Array.from({ length: 12 }, (_, n) => {
    const before = 11 - n;
    const finishedAt = new Date(Date.parse(manifest.finishedAt) - before * 86_400_000).toISOString();
    const runId = before === 0 ? manifest.runId : `${finishedAt.slice(0, 10).replaceAll("-", "")}T021400Z-000000`;
    const controls = n === 0 ? null : now.map((results) => ({ ...results, fail: results.fail + before }));
    return { ...trendPoint(manifest), runId, finishedAt, controls };
  });
}

/** Names that somebody chose to break the page, or to deceive who reads it. */
export const HOSTILE_NAMES = [
  `<img src=x onerror=alert(1)>`,
  `</script><script>alert(2)</script>`,
  `"><svg onload=alert(3)>`,
  "=cmd|' /C calc'!A0",
  "\u202Etoor\u202C",
  "{{constructor.constructor('alert(4)')()}}",
  "javascript:alert(5)",
  "__proto__",
] as const;

/** A run in which users, accounts and organizational units have hostile names, and so has an account that is missing. */
export function hostileRun(): Run {
  return runOf([
    ...HOSTILE_NAMES.map((name, n): [ReturnType<typeof collected>, ReturnType<typeof userCells>[]] => [
      collected(String(100_000_000_000 + n), name, { ouPath: `Root/${name}` }),
      [
        rootCells(),
        userCells(name, {
          ...passwordCells(false, 200),
          ...keyCells(1, { age: 400, used: 1, service: name, region: name }),
        }),
      ],
    ]),
    notCollected("999900000001", HOSTILE_NAMES[0], { message: HOSTILE_NAMES[1], remedy: HOSTILE_NAMES[2] }),
  ]);
}
