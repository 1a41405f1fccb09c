import {
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
  paginateListAliases,
  type KeySpec,
  type KeyUsageType,
  type Tag,
} from "@aws-sdk/client-kms";
import { sameIdOrArn, samePolicy, tagChanges } from "./compare";
import { orNothing } from "./errors";
import type { ResourceType, Tags } from "./types";

type KeyInputs = {
  description?: string;
  policy?: string;
  enableKeyRotation?: boolean;
  rotationPeriodInDays?: number;
  isEnabled?: boolean;
  multiRegion?: boolean;
  customerMasterKeySpec?: string;
  keyUsage?: string;
  deletionWindowInDays?: number;
  bypassPolicyLockoutSafetyCheck?: boolean;
};

/** A KMS key. Deleting it starts its waiting period: a key in that period counts as gone. */
export const key: ResourceType<KeyInputs> = {
  properties: {
    description: {},
    policy: { same: samePolicy },
    enableKeyRotation: { fallback: false },
    rotationPeriodInDays: {},
    isEnabled: { fallback: true },
    multiRegion: { fallback: false, replaces: true },
    customerMasterKeySpec: { fallback: "SYMMETRIC_DEFAULT", replaces: true },
    keyUsage: { fallback: "ENCRYPT_DECRYPT", replaces: true },
    deletionWindowInDays: {},
    bypassPolicyLockoutSafetyCheck: {},
  },
  regional: true,
  tagged: true,
  identity: [],
  computed: ["arn", "keyId"],

  async create(aws, inputs) {
    const answer = await aws.kms.send(
      new CreateKeyCommand({
        Description: inputs.description,
        Policy: inputs.policy,
        MultiRegion: inputs.multiRegion,
        KeySpec: inputs.customerMasterKeySpec as KeySpec | undefined,
        KeyUsage: inputs.keyUsage as KeyUsageType | undefined,
        BypassPolicyLockoutSafetyCheck: inputs.bypassPolicyLockoutSafetyCheck,
        Tags: tagList(inputs.tags),
      }),
    );
    return answer.KeyMetadata?.KeyId ?? "";
  },

  async configure(aws, id, inputs, before) {
    const KeyId = id;
    if (inputs.enableKeyRotation) {
      await aws.kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: inputs.rotationPeriodInDays }));
    } else if (before?.enableKeyRotation) {
      await aws.kms.send(new DisableKeyRotationCommand({ KeyId }));
    }
    const enabled = inputs.isEnabled ?? true;
    if (enabled !== (before?.isEnabled ?? true)) {
      await aws.kms.send(enabled ? new EnableKeyCommand({ KeyId }) : new DisableKeyCommand({ KeyId }));
    }
    if (!before) return;
    if (inputs.description !== undefined && inputs.description !== before.description) {
      await aws.kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: inputs.description }));
    }
    if (inputs.policy !== undefined && !samePolicy(inputs.policy, before.policy ?? null)) {
      await aws.kms.send(new PutKeyPolicyCommand({ KeyId, PolicyName: "default", Policy: inputs.policy }));
    }
    const { set, remove } = tagChanges(before.tags ?? {}, inputs.tags ?? {});
    if (remove.length > 0) await aws.kms.send(new UntagResourceCommand({ KeyId, TagKeys: remove }));
    if (Object.keys(set).length > 0) await aws.kms.send(new TagResourceCommand({ KeyId, Tags: tagList(set) }));
  },

  async read(aws, id) {
    const described = await orNothing(aws.kms.send(new DescribeKeyCommand({ KeyId: id })));
    const metadata = described?.KeyMetadata;
    if (!metadata || metadata.KeyState === "PendingDeletion") return undefined;
    const [policy, rotation, tags] = await Promise.all([
      aws.kms.send(new GetKeyPolicyCommand({ KeyId: id, PolicyName: "default" })),
      aws.kms.send(new GetKeyRotationStatusCommand({ KeyId: id })),
      aws.kms.send(new ListResourceTagsCommand({ KeyId: id })),
    ]);
    return {
      arn: metadata.Arn,
      keyId: metadata.KeyId,
      description: metadata.Description ?? "",
      policy: policy.Policy,
      enableKeyRotation: rotation.KeyRotationEnabled ?? false,
      ...(rotation.RotationPeriodInDays === undefined ? {} : { rotationPeriodInDays: rotation.RotationPeriodInDays }),
      isEnabled: metadata.Enabled ?? true,
      multiRegion: metadata.MultiRegion ?? false,
      customerMasterKeySpec: metadata.KeySpec ?? "SYMMETRIC_DEFAULT",
      keyUsage: metadata.KeyUsage ?? "ENCRYPT_DECRYPT",
      tags: Object.fromEntries((tags.Tags ?? []).map((tag) => [tag.TagKey ?? "", tag.TagValue ?? ""])),
    };
  },

  async delete(aws, id, recorded) {
    await aws.kms.send(
      new ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays: recorded.deletionWindowInDays ?? 30 }),
    );
  },
};

type AliasInputs = { name?: string; targetKeyId: string };

/** A name for a KMS key. */
export const alias: ResourceType<AliasInputs> = {
  properties: {
    name: { replaces: true },
    targetKeyId: { required: true, same: sameIdOrArn },
  },
  regional: true,
  tagged: false,
  identity: ["name"],
  computed: ["arn", "targetKeyArn"],
  volatile: ["targetKeyArn"],

  async create(aws, { name, targetKeyId }) {
    if (!name?.startsWith("alias/")) throw new Error(`the name of an alias begins with "alias/": got "${name ?? ""}"`);
    await aws.kms.send(new CreateAliasCommand({ AliasName: name, TargetKeyId: targetKeyId }));
    return name;
  },

  async configure(aws, id, inputs, before) {
    if (before) await aws.kms.send(new UpdateAliasCommand({ AliasName: id, TargetKeyId: inputs.targetKeyId }));
  },

  async read(aws, id) {
    for await (const page of paginateListAliases({ client: aws.kms }, {})) {
      const found = page.Aliases?.find((entry) => entry.AliasName === id);
      if (!found) continue;
      const arn = found.AliasArn ?? "";
      return {
        arn,
        name: id,
        targetKeyId: found.TargetKeyId,
        targetKeyArn: arn.replace(id, `key/${found.TargetKeyId}`),
      };
    }
    return undefined;
  },

  async delete(aws, id) {
    await aws.kms.send(new DeleteAliasCommand({ AliasName: id }));
  },
};

function tagList(tags: Tags = {}): Tag[] {
  return Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
}
