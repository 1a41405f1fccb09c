import type { ControlTally } from "../assessment";
import { CONTROLS, type CisVersion, type Control, type Thresholds } from "../controls";
import type { ReviewedException } from "../exceptions";
import type { Summary } from "../summary";
import { stackedBar } from "./charts";
import { exceptionList } from "./exceptions";
import { linkedCount, rowsLink, type RowSelection } from "./links";
import { counted, escape, grouped } from "./text";

/** The controls with their results, each a link to the rows behind it, and the exceptions that were reviewed. */
export function controlsSection(
  summary: Summary,
  thresholds: Thresholds,
  exceptions: readonly ReviewedException[],
): string {
  return `<section id="controls" aria-labelledby="controls-title">
<h2 id="controls-title">Controls</h2>
<p class="statement">${statement(summary)}</p>
<ul class="figures">${figures(summary, thresholds).join("")}</ul>
<ul class="details">${details(summary).join("")}</ul>
${rootUse(summary)}${controlTable(summary.controls, thresholds)}
<p class="soft">Every user and root user of a collected account has exactly one result of each control of the kind, as of the time that the account's report
was generated. The pass rate is of those that pass or fail; an excepted failure is a failure. Thresholds of this run: unused is ${thresholds.unusedDays} days or more,
dormant ${thresholds.dormantDays}; keys are to be rotated within ${thresholds.keyAgeDays} days; root is in use if used within ${thresholds.rootUseDays} days.</p>
${exceptionList(exceptions, summary)}
</section>`;
}

function statement({ rows, failing }: Summary): string {
  if (rows === 0) return "There are no rows to hold against the controls.";
  if (failing.rows === 0) return `No user and no root user of the collected accounts fails a control.`;
  const excepted =
    failing.excepted === 0
      ? ""
      : ` Of these, ${counted(failing.excepted, "fails", "fail")} nothing but what is excepted.`;
  return (
    `<strong><a ${rowsLink({ state: "fail" }, failing.rows)}>${grouped(failing.rows)} of ${grouped(rows)}</a></strong> ` +
    `users and root users fail a control.${excepted}`
  );
}

function figures({ answers, controls, failing }: Summary, { keyAgeDays, dormantDays }: Thresholds): string[] {
  const answer = (show: string) => answers.get(show) ?? 0;
  const of = (id: string) => controls.find(({ control }) => control === id);
  const failed = (control: string, label: string, subjects: string, many = `${subjects}s`) => {
    const { pass = 0, fail = 0 } = of(control) ?? {};
    return figure(fail, label, { control, state: "fail" }, `of ${counted(pass + fail, subjects, many)}`, true);
  };
  return [
    figure(answer("users"), "IAM users", { show: "users" }, `${grouped(answer("console"))} with a console password`),
    figure(
      failing.roots,
      "Root users that fail a control",
      { state: "fail", show: "root" },
      `of ${counted(answer("root"), "root user")}`,
      true,
    ),
    failed("console-mfa", "Console users without MFA", "console user"),
    failed(
      "access-key-rotation",
      `Users with a key older than ${keyAgeDays} days`,
      "user with an active key",
      "users with an active key",
    ),
    failed(
      "dormant-credentials",
      `Users with a credential unused for ${dormantDays} days`,
      "user with a credential",
      "users with a credential",
    ),
  ];
}

function figure(rows: number, label: string, selection: RowSelection, note: string, alarming = false): string {
  const tone = alarming && rows > 0 ? ' class="alert"' : "";
  return `<li><a ${rowsLink(selection, rows)}><b${tone}>${grouped(rows)}</b><span>${escape(label)}</span><small>${escape(note)}</small></a></li>`;
}

function details({ answers }: Summary): string[] {
  const detail = (show: string, one: string, many: string) => {
    const rows = answers.get(show) ?? 0;
    return `<li><a ${rowsLink({ show }, rows)}><b>${grouped(rows)}</b> ${escape(rows === 1 ? one : many)}</a></li>`;
  };
  return [
    detail("key-active", "user or root user with an active key", "users and root users with an active key"),
    detail("key-never-used", "with an active key never used", "with an active key never used"),
    detail("key-inactive", "with an inactive key", "with an inactive key"),
    detail("root-no-password", "root user without password", "root users without password"),
  ];
}

