import { consolidatedColumns } from "../report/consolidated";
import { parseCredentialReport, type CredentialReport } from "../report/credentialReport";
import { Spool } from "./spool";

/** The reports of a run, on disk; in memory there is only where each stands and which columns it has. */
export class ReportArchive {
  /** Most accounts have the same header: each is held once. */
  private readonly headers = new Map<string, readonly string[]>();
  private readonly headerOf = new Map<string, readonly string[]>();

  private constructor(private readonly spool: Spool) {}

  static async open(): Promise<ReportArchive> {
    return new ReportArchive(await Spool.open());
  }

  /** Keeps the bytes of a report that has been read once. */
  async add(accountId: string, bytes: Uint8Array, columns: readonly string[]): Promise<void> {
    await this.spool.add(accountId, bytes);
    // not joined by a comma, which a name may hold
    const name = JSON.stringify(columns);
    if (!this.headers.has(name)) this.headers.set(name, columns);
    this.headerOf.set(accountId, this.headers.get(name) ?? columns);
  }

  /** The report columns of all these accounts together. */
  columns(accountIds: Iterable<string>): string[] {
    const distinct = new Set<readonly string[]>();
    for (const accountId of accountIds) {
      const header = this.headerOf.get(accountId);
      if (header) distinct.add(header);
    }
    return consolidatedColumns(distinct);
  }

  /** Reads a report again. */
  async read(accountId: string): Promise<CredentialReport> {
    return parseCredentialReport(await this.spool.read(accountId), accountId);
  }

  close(): Promise<void> {
    return this.spool.close();
  }
}
