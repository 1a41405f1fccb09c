import {
  collected,
  keyCells,
  notCollected,
  outOfScope,
  passwordCells,
  rootCells,
  runOf,
  userCells,
  type Cells,
  type Run,
} from "./factories";
import type { CollectedAccount } from "../../report/manifest";

/**
 * An organization as one meets it: fourteen accounts in two levels of organizational units, people and machines with
 * credentials in every state that matters, one account missing and one suspended. Made by hand, so that the figures in
 * the tests can be counted by eye.
 */
export function exampleOrganization(): Run {
  return runOf(
    [
      account("111122223333", "Management", "Root", "02:14:31", [
        rootCells({ password_last_used: "2026-03-02T08:11:40+00:00" }),
        userCells("break-glass-1", passwordCells(true, 203, 260)),
        userCells("break-glass-2", passwordCells(true, null, 260)),
        userCells("billing-export", keyCells(1, { age: 412, used: 0, service: "s3", region: "us-east-1" })),
      ]),
      account("222233334444", "Security", "Root/Security", "02:14:33", [
        rootCells({ password_enabled: "false" }),
        userCells("m.okafor", passwordCells(true, 1, 44)),
        userCells("siem-ingest", keyCells(1, { age: 61, used: 0, service: "sqs" })),
      ]),
      account("333344445555", "Log Archive", "Root/Security", "02:14:33", [rootCells({ password_enabled: "false" })]),
      account("444455556666", "Payments Production", "Root/Workloads/Production", "00:37:05", [
        rootCells(),
        userCells("deploy-legacy", {
          ...keyCells(1, { age: 911, used: 2, service: "ecs" }),
          ...keyCells(2, { age: 164, used: 1, service: "ecr" }),
        }),
        userCells("s.lindqvist", {
          ...passwordCells(true, 3, 71),
          ...keyCells(1, { age: 23, used: 3, service: "ec2" }),
        }),
        userCells("psp-callback", keyCells(1, { age: 288, used: 1, service: "dynamodb" })),
        userCells("recon-job", {
          ...keyCells(1, { age: 77, used: 1 }),
          ...keyCells(2, { active: false, age: 502, used: 79 }),
        }),
      ]),
      account("444455557777", "Payments Staging", "Root/Workloads/Staging", "02:14:35", [
        rootCells(),
        userCells("s.lindqvist", passwordCells(true, 12, 71)),
        userCells("loadtest", keyCells(1, { age: 133, used: null })),
      ]),
      account("444455558888", "Storefront Production", "Root/Workloads/Production", "23:02:19", [
        rootCells({ mfa_active: "false" }),
        userCells("cdn-invalidate", keyCells(1, { age: 15, used: 1, service: "cloudfront", region: "N/A" })),
        userCells("j.moreau", passwordCells(false, 6, 340)),
        userCells("images-uploader", keyCells(1, { age: 1240, used: 1, service: "s3", region: "eu-west-1" })),
      ]),
      account("444455559999", "Storefront Staging", "Root/Workloads/Staging", "02:14:36", [
        rootCells(),
        userCells("j.moreau", passwordCells(true, 6, 120)),
        userCells("e2e-runner", keyCells(1, { age: 88, used: 1 })),
      ]),
      account("555566667777", "Data Platform", "Root/Workloads/Production", "02:14:36", [
        rootCells(),
        userCells("airflow", keyCells(1, { age: 203, used: 0, service: "redshift" })),
        userCells("a.haddad", { ...passwordCells(true, 0, 30), ...keyCells(1, { age: 30, used: null }) }),
        userCells("t.nguyen", passwordCells(false, 148, 410)),
        userCells("bi-readonly", { ...passwordCells(false, null, 95), ...keyCells(1, { age: 95, used: null }) }),
      ]),
      account("555566668888", "Machine Learning", "Root/Workloads/Production", "02:14:37", [
        rootCells(),
        userCells("notebook-sync", keyCells(1, { age: 52, used: 0, service: "sagemaker" })),
        userCells("p.castellanos", passwordCells(true, 2, 64)),
      ]),
      account("666677778888", "Shared Network", "Root/Infrastructure", "02:14:37", [
        rootCells({ password_enabled: "false" }),
      ]),
      account("666677779999", "Build and Release", "Root/Infrastructure", "02:14:38", [
        rootCells(),
        userCells("jenkins", {
          ...keyCells(1, { age: 730, used: 0, service: "sts", region: "us-east-1" }),
          ...keyCells(2, { active: false, age: 1105, used: 731, service: "s3" }),
        }),
        userCells("artifact-publisher", keyCells(1, { age: 9, used: 0, service: "codeartifact" })),
        userCells("r.silva", passwordCells(true, 4, 81)),
      ]),
      account("777788889999", "Sandbox Engineering", "Root/Sandbox", "01:51:12", [
        rootCells({ ...keyCells(1, { age: 642, used: 388, service: "iam", region: "us-east-1" }) }),
        userCells("intern-2025", { ...passwordCells(false, null, 420), ...keyCells(1, { age: 420, used: null }) }),
        userCells("k.yamada", {
          ...passwordCells(false, 1, 190),
          ...keyCells(1, { age: 190, used: 44, service: "lambda" }),
        }),
        userCells("demo", {
          ...passwordCells(false, 33, 33),
          ...keyCells(1, { age: 33, used: 31, service: "bedrock" }),
        }),
      ]),
      notCollected("777788881111", "Sandbox Analytics"),
      outOfScope("888899990000", "Acquired Retail (closing)", { ouPath: "Root/Suspended" }),
    ],
    {
      previous: {
        runId: "20261119T021400Z-b07d52",
        key: "runs/20261119T021400Z-b07d52/manifest.json",
        sha256: "0c1d5a3d8d7c2b2c9f2f2b6b6ad8a0b83c8e7d9c3a5f1e4b7a6d5c4b3a2f1e0d",
      },
    },
  );
}

/** A collected account; `time` of generation on the night of the run, before midnight on the day before. */
function account(
  accountId: string,
  accountName: string,
  ouPath: string,
  time: string,
  users: Cells[],
): [CollectedAccount, Cells[]] {
  const day = time > "12" ? "2026-11-19" : "2026-11-20";
  const record = collected(accountId, accountName, { ouPath, reportGeneratedTime: `${day}T${time}Z` });
  return [record, users.map((cells, index) => ({ ...cells, user_creation_time: creationTime(cells, index) }))];
}

/** A plausible creation time: some weeks before anything else that the row dates. */
function creationTime(cells: Cells, index: number): string {
  const dates = Object.entries(cells).filter(([column]) => /last_rotated|last_changed/.test(column));
  const first = dates.map(([, cell]) => Date.parse(cell)).filter((time) => !Number.isNaN(time));
  const oldest = first.length > 0 ? Math.min(...first) : Date.parse("2023-02-06T09:12:00Z");
  return new Date(oldest - (3 + 17 * index) * 86_400_000).toISOString().replace(/\.\d+Z$/, "+00:00");
}
