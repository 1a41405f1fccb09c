import type { AccountCounts } from "../../report/manifest";
import type { Orchestration, StackReport } from "../orchestration";
import { RolloutError } from "../errors";
import { collect } from "./collect";
import { report } from "./report";
import { up } from "./up";

/** What `demo` answers; the shape is a promise to scripts. */
export interface DemoAnswer {
  runId: string;
  accounts: AccountCounts;
  /** Rows of the consolidated CSV without its header. */
  rows: number;
  bucket: string;
  /** Path of the HTML page. */
  report: string;
  stacks: Record<string, Pick<StackReport, "result" | "seconds">>;
  /** Wall time of all of it. */
  seconds: number;
}

/**
 * The whole path once: deploy, collect, report.
 *
 * @throws RolloutError if a stack failed: the collector is not run on half an organization
 */
export async function demo(context: Orchestration, options: { out: string; began: number }): Promise<DemoAnswer> {
  const rollout = await up(context);
  if (!rollout.ok) {
    const failed = Object.entries(rollout.stacks).filter(([, { cause }]) => cause !== undefined);
    throw new RolloutError(
      `${failed.length} stacks failed or were skipped: ${failed.map(([name]) => name).join(", ")}`,
    );
  }
  const run = await collect(context);
  const { files } = await report(context, { out: options.out, run: run.runId });
  const page = files["report.html"] ?? options.out;
  const seconds = Math.round((performance.now() - options.began) / 10) / 100;
  context.log("");
  context.log(
    `Covered: ${run.accounts.collected} of ${run.accounts.inScope} accounts in scope ` +
      `(${run.accounts.listed} listed, ${run.accounts.outOfScope} out of scope), ${run.rows} rows, roots included · ${seconds.toFixed(1)} s`,
  );
  context.log(`Report:  ${page}`);
  return {
    runId: run.runId,
    accounts: run.accounts,
    rows: run.rows,
    bucket: run.bucket,
    report: page,
    stacks: Object.fromEntries(
      Object.entries(rollout.stacks).map(([name, { result, seconds: took }]) => [name, { result, seconds: took }]),
    ),
    seconds,
  };
}
