import {
  countAccounts,
  MANIFEST_SCHEMA,
  type AccountRecord,
  type CollectedAccount,
  type Manifest,
  type NotCollectedAccount,
  type OutOfScopeAccount,
} from "../../report/manifest";

/** Test data of the report: cells as AWS writes them, accounts and manifests. Time stands at {@link GENERATED}. */

export const RUN_ID = "20261120T021400Z-3f9a1c";
export const GENERATED = "2026-11-20T02:00:00Z";
export const FINISHED = "2026-11-20T02:18:42Z";

/** The date cell of a moment this many days before {@link GENERATED}, in the form of live reports. */
export function daysAgo(days: number): string {
  return new Date(Date.parse(GENERATED) - days * 86_400_000).toISOString().replace(/\.\d+Z$/, "+00:00");
}

/** Cells of one line of the consolidated CSV by column name, in file order. */
export type Cells = Record<string, string>;

/** An IAM user without any credential; `cells` says what is different. */
export function userCells(user: string, cells: Cells = {}): Cells {
  return {
    account_id: "111122223333",
    account_name: "Management",
    ou_path: "Root",
    report_generated_time: GENERATED,
    run_id: RUN_ID,
    user,
    arn: `arn:aws:iam::111122223333:user/${user}`,
    user_creation_time: daysAgo(500),
    password_enabled: "false",
    password_last_used: "N/A",
    password_last_changed: "N/A",
    password_next_rotation: "N/A",
    mfa_active: "false",
    ...keyCells(1, null),
    ...keyCells(2, null),
    cert_1_active: "false",
    cert_1_last_rotated: "N/A",
    cert_2_active: "false",
    cert_2_last_rotated: "N/A",
    ...cells,
  };
}

/** The root row of an account, with MFA and without keys. */
export function rootCells(cells: Cells = {}): Cells {
  return userCells("<root_account>", {
    arn: "arn:aws:iam::111122223333:root",
    password_enabled: "not_supported",
    password_last_used: "no_information",
    password_last_changed: "not_supported",
    password_next_rotation: "not_supported",
    mfa_active: "true",
    ...cells,
  });
}

/** A console password, used `usedDaysAgo` days ago (null: never). */
export function passwordCells(mfa: boolean, usedDaysAgo: number | null, changedDaysAgo = 400): Cells {
  return {
    password_enabled: "true",
    password_last_used: usedDaysAgo === null ? "no_information" : daysAgo(usedDaysAgo),
    password_last_changed: daysAgo(changedDaysAgo),
    mfa_active: String(mfa),
  };
}

/** An access key; null: no such key. `used` in days, null: never. */
export function keyCells(
  number: 1 | 2,
  key: { active?: boolean; age: number; used?: number | null; service?: string; region?: string } | null,
): Cells {
  const used = key?.used ?? null;
  return {
    [`access_key_${number}_active`]: String(key !== null && (key.active ?? true)),
    [`access_key_${number}_last_rotated`]: key === null ? "N/A" : daysAgo(key.age),
    [`access_key_${number}_last_used_date`]: used === null ? "N/A" : daysAgo(used),
    [`access_key_${number}_last_used_region`]: used === null ? "N/A" : (key?.region ?? "eu-central-1"),
    [`access_key_${number}_last_used_service`]: used === null ? "N/A" : (key?.service ?? "s3"),
  };
}

/** RFC 4180 text of lines that share the first one's columns. */
export function toCsv(lines: readonly Cells[], columns = Object.keys(lines[0] ?? userCells("nobody"))): string {
  const quote = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  const text = [columns, ...lines.map((line) => columns.map((column) => line[column] ?? ""))];
  return text.map((cells) => `${cells.map(quote).join(",")}\n`).join("");
}

