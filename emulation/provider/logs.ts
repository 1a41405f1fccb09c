import {
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DeleteRetentionPolicyCommand,
  ListTagsForResourceCommand,
  PutRetentionPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
  paginateDescribeLogGroups,
  type LogGroup,
} from "@aws-sdk/client-cloudwatch-logs";
import type { Aws } from "./clients";
import { tagChanges } from "./compare";
import type { ResourceType } from "./types";

type LogGroupInputs = { name?: string; retentionInDays?: number; kmsKeyId?: string; skipDestroy?: boolean };

/** A log group; retention 0 keeps for ever. */
export const logGroup: ResourceType<LogGroupInputs> = {
  properties: {
    name: { replaces: true },
    retentionInDays: { fallback: 0 },
    kmsKeyId: { replaces: true },
    skipDestroy: { fallback: false },
  },
  regional: true,
  tagged: true,
  identity: ["name"],
  naming: { property: "name", maxLength: 512 },
  computed: ["arn"],

  async create(aws, inputs) {
    const logGroupName = inputs.name ?? "";
    await aws.logs.send(new CreateLogGroupCommand({ logGroupName, kmsKeyId: inputs.kmsKeyId, tags: inputs.tags }));
    return logGroupName;
  },

  async configure(aws, logGroupName, inputs, before) {
    const { retentionInDays = 0 } = inputs;
    if (retentionInDays !== (before?.retentionInDays ?? 0)) {
      await (retentionInDays > 0
        ? aws.logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays }))
        : aws.logs.send(new DeleteRetentionPolicyCommand({ logGroupName })));
    }
    if (!before) return;
    const { set, remove } = tagChanges(before.tags ?? {}, inputs.tags ?? {});
    const resourceArn = groupArn(await find(aws, logGroupName));
    if (remove.length > 0) await aws.logs.send(new UntagResourceCommand({ resourceArn, tagKeys: remove }));
    if (Object.keys(set).length > 0) await aws.logs.send(new TagResourceCommand({ resourceArn, tags: set }));
  },

  async read(aws, id) {
    const found = await find(aws, id);
    if (!found) return undefined;
    const arn = groupArn(found);
    const { tags } = await aws.logs.send(new ListTagsForResourceCommand({ resourceArn: arn }));
    return {
      arn,
      name: id,
      retentionInDays: found.retentionInDays ?? 0,
      kmsKeyId: found.kmsKeyId,
      tags: tags ?? {},
    };
  },

  async delete(aws, logGroupName, recorded) {
    if (!recorded.skipDestroy) await aws.logs.send(new DeleteLogGroupCommand({ logGroupName }));
  },
};

async function find(aws: Aws, name: string): Promise<LogGroup | undefined> {
  for await (const page of paginateDescribeLogGroups({ client: aws.logs }, { logGroupNamePrefix: name })) {
    const found = page.logGroups?.find((group) => group.logGroupName === name);
    if (found) return found;
  }
  return undefined;
}

/** The ARN as policies and tags take it; the API's older form ends in `:*`. */
function groupArn(group: LogGroup | undefined): string {
  return (group?.logGroupArn ?? group?.arn ?? "").replace(/:\*$/, "");
}
