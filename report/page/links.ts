import type { Result } from "../controls";
import { escape, grouped, visible } from "./text";

/** The states that rows can be asked for, as the page's address names them. */
export type RowState = Result | "excepted";

/** Which rows of the table of users are wanted; all that is given must hold. */
export interface RowSelection {
  /** Words that the row shows. */
  q?: string;
  accountId?: string;
  /** A unit with all below it. */
  ouPath?: string;
  /** Id of a control; without it `state` is one of any control. */
  control?: string;
  state?: RowState;
  /** Id of a question of `ROW_FILTERS`. */
  show?: string;
}

/** The part of an address that selects rows, as in `control=console-mfa&state=fail`. The script of the page reads it. */
export function rowsAddress({ q, accountId, ouPath, control, state, show }: RowSelection): string {
  const named = { q, account: accountId, ou: ouPath, control, state, show };
  const given = Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new URLSearchParams(given.map(([name, value]): [string, string] => [name, visible(value)]))
    .toString()
    .replaceAll("%2F", "/");
}

/** Attributes of a link that selects as many rows as `rows` says. */
export function rowsLink(selection: RowSelection, rows: number): string {
  return `href="#${escape(rowsAddress(selection))}" data-rows="${rows}"`;
}

/** A link to so many lines of the table of accounts. */
export function accountsLink(address: string, accounts: number, html: string): string {
  return `<a href="#${escape(address)}" data-accounts="${accounts}">${html}</a>`;
}

/** A number of rows that leads to them; without any, the bare number. */
export function linkedCount(rows: number, selection: RowSelection, text = grouped(rows)): string {
  return rows === 0 ? escape(text) : `<a ${rowsLink(selection, rows)}>${escape(text)}</a>`;
}
