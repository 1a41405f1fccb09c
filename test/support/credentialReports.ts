import { KNOWN_COLUMNS } from "../../report/credentialReport";

/** The root row of a live report, changed where `cells` says so. */
export function rootRow(accountId: string, cells: Record<string, string> = {}): Record<string, string> {
  return userRow(accountId, "<root_account>", {
    arn: `arn:aws:iam::${accountId}:root`,
    password_enabled: "not_supported",
    password_last_changed: "not_supported",
    password_next_rotation: "not_supported",
    mfa_active: "true",
    ...cells,
  });
}

/** The row of a user with a console password and nothing else, changed where `cells` says so. */
export function userRow(accountId: string, user: string, cells: Record<string, string> = {}): Record<string, string> {
  const nothing = Object.fromEntries(KNOWN_COLUMNS.map((column) => [column, /active$/.test(column) ? "false" : "N/A"]));
  return {
    ...nothing,
    user,
    arn: `arn:aws:iam::${accountId}:user/${user}`,
    user_creation_time: "2024-03-05T10:00:00+00:00",
    password_enabled: "true",
    password_last_used: "no_information",
    password_last_changed: "2024-03-05T10:00:00+00:00",
    ...cells,
  };
}

/** A report as AWS writes it: LF line ends and no final newline. By default the root row and one user, `alice`. */
export function credentialReportCsv(
  accountId: string,
  rows: Record<string, string>[] = [rootRow(accountId), userRow(accountId, "alice")],
  columns: readonly string[] = KNOWN_COLUMNS,
): string {
  return [columns.join(","), ...rows.map((row) => columns.map((column) => row[column] ?? "").join(","))].join("\n");
}
