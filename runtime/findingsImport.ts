import { assess } from "../report/assessment";
import { Exceptions } from "../report/exceptions";
import { asffFinding, type AsffFinding } from "../report/formats/asff";
import type { CollectedAccount, Manifest } from "../report/manifest";
import { rowReader } from "../report/rows";
import type { AwsClients } from "./clients";
import type { Clock } from "./clock";
import { Deadline } from "./deadline";
import { CallError, CollectionError, errorCode, errorMessage } from "./errors";
import { Gate } from "./gate";
import type { Log } from "./log";
import { MemberSession } from "./memberSession";
import { RateLimit } from "./rateLimit";
import type { ReportArchive } from "./reportArchive";
import { RetryBudget } from "./retry";
import { inRequests, type FindingsImport } from "./securityHub";
import type { CollectorSettings, SecurityHubImport } from "./settings";

/** Imports the findings of a run whose evidence stands into Security Hub. Never throws: a run is not worse for it. */
export type ImportFindings = (manifest: Manifest, archive: ReportArchive) => Promise<SecurityHubImport>;

/** What importing needs beside the run. */
export interface FindingsImportContext {
  settings: Pick<
    CollectorSettings,
    | "partition"
    | "accountId"
    | "memberRoleName"
    | "memberRolePath"
    | "externalId"
    | "concurrency"
    | "stsPerSecond"
    | "thresholds"
    | "exceptions"
  >;
  /** Region of the Security Hub, the same in every account. */
  region: string;
  clients: Pick<AwsClients, "sts" | "iam" | "as">;
  importing: FindingsImport;
  clock: Clock;
  log: Log;
  /** Milliseconds since 1970 by which all has to be done: accounts for which there is no time are named. */
  endsAt: number;
}

/** Accounts that a summary names; the log names all. */
const NAMED = 100;

/** What the summary calls an account for which there was no time. */
const NO_TIME = "ImportDeadline";

/**
 * Imports what each collected account's users fail and meet, in that account and as its member role: Security Hub takes findings of a custom
 * integration from the account that they are about only. What passes is imported too, so that what was fixed is closed there.
 */
export function findingsImport(context: FindingsImportContext): ImportFindings {
  return (manifest, archive) => new RunImport(context, manifest, archive).run();
}

class RunImport {
  private readonly refused: SecurityHubImport["notImported"] = [];
  private accounts = 0;
  private findings = 0;
  private readonly exceptions: Exceptions;
  private readonly around: ConstructorParameters<typeof MemberSession>[1];

  constructor(
    private readonly context: FindingsImportContext,
    private readonly manifest: Manifest,
    private readonly archive: ReportArchive,
  ) {
    const { settings, clients, clock, endsAt } = context;
    this.exceptions = new Exceptions(settings.exceptions, manifest.startedAt);
    this.around = {
      settings,
      clients,
      clock,
      deadline: new Deadline(endsAt, clock, 0),
      calls: new Gate(settings.concurrency),
      sessions: new RateLimit(settings.stsPerSecond, clock),
      retries: RetryBudget.forRun(),
    };
  }

  async run(): Promise<SecurityHubImport> {
    const { settings, log } = this.context;
    const { runId } = this.manifest;
    const gate = new Gate(settings.concurrency);
    await Promise.all(this.inTurn().map((account) => gate.run(() => this.account(account))));
    const notImported = this.refused.sort((a, b) => (a.accountId < b.accountId ? -1 : 1));
    log({
      level: notImported.length === 0 ? "info" : "warn",
      message: "findings imported into Security Hub",
      runId,
      ...{ accounts: this.accounts, findings: this.findings, notImported: notImported.length },
    });
    return {
      ...{ accounts: this.accounts, findings: this.findings, accountsNotImported: notImported.length },
      notImported: notImported.slice(0, NAMED),
    };
  }

  /** Collected accounts, another one first in each run: where time is short, it is not always the same that go without. */
  private inTurn(): CollectedAccount[] {
    const collected = this.manifest.accounts.filter((account) => account.state === "collected");
    const first = Number.parseInt(this.manifest.runId.slice(-3), 16) % Math.max(1, collected.length) || 0;
    return [...collected.slice(first), ...collected.slice(0, first)];
  }

  private async account(account: CollectedAccount): Promise<void> {
    const { accountId } = account;
    try {
      if (this.around.deadline.passed()) throw new CallError(NO_TIME, "there was no time left for it", 0);
      const session = new MemberSession(accountId, this.around, RetryBudget.forAccount());
      await session.begin();
      const findings = await this.findingsOf(account);
      let first: { count: number; code: string; message: string } | undefined;
      for (const some of inRequests(findings)) {
        const { imported, refused } = await this.context.importing(
          session.credentials,
          some,
          session.retries(this.context.endsAt),
        );
        this.findings += imported;
        if (refused) first = { ...refused, count: refused.count + (first?.count ?? 0) };
      }
      if (first) throw new CallError(first.code, `${first.count} findings were refused: ${first.message}`, 1);
      this.accounts += 1;
    } catch (error) {
      this.refuse(accountId, error);
    }
  }

  private async findingsOf({
    accountId,
    accountName,
    ouPath,
    reportGeneratedTime,
  }: CollectedAccount): Promise<AsffFinding[]> {
    const { settings, region } = this.context;
    const { runId } = this.manifest;
    const report = await this.archive.read(accountId);
    const read = rowReader(report.columns);
    return report.rows.flatMap((cells) => {
      const row = read({ accountId, accountName, ouPath, reportGeneratedTime, runId }, cells);
      return assess(row, settings.thresholds, this.exceptions).map((assessment) =>
        asffFinding(row, assessment, { run: this.manifest, thresholds: settings.thresholds, region, passes: true }),
      );
    });
  }

  private refuse(accountId: string, error: unknown): void {
    const known = error instanceof CallError || error instanceof CollectionError;
    const [code, message] = [known ? error.code : errorCode(error), errorMessage(error)];
    this.refused.push({ accountId, code, message });
    const { runId } = this.manifest;
    this.context.log({ level: "warn", message: "findings not imported", runId, accountId, code, cause: message });
  }
}
