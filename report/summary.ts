import { AccountCounter, type CredentialFigures, type RootMfa } from "./accountFigures";
import { activeKeys, ageInDays, inactiveKeys, KEY_AGE_SPANS, type AgeSpan } from "./ages";
import { Tally, type Assessment, type ControlTally } from "./assessment";
import { filterBits, ROW_FILTERS } from "./attention";
import { isoTime, type DateCell } from "./cells";
import { RowCensus } from "./contradictions";
import { ageAtEnd, coverageOf, evidenceOf, type Coverage, type Evidence } from "./coverage";
import type { AccountRecord, Manifest } from "./manifest";
import type { CredentialRow } from "./rows";
import { unitSummaries, type UnitSummary } from "./units";

/**
 * The figures of a run, as plain data: what the HTML page shows, and what a command or a notification may quote.
 */

/** Access keys, root's included. */
export interface KeyFigures {
  active: number;
  inactive: number;
  /** Active keys by age in whole days; their counts and `ageUnknown` add up to `active`. */
  ages: { span: AgeSpan; count: number }[];
  ageUnknown: number;
}

/** The newest use of any root user's password or keys. */
export interface RootUse {
  accountId: string;
  accountName: string;
  /** ISO 8601 in UTC. */
  at: string;
}

/** What one listed account shows. Its figures are null when its report is not in the run. */
export interface AccountSummary {
  record: AccountRecord;
  figures: AccountFigures | null;
}

/** The figures of one collected account. */
export interface AccountFigures extends CredentialFigures {
  /** Unknown when the report has no root row. */
  rootMfa: RootMfa;
  /** Milliseconds from the report's generation to the end of the run. */
  reportAge: number;
}

/** Rows by what the controls say of them all; each count is one of rows. */
export interface FailingFigures {
  /** Rows that fail a control. */
  rows: number;
  /** Of these, root users. */
  roots: number;
  /** Of these, rows whose failures are all excepted. */
  excepted: number;
}

/** Everything that the page counts. */
export interface Summary {
  coverage: Coverage;
  evidence: Evidence;
  /** Rows of the run, root users included. */
  rows: number;
  /** Results by control, in the order of the table of controls. */
  controls: ControlTally[];
  failing: FailingFigures;
  /** How many rows answer each question of `ROW_FILTERS` with yes, by its id. */
  answers: ReadonlyMap<string, number>;
  keys: KeyFigures;
  /** Null when no use of a root user is on record. */
  lastRootUse: RootUse | null;
  /** In the manifest's order. */
  accounts: AccountSummary[];
  /** Each followed by those below it. */
  units: UnitSummary[];
  /** Collected accounts that hold no IAM user. */
  accountsWithoutUsers: AccountRecord[];
  /** Where manifest and rows contradict each other, in words; empty for an intact run. */
  contradictions: string[];
}

/**
 * Counts what a run shows, row by row: `add` for every row, then `summary`. What it holds grows with the accounts, not with the
 * rows. Pure: the clock is not read, ages are counted from each report's own time.
 */
export class RunCounter {
  private rows = 0;
  private readonly census = new RowCensus();
  private readonly tally = new Tally();
  private readonly failing: FailingFigures = { rows: 0, roots: 0, excepted: 0 };
  private readonly answers = ROW_FILTERS.map(() => 0);
  private readonly keys: KeyFigures = {
    active: 0,
    inactive: 0,
    ages: KEY_AGE_SPANS.map((span) => ({ span, count: 0 })),
    ageUnknown: 0,
  };
  private lastRootUse: { row: CredentialRow; at: number } | null = null;
  private readonly accounts = new Map<string, AccountCounter>();

  /** @param bits The row's answers to the questions of `ROW_FILTERS`. */
  add(row: CredentialRow, assessments: readonly Assessment[], bits = filterBits(row)): void {
    this.rows += 1;
    this.census.add(row);
    this.addResults(row, assessments);
    for (let n = 0; n < this.answers.length; n += 1) if ((bits >>> n) & 1) this.answers[n] = (this.answers[n] ?? 0) + 1;
    this.addKeys(row);
    if (row.isRoot) this.addRootUse(row);
    let account = this.accounts.get(row.accountId);
    if (!account) this.accounts.set(row.accountId, (account = new AccountCounter()));
    account.add(row, assessments);
  }

  /** The figures of all rows so far. */
  summary(manifest: Manifest): Summary {
    const accounts = manifest.accounts.map((record) => ({ record, figures: this.figuresOf(record, manifest) }));
    return {
      coverage: coverageOf(manifest),
      evidence: evidenceOf(manifest),
      rows: this.rows,
      controls: this.tally.results(),
      failing: { ...this.failing },
      answers: new Map(ROW_FILTERS.map(({ id }, n) => [id, this.answers[n] ?? 0])),
      keys: this.keys,
      lastRootUse: this.lastRootUse && {
        accountId: this.lastRootUse.row.accountId,
        accountName: this.lastRootUse.row.accountName,
        at: isoTime(this.lastRootUse.at),
      },
      accounts,
      units: unitSummaries(accounts),
      accountsWithoutUsers: accounts.filter(({ figures }) => figures?.users === 0).map(({ record }) => record),
      contradictions: this.census.contradictions(manifest),
    };
  }

  private figuresOf(record: AccountRecord, manifest: Manifest): AccountFigures | null {
    if (record.state !== "collected") return null;
    const { figures, rootMfa } = this.accounts.get(record.accountId) ?? new AccountCounter();
    return { ...figures, rootMfa, reportAge: ageAtEnd(record.reportGeneratedTime, manifest) };
  }

  private addResults(row: CredentialRow, assessments: readonly Assessment[]): void {
    let fails = false;
    let stands = false;
    for (const assessment of assessments) {
      this.tally.add(assessment);
      if (assessment.result !== "fail") continue;
      fails = true;
      if (assessment.exception === null) stands = true;
    }
    if (!fails) return;
    this.failing.rows += 1;
    if (row.isRoot) this.failing.roots += 1;
    if (!stands) this.failing.excepted += 1;
  }

  private addKeys(row: CredentialRow): void {
    this.keys.inactive += inactiveKeys(row).length;
    for (const { lastRotated } of activeKeys(row)) {
      this.keys.active += 1;
      const days = ageInDays(lastRotated, row);
      const age = this.keys.ages.find(({ span }) => days !== undefined && days <= span.to);
      if (age) age.count += 1;
      else this.keys.ageUnknown += 1;
    }
  }

  private addRootUse(row: CredentialRow): void {
    const uses: DateCell[] = [row.passwordLastUsed, ...row.keys.map((key) => key.lastUsed)];
    for (const use of uses) {
      if (use.kind !== "date" || (this.lastRootUse !== null && use.at <= this.lastRootUse.at)) continue;
      this.lastRootUse = { row, at: use.at };
    }
  }
}
