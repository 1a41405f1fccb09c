import { expect } from "chai";
import { cfctTargets, needsTree, type TargetSettings } from "../../../rollout/cfct/targets";
import type { OrganizationalUnit, OrganizationTree } from "../../../runtime/organizationTree";

/** A tree of units by their names from below the root down. */
function treeOf(...paths: string[][]): OrganizationTree {
  const units: OrganizationalUnit[] = [{ id: "r-exam", path: "Root", parent: undefined }];
  for (const names of paths) {
    const path = ["Root", ...names].join("/");
    const above = ["Root", ...names.slice(0, -1)].join("/");
    units.push({ id: idOf(names), path, parent: units.find((unit) => unit.path === above) });
  }
  return { units, unitOf: () => undefined };
}

function idOf(names: readonly string[]): string {
  return `ou-exam-${Buffer.from(names.join("/")).toString("hex").padEnd(8, "0").slice(0, 32)}`;
}

const TREE = treeOf(
  ["Security"],
  ["Workloads"],
  ["Workloads", "Production"],
  ["Workloads", "Production", "Web"],
  ["Workloads", "Test"],
);
const SETTINGS: TargetSettings = { stackSetTargets: [], include: [], exclude: [] };
const targets = (settings: Partial<TargetSettings>, tree = TREE) => cfctTargets({ ...SETTINGS, ...settings }, tree);

describe("the targets of a manifest for CfCT", () => {
  it("are all accounts where nothing else is configured, and the organization is not asked for that", () => {
    expect(needsTree(SETTINGS)).to.equal(false);
    expect(cfctTargets(SETTINGS)).to.deep.equal({ units: ["Root"], accounts: [], notes: [] });
  });

  it("are the units of stackSetTargets by their names, with every unit below: CfCT takes only what is directly in one", () => {
    const found = targets({ stackSetTargets: [idOf(["Workloads"])] });
    expect(found.units).to.deep.equal([
      "Workloads",
      "Workloads:Production",
      "Workloads:Production:Web",
      "Workloads:Test",
    ]);
    expect(found.notes).to.deep.equal([
      "CfCT deploys to the accounts directly in each unit of the manifest: export again when units are added, renamed or moved",
    ]);
  });

  it("name a unit once, however many of those above it are configured", () => {
    const stackSetTargets = [idOf(["Workloads"]), idOf(["Workloads", "Test"])];
    expect(targets({ stackSetTargets }).units.filter((unit) => unit === "Workloads:Test")).to.have.length(1);
  });

  it("are all accounts where the root is configured", () => {
    expect(targets({ stackSetTargets: ["r-exam"] }).units).to.deep.equal(["Root"]);
    expect(targets({ include: ["Root"] }).units).to.deep.equal(["Root"]);
  });

  it("are the units and accounts of include where stackSetTargets is empty", () => {
    const include = ["Root/Workloads/Production", "222222222222", "111111111111", "222222222222"];
    expect(targets({ include })).to.deep.include({
      units: ["Workloads:Production", "Workloads:Production:Web"],
      accounts: ["111111111111", "222222222222"],
    });
    expect(targets({ include, stackSetTargets: [idOf(["Security"])] })).to.deep.include({
      units: ["Security"],
      accounts: [],
    });
  });

  it("are accounts alone without asking the organization", () => {
    expect(needsTree({ ...SETTINGS, include: ["222222222222"] })).to.equal(false);
    expect(cfctTargets({ ...SETTINGS, include: ["222222222222"] })).to.deep.equal({
      units: [],
      accounts: ["222222222222"],
      notes: [],
    });
  });

  it("are all accounts where include names tags, and it says so of exclude, too", () => {
    const found = targets({ include: ["tag:env=prod", "222222222222"], exclude: ["Root/Security"] });
    expect(found).to.deep.equal({
      units: ["Root"],
      accounts: [],
      notes: [
        "The role also goes to accounts that include, which names tags, and exclude would leave out; the collector does not ask them",
      ],
    });
  });

  it("refuses units that the organization does not have", () => {
    expect(() => targets({ stackSetTargets: ["ou-exam-12345678"] })).to.throw(
      /no unit ou-exam-12345678.*Nothing was written/,
    );
    expect(() => targets({ include: ["Root/Work"] })).to.throw("no unit Root/Work");
  });

  it("refuses units that CfCT has no words for", () => {
    const colon = treeOf(["Workloads"], ["Workloads", "Web: shops"]);
    expect(() => targets({ include: ["Root/Workloads"] }, colon)).to.throw(
      /cannot name the unit Root\/Workloads\/Web: shops/,
    );
    expect(() => targets({ include: ["Root/Root"] }, treeOf(["Root"]))).to.throw("Root means all accounts to it");
    expect(targets({ include: ["Root/A"] }, treeOf(["A"], ["A", "Root"])).units).to.deep.equal(["A", "A:Root"]);
  });

  it("takes a slash in a unit's name for what it is", () => {
    const tree = treeOf(["R&D"]);
    const slashed = { id: "ou-exam-slashed1", path: "Root/R&D/a/b", parent: tree.units[1] };
    const units = [...tree.units, slashed];
    expect(targets({ stackSetTargets: [slashed.id] }, { ...tree, units }).units).to.deep.equal(["R&D:a/b"]);
  });
});
