import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { MemberRole, type MemberRoleArgs, type MemberRoleChildren } from "../../components/memberRole";
import type { Transforms } from "../../components/transform";
import { COMPONENTS, type ComponentCase } from "../support/everyComponent";
import { mockPulumi, only, settled, type Registered } from "../support/pulumiMocks";

const OURS = "iam-credential-reports:";
const ROLE = "aws:iam/role:Role";
const POLICY = "aws:iam/rolePolicy:RolePolicy";
const CHANGED = "changed by the user";

/** What a component registers, itself first. */
async function registeredBy(make: () => unknown): Promise<Registered[]> {
  const registered = mockPulumi({ accountId: "111122223333" });
  make();
  await settled();
  return registered;
}

/**
 * Transforms that know every member, note for which they are asked each time a child is made, and change its first argument.
 *
 * @param within Member of an outer component whose child is the component
 */
function changeEverything(asked: string[], within = ""): object {
  const change = (member: string) => (args: object) => {
    asked.push(within + member);
    const [first = ""] = Object.keys(args);
    // of a child that is a component, the children
    return { [first]: CHANGED, ...(member === "results" && { transform: changeEverything(asked, `${member}.`) }) };
  };
  return new Proxy({}, { get: (_, member) => change(String(member)) });
}

function membersOf({ make }: ComponentCase): string[] {
  mockPulumi();
  try {
    make({ noSuchChild: {} });
  } catch (error) {
    const [, members = ""] = /has no member noSuchChild, only (.*)$/.exec((error as Error).message) ?? [];
    return members.split(", ");
  }
  throw new Error("took a transform of no child");
}

describe("transforms of components", () => {
  it("are proven for every component that there is", () => {
    const folder = path.resolve(__dirname, "../../components");
    const classes = readdirSync(folder).flatMap((file) =>
      Array.from(
        readFileSync(path.join(folder, file), "utf8").matchAll(
          /^export class (\w+) extends pulumi\.ComponentResource/gm,
        ),
        ([, name]) => name,
      ),
    );
    expect(COMPONENTS.map(({ component }) => component)).to.have.members(classes);
  });

  for (const example of COMPONENTS) {
    describe(example.component, () => {
      const asked: string[] = [];
      let ours: Registered[];
      let theirs: Registered[];

      before(async () => {
        ours = await registeredBy(() => example.make());
        theirs = await registeredBy(() => example.make(changeEverything(asked)));
      });

      it("reach each child that it makes", () => {
        const [, ...children] = theirs;
        expect(theirs, "as many as without").to.have.length(ours.length);
        expect(asked, `one asked for each of ${children.map(({ type }) => type).join()}`).to.have.length(
          children.length,
        );
        const unchanged = children
          .filter(({ type }) => !type.startsWith(OURS))
          .filter(({ inputs }) => !Object.values(inputs).includes(CHANGED));
        expect(unchanged, "children whose arguments stayed").to.deep.equal([]);
      });

      it("are taken for the children that it makes, and for no others", () => {
        const own = new Set(asked.filter((member) => !member.includes(".")));
        expect(membersOf(example)).to.have.members([...own]);
      });

      it("leave every child as it is where they change nothing", async () => {
        const noChange = membersOf(example).map((member, index) => [member, index % 2 ? {} : () => undefined]);
        const same = await registeredBy(() => example.make(Object.fromEntries(noChange) as object));
        // as text, because archives hold promises
        expect(same.map((child) => JSON.stringify(child))).to.deep.equal(ours.map((child) => JSON.stringify(child)));
      });
    });
  }
});

describe("a transform", () => {
  const ARGS: MemberRoleArgs = {
    roleName: "member",
    collectorAccountId: "111122223333",
    collectorRoleName: "collector",
    tags: { team: "platform" },
  };
  const made = async (transform: Transforms<MemberRoleChildren>): Promise<Registered[]> =>
    registeredBy(() => new MemberRole("member-role", { ...ARGS, transform }));
  const refused = (transform: unknown): string => {
    mockPulumi();
    try {
      new MemberRole("member-role", { ...ARGS, transform: transform as Transforms<MemberRoleChildren> });
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };

  it("as an object is laid over the component's arguments, each as a whole", async () => {
    const role = only(await made({ role: { description: "Audit", tags: { team: "audit" } } }), ROLE);
    expect(role).to.deep.include({ name: "member", description: "Audit", tags: { team: "audit" } });
    expect(role["assumeRolePolicy"]).to.be.a("string");
  });

  it("takes an argument away by giving undefined for it", async () => {
    expect(only(await made({ role: { tags: undefined } }), ROLE)).not.to.have.property("tags");
  });

  it("gives arguments that are known later", async () => {
    const description = pulumi.output(Promise.resolve("Audit"));
    expect(only(await made({ role: { description } }), ROLE)).to.include({ description: "Audit" });
  });

  it("as a function sees the arguments that the component would give, and may change them", async () => {
    const seen: unknown[] = [];
    const registered = await made({
      role: (args, _, name) => {
        seen.push(name, args.name, pulumi.Output.isInstance(args.assumeRolePolicy));
        args.path = "/audit/";
      },
    });
    expect(seen).to.deep.equal(["member-role", "member", true]);
    expect(only(registered, ROLE)).to.include({ name: "member", path: "/audit/" });
  });

  it("as a function may give arguments to lay over, and loses none that it does not name", async () => {
    const registered = await made({
      policy: ({ policy }) => ({ policy: pulumi.interpolate`${policy}\n` }),
    });
    expect(only(registered, POLICY)["policy"]).to.match(/^\{"Version".*\}\n$/);
    expect(only(registered, POLICY)).to.include({ role: "member" });
  });

  it("as a function may change the child's options, and nobody else's", async () => {
    const seen: unknown[] = [];
    await made({
      role: (_, opts) => {
        opts.protect = true;
      },
      policy: (_, opts) => void seen.push(opts.protect, opts.parent instanceof MemberRole),
    });
    expect(seen).to.deep.equal([undefined, true]);
  });

  it("for a child that there is not is refused by the compiler, and by name without one", () => {
    // @ts-expect-error -- the compiler has to find it
    const mistyped: Transforms<MemberRoleChildren> = { polcy: { name: "other" } };
    expect(refused(mistyped)).to.equal("MemberRole member-role: transform has no member polcy, only role, policy");
    // @ts-expect-error -- the compiler has to find it
    const noArgument: Transforms<MemberRoleChildren> = { role: { descripton: "Audit" } };
    expect(noArgument).to.be.an("object");
  });

  it("is neither a text, nor a list, nor something that is known later", () => {
    const message = "MemberRole member-role: transform.role must be an object of arguments, or a function";
    for (const role of ["Audit", 7, null, [{}], Promise.resolve({}), pulumi.output({})]) {
      expect(refused({ role })).to.equal(message);
    }
    expect(refused([])).to.match(/transform must be an object with any of role, policy$/);
  });

  it("cannot be asynchronous, and says what can", () => {
    expect(refused({ role: () => Promise.resolve({ description: "Audit" }) })).to.match(
      /^MemberRole member-role: transform\.role must return .* cannot be asynchronous, but an argument may be an Output/,
    );
  });
});
