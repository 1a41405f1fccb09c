import { retentionDaysOf, type Retention } from "../../report/retention";
import { RolloutError } from "../errors";
import { bucketEvidence, folderEvidence, type VerifiableEvidence } from "./evidence";
import type { OrganizationConfig } from "../configuration/organizationConfig";
import { openSession, type Session } from "../session";

/** Where evidence is, as every command that reads it takes it. */
export interface EvidenceOptions {
  /** Read a folder with the bucket's layout in place of the bucket. */
  from?: string;
  /** Role to read the bucket with; by default the one that deploys the logarchive stack. `none`: your own credentials. */
  readRole?: string;
}

/**
 * Opens the folder, or the bucket of the configuration.
 *
 * @throws RolloutError if there is neither, or the role cannot be assumed
 */
export async function openEvidence(
  config: OrganizationConfig | undefined,
  options: EvidenceOptions,
): Promise<VerifiableEvidence> {
  if (options.from !== undefined) return folderEvidence(options.from);
  if (!config) throw new RolloutError("No configuration and no folder to read from: give --from DIR");
  const session = await readingSession(config, options, "reading the evidence");
  return bucketEvidence(config.bucketName, session, {}, retentionNow(config));
}

/** What the life cycle of the bucket takes away, held against the clock of this machine. */
export function retentionNow({ logarchive }: OrganizationConfig, now = Date.now()): Retention {
  return { days: retentionDaysOf(logarchive.settings), now };
}

/**
 * The session that the bucket is read with.
 *
 * @param purpose what it is for, for the error
 */
export function readingSession(
  { logarchive, management }: OrganizationConfig,
  { readRole }: EvidenceOptions,
  purpose: string,
): Promise<Session> {
  const { region, assumeRoles } = logarchive.file;
  if (readRole === undefined) return openSession(region, assumeRoles, purpose);
  const roles = readRole === "none" ? [] : [...management.file.assumeRoles, { roleArn: readRole }];
  return openSession(region, roles, purpose);
}