function rootUse({ lastRootUse, answers }: Summary): string {
  if ((answers.get("root") ?? 0) === 0) return "";
  if (lastRootUse === null) return `<p class="soft">No use of a root user is on record.</p>\n`;
  const { accountId, accountName, at } = lastRootUse;
  const where = `<a ${rowsLink({ accountId, show: "root" }, 1)}>${escape(accountName)}</a>`;
  return `<p class="soft">A root user was last used on ${at.slice(0, 10)}, in ${where}.</p>\n`;
}

const VERSIONS: readonly CisVersion[] = ["1.4", "1.5", "3.0", "5.0", "6.0", "7.0"];

/** Versions of the benchmark next to each other that number all controls alike. */
const CIS_COLUMNS = VERSIONS.reduce<CisVersion[][]>((columns, version) => {
  const last = columns.at(-1);
  const alike = last?.[0] !== undefined && CONTROLS.every(({ cis }) => cis[version] === cis[last[0]!]);
  if (alike) last.push(version);
  else columns.push([version]);
  return columns;
}, []);

const GROUPS = [
  ["root", "Root users"],
  ["user", "IAM users"],
] as const;

function controlTable(tallies: readonly ControlTally[], thresholds: Thresholds): string {
  const cis = CIS_COLUMNS.map(
    (versions) =>
      `<th scope="col" class="cis">CIS<br>${versions.length === 1 ? versions[0] : `${versions[0]}–${versions.at(-1)}`}</th>`,
  );
  const bodies = GROUPS.map(([subjects, label]) => {
    const rows = CONTROLS.flatMap((control, n) => {
      const tally = tallies[n];
      return control.subjects === subjects && tally ? [controlRow(control, tally, thresholds)] : [];
    });
    return `<tbody><tr class="group"><th scope="rowgroup" colspan="${CIS_COLUMNS.length + 8}">${label}</th></tr>${rows.join("\n")}</tbody>`;
  });
  return `<div class="scroll" role="region" aria-label="Results by control" tabindex="0">
<table class="controls">
<caption>Results by control</caption>
<thead><tr><th scope="col">Control</th><th scope="col" class="rate">Pass rate</th><th scope="col" class="number">Fail</th><th scope="col" class="number">Excepted</th><th scope="col" class="number">Pass</th><th scope="col" class="number">Not applicable</th><th scope="col" class="number">Not decidable</th>${cis.join("")}<th scope="col" class="hub">Security Hub</th></tr></thead>
${bodies.join("\n")}
</table>
</div>`;
}

function controlRow(control: Control, tally: ControlTally, thresholds: Thresholds): string {
  const { id, title, cis, securityHub, undecided } = control;
  const numbers = CIS_COLUMNS.map(([version]) =>
    cellOrNothing("cis", version === undefined ? undefined : cis[version]),
  );
  const state = (state: "fail" | "excepted" | "pass" | "notApplicable" | "notDecidable", warn = false) => {
    const rows = tally[state];
    return `<td class="number${warn && rows > 0 ? " warn" : ""}">${linkedCount(rows, { control: id, state })}</td>`;
  };
  const why = undecided ? `Not decidable from this report: ${undecided}` : `Fails: ${control.failure(thresholds)}`;
  return (
    `<tr><th scope="row">${escape(title)}<small>${escape(why)}</small></th><td class="rate">${passRate(control, tally)}</td>` +
    `${state("fail", true)}${state("excepted")}${state("pass")}${state("notApplicable")}${state("notDecidable")}` +
    `${numbers.join("")}${cellOrNothing("hub", securityHub)}</tr>`
  );
}

function cellOrNothing(name: string, text: string | null | undefined): string {
  return text ? `<td class="${name}">${escape(text)}</td>` : `<td class="${name} none">–</td>`;
}

function passRate({ undecided }: Control, { pass, fail }: ControlTally): string {
  if (undecided !== undefined) return `<span class="soft">not decidable from this report</span>`;
  if (pass + fail === 0) return `<span class="soft">no subjects</span>`;
  const bar = stackedBar(
    [
      ["tone-accent", pass],
      ["tone-alert", fail],
    ],
    pass + fail,
  );
  return `<span class="rate-bar">${bar}</span><b>${rateText(pass, fail)}</b>`;
}

/** Share that passes in percent, cut to a tenth: it says 100 only where nothing fails. */
export function rateText(pass: number, fail: number): string {
  if (fail === 0) return "100 %";
  return `${(Math.floor((1000 * pass) / (pass + fail)) / 10).toFixed(1)} %`;
}
