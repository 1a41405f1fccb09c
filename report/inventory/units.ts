import { isoTime } from "../cells";
import type { Thresholds } from "../controls";
import type { AccountRecord, Manifest } from "../manifest";
import type { RowWriter } from "../rowWriter";
import { pathsTo } from "../units";
import { AccountTotals, type CountedAccount } from "./accountTotals";
import { headerOf, lineOf, type Column } from "./columns";
import { Totals, totalsColumns } from "./totals";

/** An organizational unit with everything below it. */
interface Unit {
  ouPath: string;
  /** Accounts by state; accounts that the manifest does not list stand under `notListed`. */
  accounts: Record<AccountRecord["state"] | "notListed", number>;
  withoutUsers: number;
  totals: Totals;
}

const columnsOf = (thresholds: Thresholds): Column<Unit>[] => [
  { name: "ou_path", of: ({ ouPath }) => ouPath },
  {
    name: "accounts_listed",
    of: ({ accounts }) => accounts.collected + accounts.notCollected + accounts.outOfScope,
  },
  { name: "accounts_collected", of: ({ accounts }) => accounts.collected },
  { name: "accounts_missing", of: ({ accounts }) => accounts.notCollected },
  { name: "accounts_out_of_scope", of: ({ accounts }) => accounts.outOfScope },
  { name: "accounts_without_users", of: ({ withoutUsers }) => withoutUsers },
  ...totalsColumns(thresholds).map(({ name, of }): Column<Unit> => ({ name, of: ({ totals }) => of(totals) })),
  { name: "root_users", of: ({ totals }) => totals.rootUsers },
  { name: "root_users_with_mfa", of: ({ totals }) => totals.rootUsersWithMfa },
  { name: "root_users_with_active_key", of: ({ totals }) => totals.rootUsersWithActiveKey },
  {
    name: "oldest_report",
    of: ({ totals: { oldestReport } }) => (oldestReport === null ? null : isoTime(oldestReport)),
  },
];

/** Units with everything below them, each after the one above it. */
function unitsOf(accounts: Iterable<CountedAccount>, thresholds: Thresholds): Unit[] {
  const units = new Map<string, Unit>();
  for (const { identity, record, totals } of accounts) {
    for (const ouPath of pathsTo(identity.ouPath)) {
      let unit = units.get(ouPath);
      if (unit === undefined) {
        const none = { collected: 0, notCollected: 0, outOfScope: 0, notListed: 0 };
        unit = { ouPath, accounts: none, withoutUsers: 0, totals: new Totals(thresholds) };
        units.set(ouPath, unit);
      }
      unit.accounts[record?.state ?? "notListed"] += 1;
      if (totals === null) continue;
      if (totals.users === 0) unit.withoutUsers += 1;
      unit.totals.addAll(totals);
    }
  }
  // A slash sorts before every character that a name may hold, so that what is below a unit follows it.
  const place = ({ ouPath }: Unit): string => ouPath.replaceAll("/", "\0");
  return [...units.values()].sort((a, b) => (place(a) < place(b) ? -1 : 1));
}

/**
 * `organizational-units.csv`: a line for every unit that holds an account or has one below, with everything below it: the first line
 * is the root of the organization, and what adds up is the sum of `accounts.csv`.
 */
export function unitsWriter(options: { manifest: Manifest; thresholds: Thresholds }): RowWriter {
  const columns = columnsOf(options.thresholds);
  const counted = new AccountTotals(options);
  return {
    begin: () => headerOf(columns),
    add: (row, assessments) => {
      counted.add(row, assessments);
      return "";
    },
    end: () =>
      unitsOf(counted.all(), options.thresholds)
        .map((unit) => lineOf(columns, unit))
        .join(""),
  };
}
