import { retentionDaysOf, type Retention } from "../../report/retention";
import { RolloutError } from "../errors";
import { bucketEvidence, folderEvidence, type VerifiableEvidence } from "./evidence";
import type { OrganizationConfig } from "../configuration/organizationConfig";
import { replicaBucketNameOf } from "../configuration/settings";
import { openSession, type Session } from "../session";

/** Where evidence is, as every command that reads it takes it. */
export interface EvidenceOptions {
  /** Read a folder with the bucket's layout in place of the bucket. */
  from?: string;
  /** Role to read the bucket with; by default the one that deploys the logarchive stack. `none`: your own credentials. */
  readRole?: string;
  /** Read the replica in the second Region in place of the bucket. */
  replica?: boolean;
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
  return openBucket(config, options, await readingSession(config, options, "reading the evidence"));
}

/**
 * Opens the bucket of the configuration, or its replica.
 *
 * @throws RolloutError where there is no replica
 */
export function openBucket(
  config: OrganizationConfig,
  { replica }: EvidenceOptions,
  session: Session,
  now?: number,
): VerifiableEvidence {
  const { settings, file } = config.logarchive;
  const retention = retentionNow(config, now);
  if (!replica) return bucketEvidence(config.bucketName, session, {}, retention);
  if (settings.replicaRegion === "") {
    throw new RolloutError("There is no replica to read: replicaRegion is not set in Pulumi.logarchive.yaml");
  }
  const there = { ...session, region: settings.replicaRegion };
  return bucketEvidence(replicaBucketNameOf(settings, file.region), there, {}, retention);
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
