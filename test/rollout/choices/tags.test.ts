import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { ConfigurationError } from "../../../rollout/errors";
import { readSettings } from "../../../rollout/configuration/settings";
import { STACK_TAG } from "../../../rollout/configuration/tags";
import { deployedStack, EXAMPLE_STACKS } from "../../support/deployedStacks";
import type { Registered } from "../../support/pulumiMocks";

const TAGS = { "cost-center": "4711", "Data Owner": "audit@example.com" };
const MODULES = path.join(__dirname, "../../../node_modules/@pulumi");

/** Whether the plug-in's own declarations know of tags, as in `aws:kms/key:Key` → aws/kms/key.d.ts. */
function taggable(type: string): boolean {
  const [plugin = "", module = "", name = ""] = type.split(":");
  const file = name[0]?.toLowerCase() + name.slice(1);
  const found = [path.join(plugin, module), path.join(plugin, module, file)]
    .map((each) => path.join(MODULES, `${each}.d.ts`))
    .find(existsSync);
  if (found === undefined) throw new Error(`no declarations of ${type}`);
  return /^ {4}tags\?: pulumi\.Input</m.test(readFileSync(found, "utf8"));
}

function tagsOf({ inputs: { tags } }: Registered): unknown {
  return Array.isArray(tags)
    ? Object.fromEntries((tags as { key: string; value: string }[]).map(({ key, value }) => [key, value]))
    : tags;
}

describe("tags", () => {
  for (const stack of EXAMPLE_STACKS) {
    it(`are on everything of stack ${stack} that can carry tags, beside the project's own`, async () => {
      const resources = await deployedStack(stack, { config: { tags: JSON.stringify(TAGS) } });
      const custom = resources.filter(({ type }) => /^aws(-native)?:/.test(type));
      const carrying = custom.filter(({ type }) => taggable(type));
      expect(carrying.map(({ type }) => type)).not.to.deep.equal([]);
      for (const resource of carrying) {
        expect(tagsOf(resource), resource.type).to.deep.equal({ ...TAGS, [STACK_TAG]: stack });
      }
    });
  }

  it("are on the roles that the StackSet makes", async () => {
    const resources = await deployedStack("management", { config: { tags: JSON.stringify(TAGS) } });
    const stackSet = resources.find(({ type }) => type.endsWith(":StackSet"));
    const template = JSON.parse(String(stackSet?.inputs["templateBody"])) as {
      Resources: { MemberRole: { Properties: { Tags: { Key: string; Value: string }[] } } };
    };
    expect(template.Resources.MemberRole.Properties.Tags).to.deep.equal(
      Object.entries({ ...TAGS, [STACK_TAG]: "management" }).map(([Key, Value]) => ({ Key, Value })),
    );
  });
});

describe("tags that are configured", () => {
  const problem = (tags: unknown): string => {
    try {
      readSettings("member-444455556666", "member", { managementAccountId: "111122223333", tags });
      return "";
    } catch (error) {
      expect(error).to.be.instanceOf(ConfigurationError);
      return (error as Error).message;
    }
  };
  const many = (count: number): object =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`key-${n}`, "v"]));

  it("may hold what AWS takes, as YAML or as text", () => {
    for (const tags of [TAGS, JSON.stringify(TAGS), many(49), { ["k".repeat(128)]: "v".repeat(256), Größe: "" }, {}]) {
      expect(problem(tags)).to.equal("");
    }
  });

  for (const [why, tags, expected] of [
    ["too many", many(50), "there are 50 of them, and AWS takes 49 beside the project's own"],
    ["an empty key", { "": "v" }, 'the key "" has 0 characters'],
    ["a long key", { ["k".repeat(129)]: "v" }, "has 129 characters, not 1 to 128"],
    ["a long value", { key: "v".repeat(257) }, 'the value of "key" has 257 characters'],
    ["a reserved prefix", { "AWS:owner": "v" }, "begins with aws:, which is reserved"],
    ["the project's own key", { [STACK_TAG]: "v" }, "is the project's own"],
    ["a character in a key", { "a<b": "v" }, 'the key "a<b" has characters other than'],
    ["a character in a value", { a: "x\ny" }, 'of "a" has characters other than'],
    ["keys that differ in case", { Owner: "a", owner: "b" }, "Owner, owner differ in case only"],
    ["a number", { room: 12 }, "must be texts by key (quote numbers in YAML)"],
    ["a list", ["a"], "must be texts by key"],
  ] as const) {
    it(`are refused for ${why}`, () => {
      expect(problem(tags)).to.contain("tags: ").and.to.contain(expected);
    });
  }
});
