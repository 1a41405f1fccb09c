import type { ExceptionState, ReviewedException } from "../exceptions";
import type { Summary } from "../summary";
import { rowsAddress } from "./links";
import { counted, escape, grouped } from "./text";

/** Those that somebody must look at come first. */
const ORDER: readonly ExceptionState[] = ["expired", "unmatched", "applied"];

/** Exceptions that the page lists one by one. */
const LISTED = 500;

/** The exceptions that were reviewed, with what became of each. */
export function exceptionList(exceptions: readonly ReviewedException[], { accounts }: Summary): string {
  if (exceptions.length === 0) {
    return `<h3>Exceptions</h3>\n<p class="soft">The page was made without a list of exceptions: nothing is excepted.</p>`;
  }
  const names = new Map(accounts.map(({ record }) => [record.accountId, record.accountName]));
  const sorted = ORDER.flatMap((state) => exceptions.filter((exception) => exception.state === state));
  const rows = sorted.slice(0, LISTED).map((exception) => exceptionRow(exception, names.get(exception.accountId)));
  const rest = sorted.length - rows.length;
  const count = (state: ExceptionState) => exceptions.filter((exception) => exception.state === state).length;
  const idle = count("expired") + count("unmatched");
  const notice =
    idle === 0
      ? ""
      : ` <strong class="alert">${counted(count("expired"), "is expired", "are expired")}, ${counted(count("unmatched"), "matches nothing", "match nothing")}</strong>: renew them or take them off the list.`;
  return `<h3>Exceptions</h3>
<p>${counted(exceptions.length, "exception was", "exceptions were")} reviewed for this page; ${counted(count("applied"), "applies", "apply")}.${notice} They change no evidence: what fails is counted above as failing.</p>
<div class="scroll" role="region" aria-label="Reviewed exceptions" tabindex="0">
<table class="exceptions">
<caption>Reviewed exceptions</caption>
<thead><tr><th scope="col">User</th><th scope="col">Account</th><th scope="col">Control</th><th scope="col">State</th><th scope="col">Expires</th><th scope="col">Reason</th></tr></thead>
<tbody>${rows.join("\n")}</tbody>
</table>
</div>${rest > 0 ? `\n<p class="soft">and ${grouped(rest)} more: all of them are in the list that the page was made with.</p>` : ""}`;
}

function exceptionRow(
  { accountId, user, control, state, because, expires, reason }: ReviewedException,
  name = "",
): string {
  const mark = state === "applied" ? "mark settled" : "mark";
  const address = rowsAddress({ q: user, accountId, control });
  return (
    `<tr><th scope="row"><a href="#${escape(address)}">${escape(user)}</a></th>` +
    `<td>${escape(name)}<small>${escape(accountId)}</small></td><td>${escape(control)}</td>` +
    `<td><span class="${mark}">${state}</span><small>${escape(because)}</small></td>` +
    `<td class="date">${escape(expires)}</td><td class="reason">${escape(reason)}</td></tr>`
  );
}
