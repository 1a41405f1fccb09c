import { parseArn } from "./arn";

/** What a topic can be subscribed with by its ARN alone. */
export type SubscriptionProtocol = "sqs" | "lambda" | "firehose" | "application";

/** A subscriber, as SNS takes it. */
export interface KnownSubscription {
  protocol: SubscriptionProtocol;
  region: string;
  /** Of a function: its ARN without version or alias, and that one, where the ARN names one. */
  target?: { functionArn: string; qualifier?: string };
}

/** Why an ARN that SNS does deliver to is not taken here. */
const NOT_TAKEN: Record<string, string> = {
  events: "SNS does not deliver to EventBridge: a run's events go there by themselves",
};

/**
 * How a queue, a function, a stream of Data Firehose or an endpoint of a mobile application is subscribed to the alerts topic, by its ARN.
 *
 * @param topicAccountId Account of the topic; a function or stream of another account could not be given the permission from here.
 * @returns the protocol, or what is wrong, in words
 * https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
 */
export function subscriptionOf(arn: string, topicAccountId?: string): KnownSubscription | { problem: string } {
  const refuse = (why: string): { problem: string } => ({ problem: `"${arn}" cannot be subscribed: ${why}` });
  const parts = parseArn(arn);
  if (!parts) {
    return refuse(
      /^https?:/.test(arn) || arn.includes("@")
        ? "it is no ARN; e-mail addresses go into alertEmails, and an address of HTTPS subscribes itself to the output alertsTopicArn"
        : "it is no ARN of a queue, function, stream or endpoint, as in arn:PARTITION:sqs:REGION:ACCOUNT:NAME",
    );
  }
  const { service, region, accountId, resource } = parts;
  if (service === "sqs") {
    if (!/^[\w-]{1,80}(\.fifo)?$/.test(resource)) return refuse("that is not how the ARN of a queue ends");
    if (resource.endsWith(".fifo")) return refuse("a topic that is not FIFO delivers to no FIFO queue");
    return { protocol: "sqs", region };
  }
  if (service === "lambda") {
    const [, functionName, qualifier] = /^function:([\w-]{1,64})(?::([\w$-]{1,128}))?$/.exec(resource) ?? [];
    if (functionName === undefined) return refuse("that is not how the ARN of a function ends");
    if (topicAccountId !== undefined && accountId !== topicAccountId) {
      return refuse(
        `the function is of account ${accountId} and the topic of ${topicAccountId}: its owner lets the topic invoke it and subscribes it to the output alertsTopicArn`,
      );
    }
    const functionArn = qualifier === undefined ? arn : arn.slice(0, -qualifier.length - 1);
    return { protocol: "lambda", region, target: { functionArn, ...(qualifier !== undefined && { qualifier }) } };
  }
  if (service === "firehose") {
    if (!/^deliverystream\/[\w.-]{1,64}$/.test(resource)) return refuse("that is not how the ARN of a stream ends");
    if (topicAccountId !== undefined && accountId !== topicAccountId) {
      return refuse(
        `the stream is of account ${accountId} and the topic of ${topicAccountId}: its owner subscribes it to the output alertsTopicArn, with a role of his`,
      );
    }
    return { protocol: "firehose", region };
  }
  if (service === "sns") {
    return resource.startsWith("endpoint/")
      ? { protocol: "application", region }
      : refuse(
          "SNS has no subscription of a topic to a topic, and of a mobile application only its endpoints subscribe",
        );
  }
  return refuse(
    NOT_TAKEN[service] ??
      `SNS delivers nothing to ${service}; queues (sqs), functions (lambda), streams (firehose) and endpoints (sns) are taken`,
  );
}
