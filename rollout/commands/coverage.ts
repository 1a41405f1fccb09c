import { visible } from "../../report/page/text";
import type { Delivery, RunSummary } from "../../runtime/settings";

/** Says for people what a run covered, the missing accounts by name. */
export function logCoverage(summary: RunSummary, log: (line: string) => void): void {
  const { accounts, missing } = summary;
  log(
    `Run ${summary.runId}: ${accounts.collected} of ${accounts.inScope} accounts in scope collected, ` +
      `${accounts.notCollected} missing, ${accounts.outOfScope} out of scope · ${summary.rows} rows · ${summary.seconds.toFixed(1)} s`,
  );
  for (const { accountId, accountName, step, code, message, remedy } of missing) {
    log(visible(`  missing: ${accountId} ${accountName}: ${step}: ${code}: ${message}`));
    log(`           ${visible(remedy)}`);
  }
  if (accounts.notCollected > missing.length) {
    log(`  … and ${accounts.notCollected - missing.length} more, all named in the manifest`);
  }
  if (summary.delivery) logDelivery(summary.delivery, log);
}

function logDelivery({ page, published, problem }: Delivery, log: (line: string) => void): void {
  log(`  report: ${page ?? "no page stored"}, summary ${published ? "published" : "not published"}`);
  if (problem !== undefined) log(`  report: ${visible(problem)}`);
}
