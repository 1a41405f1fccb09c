import { addFigures, noFigures, type CredentialFigures } from "./accountFigures";
import type { AccountRecord } from "./manifest";

/** What the accounts of an organizational unit show, those of all units below it included. */
export interface UnitSummary {
  /** Names from the root down, joined by `/`. */
  ouPath: string;
  /** Listed accounts, by what became of them. */
  listed: number;
  collected: number;
  notCollected: number;
  figures: CredentialFigures;
}

/** A path and those of all units above it, from the root down. */
export function pathsTo(ouPath: string): string[] {
  const names = ouPath.split("/");
  return names.map((_, n) => names.slice(0, n + 1).join("/"));
}

/** Totals of every unit that holds an account or lies above one; each unit is followed by those below it. */
export function unitSummaries(
  accounts: readonly { record: AccountRecord; figures: CredentialFigures | null }[],
): UnitSummary[] {
  const units = new Map<string, UnitSummary>();
  for (const { record, figures } of accounts) {
    for (const ouPath of pathsTo(record.ouPath)) {
      const unit = units.get(ouPath) ?? { ouPath, listed: 0, collected: 0, notCollected: 0, figures: noFigures() };
      units.set(ouPath, unit);
      unit.listed += 1;
      if (record.state === "collected") unit.collected += 1;
      if (record.state === "notCollected") unit.notCollected += 1;
      if (figures) addFigures(unit.figures, figures);
    }
  }
  // The lowest of characters keeps "A/B" before "A B", so that nothing comes between a unit and those below it.
  const key = (unit: UnitSummary) => unit.ouPath.replaceAll("/", "\u0000");
  return [...units.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
