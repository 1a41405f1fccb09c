import { CHANGE_KINDS, type Change, type ChangeKind, type Difference } from "../../report/difference/difference";
import type { Manifest } from "../../report/manifest";
import { counted, grouped, visible } from "../../report/page/text";

/** Changes of a kind that are told to people; all are in the JSON. */
const TOLD = 20;

const TITLES: Record<ChangeKind, string> = {
  accountEntered: "Accounts that entered coverage",
  accountLeft: "Accounts that left coverage",
  userAdded: "Users added",
  userRemoved: "Users removed",
  userRecreated: "Users recreated: same name, another creation time",
  userRenamed: "Users renamed",
  keyAdded: "Access keys added",
  keyRemoved: "Access keys removed",
  keyRotated: "Access keys rotated, or replaced in their slot",
  keyActivated: "Access keys activated",
  keyDeactivated: "Access keys deactivated",
  mfaGained: "MFA gained",
  mfaLost: "MFA lost",
  consoleGained: "Console access gained",
  consoleLost: "Console access lost",
  rootUsed: "Root used",
  findingOpened: "Findings opened",
  findingClosed: "Findings closed",
};

/**
 * A difference for people, line by line: which runs, what they do not cover, then the changes by kind.
 *
 * @param manifests Of both runs, the older first.
 */
export function differenceInWords(
  { from, to, counts, changes }: Difference,
  manifests: readonly [Manifest, Manifest],
): string[] {
  const noChange = changes.length === 0 ? "nothing changed" : counted(changes.length, "change");
  const lines = [`Run ${to.runId} (${to.finishedAt}) against run ${from.runId} (${from.finishedAt}): ${noChange}`];
  for (const { runId, complete, counts } of manifests) {
    if (complete) continue;
    const missing = counted(counts.notCollected, "account");
    lines.push(
      `  Run ${runId} is incomplete: ${missing} of ${grouped(counts.inScope)} in scope not collected, and not compared`,
    );
  }
  const groups = new Map<ChangeKind, Change[]>();
  for (const change of changes) {
    const group = groups.get(change.kind) ?? [];
    if (group.length < TOLD) groups.set(change.kind, [...group, change]);
  }
  for (const kind of CHANGE_KINDS) {
    const group = groups.get(kind);
    if (!group) continue;
    lines.push(`  ${TITLES[kind]}: ${grouped(counts[kind])}`);
    lines.push(...group.map((change) => `    ${inWords(change)}`));
    const more = counts[kind] - group.length;
    if (more > 0) lines.push(`    … and ${grouped(more)} more; --json has all`);
  }
  return lines;
}

function inWords({ accountId, accountName, user, control, before, after }: Change): string {
  const whose = [
    `${accountId} ${accountName}`,
    ...(user === null ? [] : [user]),
    ...(control === null ? [] : [control]),
  ];
  const what = before === null || after === null ? (after ?? before ?? "") : `${before} → ${after}`;
  return visible(`${whose.join(" · ")}: ${what}`);
}
