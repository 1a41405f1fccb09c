import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";

/** A lock of a stack, as backends of files (a folder, S3, Azure, GCS) tell of it. */
export interface StackLock {
  user: string;
  host: string;
  pid: number;
  /** ISO 8601, to the second. */
  since: string;
}

/** What decides whether a lock was left by a process that is no more. */
export interface LockEvidence {
  /** When an operation of this folder on the stack began that never ended; undefined if there is none. */
  unfinishedSince: Date | undefined;
  host: string;
  alive: (pid: number) => boolean;
}

/** The locks that the engine's message names; none where the backend does not tell, as Pulumi Cloud. */
export function locksNamed(message: string): StackLock[] {
  const found = message.matchAll(/created by ([^\s@]+)@(\S+) \(pid (\d+)\) at (\S+)/g);
  // the engine's error holds what it printed more than once
  const each = new Map([...found].map((match) => [match[0], match]));
  return [...each.values()].map(([, user = "", host = "", pid = "", since = ""]) => ({
    user,
    host,
    pid: Number(pid),
    since,
  }));
}

/**
 * Whether all locks were left by an engine that was killed: one of this host, whose process is no more, from within an operation that
 * this folder began and did not end. The name of a host alone proves nothing: many machines in a pipeline may share one.
 */
export function isLeftBehind(locks: readonly StackLock[], { unfinishedSince, host, alive }: LockEvidence): boolean {
  if (locks.length === 0 || unfinishedSince === undefined) return false;
  // locks tell the second only
  const earliest = Math.floor(unfinishedSince.getTime() / 1000) * 1000;
  return locks.every((lock) => lock.host === host && !alive(lock.pid) && Date.parse(lock.since) >= earliest);
}

/** Whether an operation failed because its engine was killed from outside. */
export function wasKilled(error: unknown): boolean {
  return error instanceof Error && /was killed with SIG/.test(error.message);
}

/** Why a locked stack cannot be worked on. */
export function lockedCause(locks: readonly StackLock[]): string {
  const holders = locks.map(({ user, host, pid, since }) => `${user}@${host}, process ${pid}, since ${since}`);
  const by = holders.length > 0 ? ` (${holders.join("; ")})` : "";
  return `The stack is locked: another update of it is going on${by}, or was killed before it could let go of it`;
}

/** Notes in a stack's work folder that an operation is under way; what is left of one that was killed is seen by the next. */
export class OperationMark {
  private readonly file: string;

  constructor(workDir: string) {
    this.file = path.join(workDir, "operation");
  }

  /** When the operation before this one began, if it did not end. */
  begin(): Date | undefined {
    const before = existsSync(this.file) ? new Date(readFileSync(this.file, "utf8")) : undefined;
    // a lock of it may still be there after several tries
    if (before && !Number.isNaN(before.getTime())) return before;
    writeFileSync(this.file, new Date().toISOString());
    return undefined;
  }

  end(): void {
    rmSync(this.file, { force: true });
  }
}

/** This machine as it is. */
export function lockEvidence(unfinishedSince: Date | undefined): LockEvidence {
  return { unfinishedSince, host: hostname(), alive };
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // one of somebody else's cannot be signalled, and is there
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
