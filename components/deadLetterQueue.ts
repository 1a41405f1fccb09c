import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { roleArn } from "./arn";
import type { CollectorChildren } from "./collectorArgs";
import { policyDocument, type PolicyDocument } from "./policyDocument";
import type { ProviderContext } from "./providerContext";
import type { MakeChild } from "./transform";

/** Seconds that a message stays, the most that SQS allows: who comes back from a fortnight's leave still finds it. */
const RETENTION_SECONDS = 14 * 24 * 60 * 60;

/** What the queue's policy depends on. */
export interface DeadLetterQueuePolicyInput {
  partition: string;
  accountId: string;
  queueArn: string;
  /** Roles of the account that leave messages; none of them has to exist yet. */
  senders: readonly { name: string; path?: string }[];
}

/**
 * The policy of the queue: TLS only, and nobody sends but these roles, whatever other policies allow. It allows nothing itself: Lambda
 * and EventBridge Scheduler send as the roles that work for them, by these roles' own policies.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-async-destinations
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
 */
export function deadLetterQueuePolicy(input: DeadLetterQueuePolicyInput): PolicyDocument {
  const { partition, accountId, queueArn, senders } = input;
  const arns = senders.map(({ name, path }) => roleArn(partition, accountId, name, path));
  const everybody = { Effect: "Deny", Principal: "*", Resource: queueArn } as const;
  return policyDocument(
    {
      ...everybody,
      Sid: "DenyPlainHttp",
      Action: "sqs:*",
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
    {
      ...everybody,
      Sid: "DenySendingByOthers",
      Action: "sqs:SendMessage",
      Condition: { ArnNotEquals: { "aws:PrincipalArn": arns } },
    },
  );
}

/**
 * The queue that gets what could not be collected: events whose run failed for good, and starts that did not succeed.
 *
 * SQS encrypts it with a key of its own (SSE-SQS). A message has ids, times and an error, no evidence, so a key of one's own would
 * cost what it costs and protect nothing more.
 *
 * @returns the queue, known once its policy stands
 */
export function deadLetterQueue(
  make: MakeChild<CollectorChildren>,
  name: string,
  options: {
    queueName: string;
    context: pulumi.Output<ProviderContext>;
    senders: pulumi.Input<DeadLetterQueuePolicyInput["senders"]>;
    tags: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
    parent: pulumi.Resource;
  },
): { arn: pulumi.Output<string>; url: pulumi.Output<string> } {
  const child = { parent: options.parent };
  const queue = make(
    "deadLetterQueue",
    aws.sqs.Queue,
    name,
    {
      name: options.queueName,
      messageRetentionSeconds: RETENTION_SECONDS,
      sqsManagedSseEnabled: true,
      tags: options.tags,
    },
    child,
  );
  const policy = make(
    "deadLetterQueuePolicy",
    aws.sqs.QueuePolicy,
    name,
    {
      queueUrl: queue.url,
      policy: pulumi
        .all([options.context, queue.arn, options.senders])
        .apply(([{ partition, accountId }, queueArn, senders]) =>
          JSON.stringify(deadLetterQueuePolicy({ partition, accountId, queueArn, senders })),
        ),
    },
    child,
  );
  return { arn: pulumi.all([queue.arn, policy.id]).apply(([arn]) => arn), url: queue.url };
}
