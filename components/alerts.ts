import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { subscriptionOf } from "./alertSubscriptions";
import { alertsKeyPolicy, alertsTopicPolicy } from "./alertsPolicy";
import { providerContext } from "./providerContext";
import { childMaker, type Transforms } from "./transform";

/** Children of {@link Alerts}, with their arguments. */
export interface AlertsChildren {
  key: aws.kms.KeyArgs;
  alias: aws.kms.AliasArgs;
  topic: aws.sns.TopicArgs;
  policy: aws.sns.TopicPolicyArgs;
  subscription: aws.sns.TopicSubscriptionArgs;
  permission: aws.lambda.PermissionArgs;
}

/** Arguments of {@link Alerts}. */
export interface AlertsArgs {
  /** Name of the topic; the alias of its key carries it too. @example "iam-credential-reports-collector-alerts" */
  topicName: string;
  /**
   * Name of the collector's role in the same account, where the collector delivers reports; it need not exist yet. Without it, no role
   * or user publishes: alarms of CloudWatch and rules of EventBridge do, of the same account.
   */
  collectorRoleName?: string;
  /** Path of that role; `/` by default. */
  collectorRolePath?: string;
  /**
   * Addresses that get every message. AWS asks each of them to confirm first; one that never did is not removed from AWS before
   * the topic is. @example ["security@example.com"]
   */
  emails: readonly string[];
  /**
   * Queues of SQS and functions of Lambda that get every message, by ARN. A function has to be of the topic's account, and gets the
   * permission that SNS needs; the policy of a queue (and of its key) is its owner's to change. None by default.
   */
  subscriptions?: readonly string[];
  /** Tags of topic and key. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Other arguments or options for child resources than they get here: see {@link Transforms}. */
  transform?: Transforms<AlertsChildren>;
}

/** Days between scheduling the key's deletion and losing it: the fewest there are, because nothing is kept that it encrypted. */
const DELETION_WINDOW_DAYS = 7;

/**
 * The alerts topic of the management account: what alarms and the collector have to say goes to it, and from it to e-mail and to
 * whatever else is subscribed.
 *
 * Its messages are encrypted with a key of its own, which costs what a customer managed key costs. The key that AWS manages
 * (`alias/aws/sns`) would be free, but its policy cannot be changed, and lets neither alarms of CloudWatch nor rules of EventBridge
 * publish; and the key of the evidence belongs to the evidence alone.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
 *
 * @example new Alerts("alerts", { topicName: "…-alerts", collectorRoleName: "…", emails: ["security@example.com"] })
 */
export class Alerts extends pulumi.ComponentResource {
  /** ARN of the topic, known once only those may publish who should. */
  readonly topicArn: pulumi.Output<string>;
  /** Key that encrypts the topic's messages. */
  readonly keyArn: pulumi.Output<string>;

  constructor(name: string, args: AlertsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("iam-credential-reports:index:Alerts", name, {}, opts);
    const child = { parent: this };
    const make = childMaker<AlertsChildren>(
      `Alerts ${name}`,
      ["key", "alias", "topic", "policy", "subscription", "permission"],
      args.transform,
    );
    const input = pulumi.output(providerContext(child)).apply((where) => ({
      ...where,
      collectorRoleName: args.collectorRoleName,
      collectorRolePath: args.collectorRolePath,
    }));
    const key = make(
      "key",
      aws.kms.Key,
      name,
      {
        description: "Encrypts what the collector of IAM credential reports publishes",
        enableKeyRotation: true,
        deletionWindowInDays: DELETION_WINDOW_DAYS,
        policy: input.apply((where) => JSON.stringify(alertsKeyPolicy(where))),
        tags: args.tags,
      },
      child,
    );
    make("alias", aws.kms.Alias, name, { name: `alias/${args.topicName}`, targetKeyId: key.keyId }, child);
    const topic = make(
      "topic",
      aws.sns.Topic,
      name,
      { name: args.topicName, displayName: "IAM credential reports", kmsMasterKeyId: key.arn, tags: args.tags },
      child,
    );
    const policy = make(
      "policy",
      aws.sns.TopicPolicy,
      name,
      {
        arn: topic.arn,
        policy: pulumi
          .all([input, topic.arn])
          .apply(([where, topicArn]) => JSON.stringify(alertsTopicPolicy({ ...where, topicArn }))),
      },
      child,
    );
    for (const email of args.emails) {
      make(
        "subscription",
        aws.sns.TopicSubscription,
        `${name}-${email}`,
        { topic: topic.arn, protocol: "email", endpoint: email },
        child,
      );
    }
    for (const endpoint of args.subscriptions ?? []) {
      const subscription = subscriptionOf(endpoint);
      if ("problem" in subscription) throw new Error(`Alerts ${name}: ${subscription.problem}`);
      const { protocol, region } = subscription;
      const permission =
        protocol === "lambda"
          ? make(
              "permission",
              aws.lambda.Permission,
              `${name}-${endpoint}`,
              {
                statementId: args.topicName,
                action: "lambda:InvokeFunction",
                function: endpoint,
                principal: "sns.amazonaws.com",
                sourceArn: topic.arn,
                region,
              },
              child,
            )
          : undefined;
      make(
        "subscription",
        aws.sns.TopicSubscription,
        `${name}-${endpoint}`,
        { topic: topic.arn, protocol, endpoint },
        { ...child, ...(permission && { dependsOn: [permission] }) },
      );
    }
    this.topicArn = pulumi.all([topic.arn, policy.id]).apply(([arn]) => arn);
    this.keyArn = key.arn;
    this.registerOutputs({ topicArn: this.topicArn, keyArn: this.keyArn });
  }
}
