import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";

import type { Notification } from "../report/notification";
import type { AwsClients } from "./clients";
import type { Clock } from "./clock";
import { withRetry } from "./retry";

/**
 * Sends a message to those who are subscribed.
 *
 * @throws {CallError} if it cannot be sent before `endsAt`, in milliseconds since 1970.
 */
export type Publisher = (message: Notification, endsAt: number) => Promise<void>;

/**
 * Publishes to a topic of SNS, which is asked in its own Region.
 *
 * Needs `sns:Publish` on the topic and, through SNS, `kms:GenerateDataKey` and `kms:Decrypt` on the topic's key.
 * https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export function snsPublisher(topicArn: string, clients: Pick<AwsClients, "sts">, clock: Clock): Publisher {
  const { credentials, requestHandler, endpoint } = clients.sts.config;
  const client = new SNSClient({
    region: topicArn.split(":")[3] ?? "",
    credentials,
    requestHandler,
    // `withRetry` does
    maxAttempts: 1,
    ...(endpoint ? { endpoint } : {}),
  });
  return async ({ subject, text }, endsAt) => {
    const command = new PublishCommand({ TopicArn: topicArn, Subject: subject, Message: text });
    await withRetry(() => client.send(command), { clock, endsAt });
  };
}
