import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ListQueueTagsCommand,
  SetQueueAttributesCommand,
  TagQueueCommand,
  UntagQueueCommand,
  type QueueAttributeName,
} from "@aws-sdk/client-sqs";
import type { Aws } from "./clients";
import { sameDocument, samePolicy, tagChanges } from "./compare";
import { orNothing } from "./errors";
import type { ResourceType } from "./types";

type QueueInputs = {
  name?: string;
  messageRetentionSeconds?: number;
  visibilityTimeoutSeconds?: number;
  delaySeconds?: number;
  sqsManagedSseEnabled?: boolean;
  kmsMasterKeyId?: string;
  redrivePolicy?: string;
};

/** How AWS calls what Pulumi calls otherwise, and what it takes where nothing is said. Values are text on the way. */
const ATTRIBUTES = {
  messageRetentionSeconds: ["MessageRetentionPeriod", 345_600],
  visibilityTimeoutSeconds: ["VisibilityTimeout", 30],
  delaySeconds: ["DelaySeconds", 0],
  sqsManagedSseEnabled: ["SqsManagedSseEnabled", true],
  kmsMasterKeyId: ["KmsMasterKeyId", ""],
  redrivePolicy: ["RedrivePolicy", ""],
} as const satisfies Partial<Record<keyof QueueInputs, readonly [QueueAttributeName, string | number | boolean]>>;

/** A queue; its id is its URL. */
export const queue: ResourceType<QueueInputs> = {
  properties: {
    name: { replaces: true },
    messageRetentionSeconds: { fallback: 345_600 },
    visibilityTimeoutSeconds: { fallback: 30 },
    delaySeconds: { fallback: 0 },
    sqsManagedSseEnabled: { fallback: true },
    kmsMasterKeyId: { fallback: "" },
    redrivePolicy: { fallback: "", same: sameDocument },
  },
  regional: true,
  tagged: true,
  identity: ["name"],
  naming: { property: "name", maxLength: 80 },
  computed: ["arn", "url"],

  async create(aws, inputs) {
    const request = new CreateQueueCommand({
      QueueName: inputs.name,
      Attributes: Object.fromEntries(Object.entries(attributesOf(inputs)).filter(([, value]) => value !== "")),
      tags: inputs.tags ?? {},
    });
    return (await aws.sqs.send(request)).QueueUrl ?? "";
  },

  async configure(aws, QueueUrl, inputs, before) {
    if (!before) return;
    const were = attributesOf(before);
    const Attributes = Object.fromEntries(
      Object.entries(attributesOf(inputs)).filter(([name, value]) => were[name] !== value),
    );
    if (Object.keys(Attributes).length > 0) {
      await aws.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
    }
    const { set, remove } = tagChanges(before.tags ?? {}, inputs.tags ?? {});
    if (remove.length > 0) await aws.sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: remove }));
    if (Object.keys(set).length > 0) await aws.sqs.send(new TagQueueCommand({ QueueUrl, Tags: set }));
  },

  async read(aws, QueueUrl) {
    const found = await attributes(aws, QueueUrl);
    if (!found) return undefined;
    const { Tags } = await aws.sqs.send(new ListQueueTagsCommand({ QueueUrl }));
    return {
      name: QueueUrl.split("/").at(-1),
      url: QueueUrl,
      arn: found.QueueArn,
      messageRetentionSeconds: Number(found.MessageRetentionPeriod),
      visibilityTimeoutSeconds: Number(found.VisibilityTimeout),
      delaySeconds: Number(found.DelaySeconds),
      sqsManagedSseEnabled: found.SqsManagedSseEnabled !== "false",
      kmsMasterKeyId: found.KmsMasterKeyId ?? "",
      redrivePolicy: found.RedrivePolicy ?? "",
      tags: Tags ?? {},
    };
  },

  async delete(aws, QueueUrl) {
    await aws.sqs.send(new DeleteQueueCommand({ QueueUrl }));
  },
};

function attributesOf(inputs: QueueInputs): Record<string, string> {
  return Object.fromEntries(
    Object.entries(ATTRIBUTES).map(([property, [attribute, fallback]]) => {
      return [attribute, String(inputs[property as keyof typeof ATTRIBUTES] ?? fallback)];
    }),
  );
}

type QueuePolicyInputs = { queueUrl: string; policy: string };

/** The policy of a queue; its id is the queue's URL. */
export const queuePolicy: ResourceType<QueuePolicyInputs> = {
  properties: {
    queueUrl: { required: true, replaces: true },
    policy: { required: true, same: samePolicy },
  },
  regional: true,
  tagged: false,
  identity: ["queueUrl"],
  computed: [],

  async create(aws, { queueUrl, policy }) {
    await setPolicy(aws, queueUrl, policy);
    return queueUrl;
  },

  async configure(aws, id, { policy }, before) {
    if (before) await setPolicy(aws, id, policy);
  },

  async read(aws, id) {
    const found = await attributes(aws, id);
    return found?.Policy ? { queueUrl: id, policy: found.Policy } : undefined;
  },

  async delete(aws, id) {
    await setPolicy(aws, id, "");
  },
};

async function setPolicy(aws: Aws, QueueUrl: string, Policy: string): Promise<void> {
  await aws.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
}

async function attributes(aws: Aws, QueueUrl: string): Promise<Record<string, string> | undefined> {
  const request = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] });
  const answer = await orNothing(aws.sqs.send(request));
  return answer && (answer.Attributes ?? {});
}
