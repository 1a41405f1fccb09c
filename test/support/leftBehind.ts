import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeLogGroupsCommand, paginateFilterLogEvents } from "@aws-sdk/client-cloudwatch-logs";
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import { ReceiveMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { Place } from "./secretSearch";

/*
 * Everything that a deployment and its runs leave somewhere, for the search for secrets.
 */

/**
 * Files below a folder, but for what it links to.
 *
 * @param without names of folders that are left out
 */
export function filesBelow(folder: string, without: readonly string[] = []): Place[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const where = path.join(folder, entry.name);
    if (entry.isSymbolicLink() || without.includes(entry.name)) return [];
    if (entry.isDirectory()) return filesBelow(where, without);
    return statSync(where).isFile() ? [{ where, bytes: readFileSync(where) }] : [];
  });
}

/** Every object of a bucket, with its metadata. */
export async function objectsOf(s3: S3Client, Bucket: string): Promise<Place[]> {
  const found: Place[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket })) {
    for (const { Key = "" } of Contents) {
      const { Body, Metadata } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      const where = `s3://${Bucket}/${Key}`;
      found.push({ where, bytes: (await Body?.transformToByteArray()) ?? new Uint8Array() });
      found.push({ where: `metadata of ${where}`, bytes: JSON.stringify(Metadata) });
    }
  }
  return found;
}

/** Every line of every log group, metrics in embedded metric format among them. */
export async function logsOf(client: CloudWatchLogsClient): Promise<Place[]> {
  const { logGroups = [] } = await client.send(new DescribeLogGroupsCommand({}));
  const found: Place[] = [];
  for (const { logGroupName } of logGroups) {
    for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName })) {
      found.push({ where: `the log ${logGroupName}`, bytes: events.map(({ message }) => message).join("\n") });
    }
  }
  return found;
}

/** The messages that are in a queue. */
export async function messagesOf(sqs: SQSClient, QueueUrl: string): Promise<Place[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ["All"] }),
  );
  return Messages.map((message) => ({ where: "the dead letters", bytes: JSON.stringify(message) }));
}
