import {
  countAccounts,
  MANIFEST_SCHEMA,
  type AccountRecord,
  type EvidenceObject,
  type Manifest,
  type PreviousManifest,
} from "../report/manifest";
import { isoSeconds } from "./clock";
import { RunError } from "./errors";
import type { Listing } from "./listing";

/** What a manifest is made of. */
export interface ManifestParts {
  runId: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** Milliseconds since 1970. */
  finishedAt: number;
  organization: Pick<Listing, "organizationId" | "managementAccountId" | "accounts">;
  /** One record for each listed account, in any order. */
  records: readonly AccountRecord[];
  consolidated: EvidenceObject;
  typed?: EvidenceObject;
  findings?: EvidenceObject;
  controls?: Manifest["controls"];
  previous: PreviousManifest | null;
}

/** Format name and version of `latest.json`. */
export const LATEST_SCHEMA = "iam-credential-reports/latest/1";

/**
 * Builds the manifest, having checked that it says of every listed account exactly one thing.
 *
 * @throws {RunError} if an account is missing, named twice, or was never listed: a defect of the collector.
 */
export function buildManifest(parts: ManifestParts): Manifest {
  const { runId, organization, consolidated, typed, findings, controls, previous } = parts;
  const accounts = [...parts.records].sort((a, b) => (a.accountId < b.accountId ? -1 : 1));
  checkStates(organization, accounts);
  const counts = countAccounts(accounts);
  return {
    schema: MANIFEST_SCHEMA,
    runId,
    startedAt: isoSeconds(parts.startedAt),
    finishedAt: isoSeconds(parts.finishedAt),
    organizationId: organization.organizationId,
    managementAccountId: organization.managementAccountId,
    complete: counts.notCollected === 0 && counts.collected > 0,
    counts,
    rows: accounts.reduce((sum, account) => sum + (account.state === "collected" ? account.rows : 0), 0),
    accounts,
    consolidated,
    ...(typed ? { typed } : {}),
    ...(findings ? { findings } : {}),
    ...(controls ? { controls } : {}),
    previous,
  };
}

/**
 * Checks that every listed account ends in exactly one state.
 *
 * @param accounts In order of account id.
 * @throws {RunError} if one is missing, named twice, or was never listed: a defect of the collector.
 */
export function checkStates(organization: Pick<Listing, "accounts">, accounts: readonly AccountRecord[]): void {
  const listed = organization.accounts.map(({ accountId }) => accountId);
  const recorded = accounts.map(({ accountId }) => accountId);
  const wrong = [
    ...listed.filter((id, index) => recorded[index] !== id),
    ...recorded.filter((id, index) => listed[index] !== id),
  ];
  if (wrong.length > 0) {
    throw new RunError(
      "CountsDoNotAddUp",
      `${listed.length} accounts are listed and ${recorded.length} recorded; they first differ at ${wrong[0] ?? ""}`,
      "This is a defect of the collector: please report it",
    );
  }
}

/**
 * A manifest as it is stored, in pieces: the bytes of {@link jsonBytes}, without ever holding those of ten thousand accounts.
 */
export function* manifestPieces(manifest: Manifest): Generator<string, void, undefined> {
  const empty = '\n  "accounts": []';
  const [before = "", after = ""] = JSON.stringify({ ...manifest, accounts: [] }, null, 2).split(empty);
  if (manifest.accounts.length === 0) {
    yield `${before}${empty}${after}\n`;
    return;
  }
  yield `${before}\n  "accounts": [`;
  for (const [index, account] of manifest.accounts.entries()) {
    const text = JSON.stringify(account, null, 2).replaceAll("\n", "\n    ");
    yield `${index === 0 ? "" : ","}\n    ${text}`;
  }
  yield `\n  ]${after}\n`;
}

/** A document as it is stored: indented, so that people can read it, with a final newline. */
export function jsonBytes(document: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(document, null, 2)}\n`);
}