export function collected(
  accountId: string,
  accountName: string,
  more: Partial<CollectedAccount> = {},
): CollectedAccount {
  return {
    state: "collected",
    accountId,
    accountName,
    ouPath: "Root",
    reportGeneratedTime: GENERATED,
    rows: 1,
    raw: { key: `runs/${RUN_ID}/raw/${accountId}.csv`, bytes: 512, sha256: "a".repeat(64) },
    ...more,
  };
}

export function notCollected(
  accountId: string,
  accountName: string,
  more: Partial<NotCollectedAccount> = {},
): NotCollectedAccount {
  return {
    state: "notCollected",
    accountId,
    accountName,
    ouPath: "Root/Sandbox",
    step: "assumeRole",
    code: "AccessDenied",
    message: `User: arn:aws:sts::111122223333:assumed-role/credential-report-collector/run is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::${accountId}:role/credential-report-member`,
    attempts: 1,
    remedy: "Deploy the member role into this account, or check its trust policy, then run the collector again.",
    ...more,
  };
}

export function outOfScope(
  accountId: string,
  accountName: string,
  more: Partial<OutOfScopeAccount> = {},
): OutOfScopeAccount {
  return { state: "outOfScope", accountId, accountName, ouPath: "Root", reason: "account is SUSPENDED", ...more };
}

/** A manifest of these accounts that agrees with itself. */
export function manifestOf(accounts: AccountRecord[], more: Partial<Manifest> = {}): Manifest {
  const counts = countAccounts(accounts);
  return {
    schema: MANIFEST_SCHEMA,
    runId: RUN_ID,
    startedAt: "2026-11-20T02:14:00Z",
    finishedAt: FINISHED,
    organizationId: "o-exampleorg1",
    managementAccountId: "111122223333",
    complete: counts.notCollected === 0,
    counts,
    rows: accounts.reduce((sum, account) => sum + (account.state === "collected" ? account.rows : 0), 0),
    accounts,
    consolidated: {
      key: `credentials/run_date=2026-11-20/run=${RUN_ID}/credentials.csv`,
      bytes: 24_576,
      sha256: "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    },
    previous: null,
    ...more,
  };
}

/** A run: its manifest and the text of its consolidated CSV. */
export interface Run {
  manifest: Manifest;
  csv: string;
}

/** A run over accounts that are given with their users' lines; the manifest agrees with the lines. */
export function runOf(
  accounts: readonly (AccountRecord | [CollectedAccount, Cells[]])[],
  more?: Partial<Manifest>,
): Run {
  const lines: Cells[] = [];
  const records = accounts.map((entry) => {
    if (!Array.isArray(entry)) return entry;
    const [account, users] = entry;
    for (const user of users) {
      lines.push({
        ...user,
        account_id: account.accountId,
        account_name: account.accountName,
        ou_path: account.ouPath,
        report_generated_time: account.reportGeneratedTime,
        arn: (user.arn ?? "").replace(/\d{12}/, account.accountId),
      });
    }
    return { ...account, rows: users.length };
  });
  return { manifest: manifestOf(records, more), csv: toCsv(lines) };
}

/** A run with `users` users spread evenly over `accounts` accounts, every credential state among them. */
export function manyUsers(accounts: number, users: number): Run {
  const each = users / accounts;
  return runOf(
    Array.from({ length: accounts }, (_, a): [CollectedAccount, Cells[]] => [
      collected(String(100_000_000_000 + a), `Workload ${a}`, { ouPath: `Root/Unit ${a % 25}` }),
      [
        rootCells(),
        ...Array.from({ length: each }, (_, n) =>
          userCells(`user-${a}-${n}`, {
            ...(n % 3 === 0 ? passwordCells(n % 2 === 0, n % 5 === 0 ? null : (n * 7) % 400) : {}),
            ...keyCells(1, n % 4 === 0 ? null : { age: (n * 13) % 900, used: n % 7 === 0 ? null : n % 13 }),
            ...keyCells(2, n % 6 === 0 ? { age: (n * 5) % 500, active: n % 12 === 0, used: 1 } : null),
          }),
        ),
      ],
    ]),
  );
}
