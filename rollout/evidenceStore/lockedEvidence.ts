import { ListObjectsV2Command, ListObjectVersionsCommand, type S3Client } from "@aws-sdk/client-s3";
import { bucketArn } from "../../components/arn";
import type { ObjectLock } from "../../components/evidenceBucket";
import { keys } from "../../runtime/store";
import { messageOf, RolloutError } from "../errors";
import type { AccountView } from "../doctor/facts";
import { mayDo } from "../doctor/policies";

const DAY_MS = 24 * 3600_000;

/** A bucket whose evidence is to be deleted, and how it is locked. */
export interface LockedBucket {
  bucketName: string;
  lock: ObjectLock;
}

/**
 * Refuses the deletion of what cannot be deleted, before anything is touched: half a deletion would take the guards of the bucket and
 * leave the evidence.
 *
 * @returns what has to be known of a deletion that is possible, in lines
 * @throws RolloutError saying when, or with which right, it would be possible
 */
export async function refuseLocked(
  { bucketName, lock }: LockedBucket,
  view: Pick<AccountView, "s3" | "iam" | "caller">,
  now: number = Date.now(),
): Promise<string[]> {
  const refuse = (why: string, remedy: string): never => {
    throw new RolloutError(`Nothing was destroyed: ${why}. ${remedy}`);
  };
  const withoutEvidence = "destroy without --delete-evidence removes everything else";
  const newest = await newestPut(view.s3, bucketName).catch((cause: unknown) =>
    refuse(
      `${bucketName} is locked in ${lock.mode} mode, and until when cannot be seen: ${messageOf(cause)}`,
      "The deployer of stack logarchive has to be one of readerRoleArns, or able to list the bucket",
    ),
  );
  if (newest === undefined) return [];
  const until = newest + lock.days * DAY_MS;
  if (until <= now) return [`The locks of ${bucketName} have ended: ${day(until)}`];
  const locked = `${bucketName} is locked in ${lock.mode} mode, and its newest object was put on ${day(newest)}`;
  if (lock.mode === "compliance") {
    refuse(
      `${locked}. Nobody can delete that before ${day(until)}`,
      `Run it again after that day, with no collection until then; ${withoutEvidence}`,
    );
  }
  const { partition } = view.caller;
  const may = await mayDo(view, "s3:BypassGovernanceRetention", `${bucketArn(partition, bucketName)}/*`);
  if (may === "refused") {
    refuse(
      `${locked}. Before ${day(until)} it takes the right s3:BypassGovernanceRetention, which ${view.caller.arn} does not have`,
      `Give it that right on ${bucketName}, or wait until then; ${withoutEvidence}`,
    );
  }
  return [
    `${locked}: deleting it before ${day(until)} takes the right s3:BypassGovernanceRetention` +
      (may === "unknown" ? ", which could not be simulated" : ""),
  ];
}

/** When the last object was put, in milliseconds since 1970: a run writes its own folder and the pointer last. */
async function newestPut(s3: S3Client, Bucket: string): Promise<number | undefined> {
  let last: string | undefined;
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket, Prefix: keys.runs, Delimiter: "/", ContinuationToken: token }),
    );
    for (const { Prefix: prefix } of page.CommonPrefixes ?? []) if (prefix && prefix > (last ?? "")) last = prefix;
    token = page.NextContinuationToken;
  } while (token);
  let newest: number | undefined;
  // where there is neither run nor pointer, whatever else comes first; a page tells enough
  for (const Prefix of ["", keys.latest, ...(last === undefined ? [] : [last])]) {
    const { Versions: versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix }));
    for (const { LastModified } of versions) {
      newest = Math.max(newest ?? 0, LastModified?.getTime() ?? 0);
    }
  }
  return newest;
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
