import type { FakeOrganizationAccount } from "../test/support/fakeOrganizations";
import { credentialReportCsv, rootRow, userRow } from "../test/support/credentialReports";
import type { ReportOrigin } from "../report/consolidated";
import { chance, normal } from "./chance";

/** How long reports take, in milliseconds. */
export type ReadyTime =
  { kind: "uniform"; fromMs: number; toMs: number } | { kind: "lognormal"; medianMs: number; sigma: number };

/** A fake organization and how its services behave. */
export interface OrganizationOptions {
  /** The management account included. */
  accounts: number;
  /** Rows of a report beside the root's. */
  users: number;
  seed: number;
  /** Whether the bucket keeps raw reports, for whoever reads them back; else it remembers only their size and hash. */
  keepsRaw?: boolean;
  /** Between a request and its answer. */
  latencyMs: number;
  ready: ReadyTime;
  /** Reports in generation at once, above which `LimitExceeded` is the answer. */
  mostGenerating?: number;
  /** How long sessions last. */
  sessionMs: number;
  /** Accounts whose report never completes. */
  neverComplete: number;
  /** Shares of all requests that fail so, 0 to 1. */
  faults: { throttled: number; serverError: number; reset: number; truncated: number; limitExceeded: number };
}

/** An organization without faults, as most benches start from. */
export const CALM: OrganizationOptions = {
  accounts: 1000,
  users: 20,
  seed: 1,
  latencyMs: 20,
  ready: { kind: "uniform", fromMs: 2_000, toMs: 10_000 },
  sessionMs: 3_600_000,
  neverComplete: 0,
  faults: { throttled: 0, serverError: 0, reset: 0, truncated: 0, limitExceeded: 0 },
};

/** Twelve digits; the first account, 0, is the management account. */
export function accountId(index: number): string {
  return `2${String(index).padStart(11, "0")}`;
}

/** The accounts, spread over units of a hundred, ten units to a parent. */
export function organizationAccounts({ accounts }: Pick<OrganizationOptions, "accounts">): FakeOrganizationAccount[] {
  const units = Math.ceil(accounts / 100);
  return Array.from({ length: accounts }, (_, index) => {
    const unit = index % units;
    return {
      id: accountId(index),
      name: `Account ${index}`,
      ou: `Division ${Math.floor(unit / 10)}/Unit ${unit}`,
    };
  });
}

/** What the leading columns of a consolidated run say of the accounts, in order of account id. */
export function consolidationOrigins(accounts: number): ReportOrigin[] {
  return organizationAccounts({ accounts }).map(({ id, name = "", ou = "" }) => ({
    accountId: id,
    accountName: name,
    ouPath: `Root/${ou}`,
    reportGeneratedTime: "2026-11-23T03:00:00Z",
    runId: "20261123T030000Z-000000",
  }));
}

/** How long an account's report takes, in milliseconds; `Infinity` if it never completes. */
export function readyAfterMs(account: string, options: OrganizationOptions): number {
  const { ready, seed, accounts, neverComplete } = options;
  const index = Number(account.slice(1));
  // From the end, so that the management account is not among them.
  if (index >= accounts - neverComplete) return Infinity;
  if (ready.kind === "uniform") return ready.fromMs + (ready.toMs - ready.fromMs) * chance(seed, account, "ready");
  return ready.medianMs * Math.exp(ready.sigma * normal(seed, account, "ready"));
}

/** Different reports there are; the others differ from these by their account ids only. */
const TEMPLATES = 64;
const PLACEHOLDER = "000000000000";

/** Makes the credential reports of accounts, each the same whenever it is made. */
export function reportsOf({ users, seed }: Pick<OrganizationOptions, "users" | "seed">): (account: string) => string {
  const templates = Array.from({ length: TEMPLATES }, (_, template) => {
    const rows = Array.from({ length: users }, (_unused, n) => someUser(n, (what) => chance(seed, template, n, what)));
    return credentialReportCsv(PLACEHOLDER, [rootRow(PLACEHOLDER), ...rows]);
  });
  return (account) => (templates[Number(account.slice(1)) % TEMPLATES] ?? "").replaceAll(PLACEHOLDER, account);
}

/** A user with a password, keys, both or neither. */
function someUser(n: number, pick: (what: string) => number): Record<string, string> {
  const day = (what: string) =>
    new Date(Date.UTC(2023, 0, 1) + Math.floor(pick(what) * 1_300 * 86_400) * 1000)
      .toISOString()
      .replace(".000Z", "+00:00");
  const hasPassword = pick("password") < 0.5;
  const keys = Math.floor(pick("keys") * 3);
  return userRow(PLACEHOLDER, `user-${n}-${Math.floor(pick("name") * 1e6)}`, {
    user_creation_time: day("created"),
    password_enabled: String(hasPassword),
    password_last_used: hasPassword ? (pick("used") < 0.2 ? "no_information" : day("last used")) : "N/A",
    password_last_changed: hasPassword ? day("changed") : "N/A",
    mfa_active: String(hasPassword && pick("mfa") < 0.7),
    ...(keys > 0 ? keyCells(1, day, pick) : {}),
    ...(keys > 1 ? keyCells(2, day, pick) : {}),
  });
}

function keyCells(key: 1 | 2, day: (what: string) => string, pick: (what: string) => number): Record<string, string> {
  const used = pick(`key ${key} used`) < 0.7;
  return {
    [`access_key_${key}_active`]: String(pick(`key ${key} active`) < 0.8),
    [`access_key_${key}_last_rotated`]: day(`key ${key} rotated`),
    [`access_key_${key}_last_used_date`]: used ? day(`key ${key} last used`) : "N/A",
    [`access_key_${key}_last_used_region`]: used ? "eu-central-1" : "N/A",
    [`access_key_${key}_last_used_service`]: used ? "s3" : "N/A",
  };
}
