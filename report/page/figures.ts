import { DORMANT_DAYS, OLD_KEY_DAYS, type ROW_FILTERS } from "../attention";
import type { Summary } from "../summary";
import { counted, escape, grouped } from "./text";

type FilterId = (typeof ROW_FILTERS)[number]["id"];

/** The key figures, each a link to the rows behind it. */
export function figuresSection(summary: Summary): string {
  const { users, keys, root } = summary;
  const main = [
    figure(users.total, "IAM users", "users", `${grouped(users.console)} with a console password`),
    figure(
      users.consoleWithoutMfa,
      "Console users without MFA",
      "console-no-mfa",
      `of ${counted(users.console, "console user")}`,
      true,
    ),
    figure(
      keys.old,
      `Active keys older than ${OLD_KEY_DAYS} days`,
      "key-old",
      `of ${counted(keys.active, "active key")}, held by ${counted(keys.oldHolders, "user")}`,
      true,
    ),
    figure(
      keys.neverUsed,
      "Active keys never used",
      "key-never-used",
      `held by ${counted(keys.neverUsedHolders, "user")}`,
      true,
    ),
    figure(root.withoutMfa, "Root users without MFA", "root-no-mfa", `of ${counted(root.total, "root user")}`, true),
  ];
  const more = [
    detail(users.withTwoActiveKeys, "user", "with two active keys", "two-keys"),
    detail(users.dormant, "user", `dormant for more than ${DORMANT_DAYS} days`, "dormant"),
    detail(keys.inactive, "inactive key", "kept", "key-inactive"),
    detail(root.withActiveKeys, "root user", "with an active key", "root-key"),
    detail(root.withoutPassword, "root user", "without password", "root-no-password"),
  ];
  return `<section id="figures" aria-labelledby="figures-title">
<h2 id="figures-title">Key figures</h2>
<ul class="figures">${main.join("")}</ul>
<ul class="details">${more.join("")}</ul>
<p class="soft">${rootUse(summary)} Ages are counted from the time each account's report was generated. Keys of root users count as keys.</p>
</section>`;
}

function figure(value: number, label: string, show: FilterId, note: string, alarming = false): string {
  const tone = alarming && value > 0 ? ' class="alert"' : "";
  return `<li><a href="#show=${show}"><b${tone}>${grouped(value)}</b><span>${escape(label)}</span><small>${escape(note)}</small></a></li>`;
}

function detail(value: number, noun: string, label: string, show: FilterId): string {
  return `<li><a href="#show=${show}"><b>${counted(value, noun)}</b> ${escape(label)}</a></li>`;
}

function rootUse({ root }: Summary): string {
  if (root.total === 0) return "";
  if (root.lastUse === null) return "No use of a root user is on record.";
  const { accountId, accountName, at } = root.lastUse;
  const link = `<a href="#show=root&amp;account=${escape(accountId)}">${escape(accountName)}</a>`;
  return `A root user was last used on ${at.slice(0, 10)}, in ${link}.`;
}
