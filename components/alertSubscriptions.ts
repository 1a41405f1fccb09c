import { parseArn } from "./arn";

/** What a topic can be subscribed with by its ARN alone. */
export type SubscriptionProtocol = "sqs" | "lambda";

/** Why an ARN that SNS does deliver to is not taken here. */
const NOT_TAKEN: Record<string, string> = {
  firehose:
    "SNS delivers to a stream of Data Firehose by a role that it assumes, and none is made here: subscribe it yourself to the output alertsTopicArn",
  sns: "topics and mobile applications are not subscribed here: SNS has no subscription of a topic to a topic",
  events: "SNS does not deliver to EventBridge: a run's events go there by themselves",
};

/**
 * How a queue or function is subscribed to the alerts topic, by its ARN.
 *
 * @param topicAccountId Account of the topic; a function of another account could not be given the permission from here.
 * @returns the protocol, or what is wrong, in words
 * https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
 */
export function subscriptionOf(
  arn: string,
  topicAccountId?: string,
): { protocol: SubscriptionProtocol; region: string } | { problem: string } {
  const refuse = (why: string): { problem: string } => ({ problem: `"${arn}" cannot be subscribed: ${why}` });
  const parts = parseArn(arn);
  if (!parts) {
    return refuse(
      /^https?:/.test(arn) || arn.includes("@")
        ? "it is no ARN; e-mail addresses go into alertEmails, and an address of HTTPS subscribes itself to the output alertsTopicArn"
        : "it is no ARN of a queue or function, as in arn:PARTITION:sqs:REGION:ACCOUNT:NAME",
    );
  }
  const { service, region, accountId, resource } = parts;
  if (service === "sqs") {
    if (!/^[\w-]{1,80}(\.fifo)?$/.test(resource)) return refuse("that is not how the ARN of a queue ends");
    if (resource.endsWith(".fifo")) return refuse("a topic that is not FIFO delivers to no FIFO queue");
    return { protocol: "sqs", region };
  }
  if (service === "lambda") {
    if (!/^function:[\w-]{1,64}$/.test(resource)) {
      return refuse("that is not how the ARN of a function ends; a version or alias is not taken");
    }
    if (topicAccountId !== undefined && accountId !== topicAccountId) {
      return refuse(
        `the function is of account ${accountId} and the topic of ${topicAccountId}: its owner lets the topic invoke it and subscribes it to the output alertsTopicArn`,
      );
    }
    return { protocol: "lambda", region };
  }
  return refuse(
    NOT_TAKEN[service] ?? `SNS delivers nothing to ${service}; queues (sqs) and functions (lambda) are taken`,
  );
}
