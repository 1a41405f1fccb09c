import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  SetTopicAttributesCommand,
  SubscribeCommand,
  TagResourceCommand,
  UnsubscribeCommand,
  UntagResourceCommand,
  type Tag,
} from "@aws-sdk/client-sns";
import type { Aws } from "./clients";
import { sameIdOrArn, samePolicy, tagChanges } from "./compare";
import { orNothing } from "./errors";
import type { ResourceType, Tags } from "./types";

type TopicInputs = { name?: string; displayName?: string; kmsMasterKeyId?: string };

/** A topic; its id is its ARN. */
export const topic: ResourceType<TopicInputs> = {
  properties: {
    name: { replaces: true },
    displayName: { fallback: "" },
    kmsMasterKeyId: { fallback: "", same: sameIdOrArn },
  },
  regional: true,
  tagged: true,
  identity: ["name"],
  naming: { property: "name", maxLength: 256 },
  computed: ["arn", "owner"],

  async create(aws, inputs) {
    const { TopicArn } = await aws.sns.send(
      new CreateTopicCommand({
        Name: inputs.name,
        Attributes: {
          ...(inputs.displayName && { DisplayName: inputs.displayName }),
          ...(inputs.kmsMasterKeyId && { KmsMasterKeyId: inputs.kmsMasterKeyId }),
        },
        Tags: tagList(inputs.tags),
      }),
    );
    return TopicArn ?? "";
  },

  async configure(aws, TopicArn, inputs, before) {
    if (!before) return;
    const set = (AttributeName: string, AttributeValue = "") =>
      aws.sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue }));
    if (inputs.displayName !== before.displayName) await set("DisplayName", inputs.displayName);
    if (inputs.kmsMasterKeyId !== before.kmsMasterKeyId) await set("KmsMasterKeyId", inputs.kmsMasterKeyId);
    const { set: added, remove } = tagChanges(before.tags ?? {}, inputs.tags ?? {});
    if (remove.length > 0) await aws.sns.send(new UntagResourceCommand({ ResourceArn: TopicArn, TagKeys: remove }));
    if (Object.keys(added).length > 0) {
      await aws.sns.send(new TagResourceCommand({ ResourceArn: TopicArn, Tags: tagList(added) }));
    }
  },

  async read(aws, TopicArn) {
    const found = await attributesOf(aws, TopicArn);
    if (!found) return undefined;
    const { Tags } = await aws.sns.send(new ListTagsForResourceCommand({ ResourceArn: TopicArn }));
    return {
      arn: TopicArn,
      owner: found.Owner,
      name: TopicArn.split(":").at(-1),
      displayName: found.DisplayName ?? "",
      kmsMasterKeyId: found.KmsMasterKeyId ?? "",
      tags: Object.fromEntries((Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value])),
    };
  },

  async delete(aws, TopicArn) {
    await aws.sns.send(new DeleteTopicCommand({ TopicArn }));
  },
};

type TopicPolicyInputs = { arn: string; policy: string };

/** The policy of a topic; its id is the topic's ARN. */
export const topicPolicy: ResourceType<TopicPolicyInputs> = {
  properties: {
    arn: { required: true, replaces: true },
    policy: { required: true, same: samePolicy },
  },
  regional: true,
  tagged: false,
  identity: ["arn"],
  computed: ["owner"],

  async create(aws, { arn, policy }) {
    await setPolicy(aws, arn, policy);
    return arn;
  },

  async configure(aws, id, { policy }, before) {
    if (before) await setPolicy(aws, id, policy);
  },

  async read(aws, id) {
    const found = await attributesOf(aws, id);
    return found && { arn: id, owner: found.Owner, policy: found.Policy };
  },

  /** A topic is never without a policy: what is left is AWS's own, in which the owner's principals alone have rights. */
  async delete(aws, id) {
    const statement = {
      Sid: "__default_statement_ID",
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: ["SNS:Publish", "SNS:Subscribe"],
      Resource: id,
      Condition: { StringEquals: { "AWS:SourceOwner": aws.caller.accountId } },
    };
    await setPolicy(aws, id, JSON.stringify({ Version: "2008-10-17", Statement: [statement] }));
  },
};

async function setPolicy(aws: Aws, TopicArn: string, AttributeValue: string): Promise<void> {
  await aws.sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: "Policy", AttributeValue }));
}

type SubscriptionInputs = { topic: string; protocol: string; endpoint: string; subscriptionRoleArn?: string };

/** A subscription; its id is its ARN, which AWS gives before the subscriber has confirmed as well. */
export const topicSubscription: ResourceType<SubscriptionInputs> = {
  properties: {
    topic: { required: true, replaces: true },
    protocol: { required: true, replaces: true },
    endpoint: { required: true, replaces: true },
    subscriptionRoleArn: { fallback: "", replaces: true },
  },
  regional: true,
  tagged: false,
  identity: ["topic", "protocol", "endpoint"],
  computed: ["arn", "ownerId", "pendingConfirmation"],
  volatile: ["pendingConfirmation"],

  async create(aws, { topic: TopicArn, protocol: Protocol, endpoint: Endpoint, subscriptionRoleArn }) {
    const request = new SubscribeCommand({
      TopicArn,
      Protocol,
      Endpoint,
      ReturnSubscriptionArn: true,
      ...(subscriptionRoleArn && { Attributes: { SubscriptionRoleArn: subscriptionRoleArn } }),
    });
    return (await aws.sns.send(request)).SubscriptionArn ?? "";
  },

  async read(aws, SubscriptionArn) {
    const answer = await orNothing(aws.sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn })));
    const found = answer?.Attributes;
    return (
      found && {
        arn: SubscriptionArn,
        ownerId: found.Owner,
        pendingConfirmation: found.PendingConfirmation === "true",
        topic: found.TopicArn,
        protocol: found.Protocol,
        endpoint: found.Endpoint,
        subscriptionRoleArn: found.SubscriptionRoleArn ?? "",
      }
    );
  },

  async delete(aws, SubscriptionArn) {
    await aws.sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  },
};

async function attributesOf(aws: Aws, TopicArn: string): Promise<Record<string, string> | undefined> {
  return (await orNothing(aws.sns.send(new GetTopicAttributesCommand({ TopicArn }))))?.Attributes;
}

function tagList(tags: Tags = {}): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
