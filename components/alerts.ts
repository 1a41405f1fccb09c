import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { subscriptionOf } from "./alertSubscriptions";
import { alertsKeyPolicy, alertsTopicPolicy, streamPolicy, streamRoleName, streamTrustPolicy } from "./alertsPolicy";
import { boundaryArn } from "./permissionsBoundary";
import { providerContext } from "./providerContext";
import { childMaker, type MakeChild, type Transforms } from "./transform";

/** Children of {@link Alerts}, with their arguments. */
export interface AlertsChildren {
  key: aws.kms.KeyArgs;
  alias: aws.kms.AliasArgs;
  topic: aws.sns.TopicArgs;
  policy: aws.sns.TopicPolicyArgs;
  subscription: aws.sns.TopicSubscriptionArgs;
  permission: aws.lambda.PermissionArgs;
  streamRole: aws.iam.RoleArgs;
  streamPolicy: aws.iam.RolePolicyArgs;
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
   * Queues of SQS, functions of Lambda, streams of Data Firehose and endpoints of mobile applications that get every message, by ARN. A
   * function or a stream has to be of the topic's account: it gets the permission, or SNS the role, that it takes; the policy of a queue
   * (and of its key) is its owner's to change. None by default.
   */
  subscriptions?: readonly string[];
  /** Path of the role that is made for streams; `/` by default. @example "/security/" */
  rolePath?: pulumi.Input<string>;
  /** Permissions boundary of that role: name of a managed policy of the account, or ARN of one of AWS's own; none by default. @example "boundaries/audit" */
  permissionsBoundary?: pulumi.Input<string>;
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
      ["key", "alias", "topic", "policy", "subscription", "permission", "streamRole", "streamPolicy"],
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
    const subscribers = (args.subscriptions ?? []).map((endpoint) => {
      const known = subscriptionOf(endpoint);
      if ("problem" in known) throw new Error(`Alerts ${name}: ${known.problem}`);
      return { endpoint, ...known };
    });
    const streams = subscribers.filter(({ protocol }) => protocol === "firehose").map(({ endpoint }) => endpoint);
    const intoStreams = streams.length === 0 ? undefined : this.streamRole(name, streams, args, make);
    for (const { endpoint, protocol, region, target } of subscribers) {
      const permission =
        target &&
        make(
          "permission",
          aws.lambda.Permission,
          `${name}-${endpoint}`,
          {
            statementId: args.topicName,
            action: "lambda:InvokeFunction",
            function: target.functionArn,
            qualifier: target.qualifier,
            principal: "sns.amazonaws.com",
            sourceArn: topic.arn,
            region,
          },
          child,
        );
      make(
        "subscription",
        aws.sns.TopicSubscription,
        `${name}-${endpoint}`,
        {
          topic: topic.arn,
          protocol,
          endpoint,
          ...(protocol === "firehose" && { subscriptionRoleArn: intoStreams?.arn }),
        },
        { ...child, ...(permission && { dependsOn: [permission] }) },
      );
    }
    this.topicArn = pulumi.all([topic.arn, policy.id]).apply(([arn]) => arn);
    this.keyArn = key.arn;
    this.registerOutputs({ topicArn: this.topicArn, keyArn: this.keyArn });
  }

  /** The role that SNS assumes to put messages into streams; known once it may. */
  private streamRole(
    name: string,
    streams: readonly string[],
    args: AlertsArgs,
    make: MakeChild<AlertsChildren>,
  ): { arn: pulumi.Output<string> } {
    const child = { parent: this };
    const context = pulumi.output(providerContext(child));
    const role = make(
      "streamRole",
      aws.iam.Role,
      name,
      {
        name: streamRoleName(args.topicName),
        path: args.rolePath,
        permissionsBoundary: boundaryArn(context, args.permissionsBoundary),
        description: "Lets SNS put alerts on the collection of IAM credential reports into streams",
        assumeRolePolicy: context.apply(({ accountId }) => JSON.stringify(streamTrustPolicy(accountId))),
        tags: args.tags,
      },
      child,
    );
    const policy = make(
      "streamPolicy",
      aws.iam.RolePolicy,
      name,
      { name: "deliver", role: role.name, policy: JSON.stringify(streamPolicy(streams)) },
      child,
    );
    return { arn: pulumi.all([role.arn, policy.id]).apply(([arn]) => arn) };
  }
}
