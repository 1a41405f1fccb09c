import type { Assessment } from "../assessment";
import type { CredentialRow } from "../rows";
import { weightOf } from "./marks";

/** A row with what the controls say of it. */
export interface AssessedRow {
  row: CredentialRow;
  assessments: readonly Assessment[];
}

/** Keeps the rows that draw most attention: the heaviest, and of equal ones those that came first. */
export class FirstRows {
  private readonly kept: (AssessedRow & { weight: number })[] = [];

  constructor(private readonly capacity: number) {}

  add(row: CredentialRow, assessments: readonly Assessment[]): void {
    const weight = weightOf(assessments);
    if (this.kept.length === this.capacity && weight <= (this.kept.at(-1)?.weight ?? 0)) return;
    const place = this.kept.findLastIndex((kept) => kept.weight >= weight) + 1;
    this.kept.splice(place, 0, { row, assessments, weight });
    if (this.kept.length > this.capacity) this.kept.pop();
  }

  /** The heaviest first. */
  rows(): readonly AssessedRow[] {
    return this.kept;
  }
}
