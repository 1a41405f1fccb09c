import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  type Tag,
} from "@aws-sdk/client-iam";
import type { Aws } from "./clients";
import { samePolicy, tagChanges } from "./compare";
import { orNothing } from "./errors";
import type { ResourceType, Tags } from "./types";

type RoleInputs = {
  name?: string;
  assumeRolePolicy: string;
  description?: string;
  maxSessionDuration?: number;
  path?: string;
  permissionsBoundary?: string;
};

/** An IAM role. Its rights are `RolePolicy` resources. */
export const role: ResourceType<RoleInputs> = {
  properties: {
    name: { replaces: true },
    assumeRolePolicy: { required: true, same: samePolicy },
    description: { fallback: "" },
    maxSessionDuration: { fallback: 3600 },
    path: { fallback: "/", replaces: true },
    permissionsBoundary: { fallback: "" },
  },
  regional: false,
  tagged: true,
  identity: ["name"],
  naming: { property: "name", maxLength: 64 },
  computed: ["arn", "uniqueId", "createDate"],

  async create(aws, inputs) {
    const RoleName = inputs.name ?? "";
    await aws.iam.send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: inputs.assumeRolePolicy,
        Description: inputs.description,
        MaxSessionDuration: inputs.maxSessionDuration,
        Path: inputs.path,
        PermissionsBoundary: inputs.permissionsBoundary || undefined,
        Tags: tagList(inputs.tags),
      }),
    );
    return RoleName;
  },

  async configure(aws, RoleName, inputs, before) {
    if (!before) return;
    if (!samePolicy(inputs.assumeRolePolicy, before.assumeRolePolicy)) {
      await aws.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: inputs.assumeRolePolicy }));
    }
    await aws.iam.send(
      new UpdateRoleCommand({
        RoleName,
        Description: inputs.description ?? "",
        MaxSessionDuration: inputs.maxSessionDuration ?? 3600,
      }),
    );
    if (inputs.permissionsBoundary) {
      const PermissionsBoundary = inputs.permissionsBoundary;
      await aws.iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }));
    } else if (before.permissionsBoundary) {
      await aws.iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
    }
    const { set, remove } = tagChanges(before.tags ?? {}, inputs.tags ?? {});
    if (remove.length > 0) await aws.iam.send(new UntagRoleCommand({ RoleName, TagKeys: remove }));
    if (Object.keys(set).length > 0) await aws.iam.send(new TagRoleCommand({ RoleName, Tags: tagList(set) }));
  },

  async read(aws, RoleName) {
    const found = (await orNothing(aws.iam.send(new GetRoleCommand({ RoleName }))))?.Role;
    if (!found) return undefined;
    return {
      name: found.RoleName,
      arn: found.Arn,
      uniqueId: found.RoleId,
      createDate: found.CreateDate?.toISOString(),
      assumeRolePolicy: decodeURIComponent(found.AssumeRolePolicyDocument ?? ""),
      description: found.Description ?? "",
      maxSessionDuration: found.MaxSessionDuration ?? 3600,
      path: found.Path,
      permissionsBoundary: found.PermissionsBoundary?.PermissionsBoundaryArn,
      tags: Object.fromEntries((found.Tags ?? []).map((tag) => [tag.Key ?? "", tag.Value ?? ""])),
    };
  },

  async delete(aws, RoleName) {
    await aws.iam.send(new DeleteRoleCommand({ RoleName }));
  },
};

type RolePolicyInputs = { name?: string; role: string; policy: string };

/** An inline policy of a role; its id is `role:name`. */
export const rolePolicy: ResourceType<RolePolicyInputs> = {
  properties: {
    name: { replaces: true },
    role: { required: true, replaces: true },
    policy: { required: true, same: samePolicy },
  },
  regional: false,
  tagged: false,
  identity: ["role", "name"],
  naming: { property: "name", maxLength: 128 },
  computed: [],

  async create(aws, inputs) {
    await putPolicy(aws, inputs);
    return `${inputs.role}:${inputs.name}`;
  },

  async configure(aws, _id, inputs, before) {
    if (before) await putPolicy(aws, inputs);
  },

  async read(aws, id) {
    const names = rolePolicyNames(id);
    const found = await orNothing(aws.iam.send(new GetRolePolicyCommand(names)));
    return (
      found && {
        role: names.RoleName,
        name: names.PolicyName,
        policy: decodeURIComponent(found.PolicyDocument ?? ""),
      }
    );
  },

  async delete(aws, id) {
    await aws.iam.send(new DeleteRolePolicyCommand(rolePolicyNames(id)));
  },
};

async function putPolicy(aws: Aws, inputs: RolePolicyInputs): Promise<void> {
  await aws.iam.send(
    new PutRolePolicyCommand({ RoleName: inputs.role, PolicyName: inputs.name, PolicyDocument: inputs.policy }),
  );
}

function rolePolicyNames(id: string): { RoleName: string; PolicyName: string } {
  const [RoleName = "", PolicyName = ""] = id.split(":");
  return { RoleName, PolicyName };
}

function tagList(tags: Tags = {}): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
