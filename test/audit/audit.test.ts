import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { auditOf, type AuditPolicy, type Lock, type Verdict } from "../../audit/audit";
import {
  faultsIn,
  staleExceptions,
  type Advisory,
  type Installed,
  type Severity,
  type Where,
} from "../../audit/faults";
import { licenceProblems } from "../../audit/licences";
import { fromRegistry, fromSnapshot, knowledgeProblems, type Knowledge } from "../../audit/sources";
import policy from "../../audit/policy.json";
import type { BundledPackage, Composition } from "../../rollout/sbom/composition";
import { run } from "../support/commandLine";

const TODAY = "2026-11-23";
const LICENCES = { inFunction: ["MIT", "Apache-2.0"], asTools: ["MPL-2.0"], exceptions: {} };
const ADVISORY: Advisory = {
  id: "GHSA-aaaa-bbbb-cccc",
  package: "left",
  range: "<1.2.3",
  severity: "high",
  title: "It falls over",
  url: "https://github.com/advisories/GHSA-aaaa-bbbb-cccc",
};

const installed = (where: Where, version = "1.0.0"): Installed => ({ name: "left", version, where });
const verdicts = (where: Where, severity: Severity): string[] =>
  faultsIn([installed(where)], [{ ...ADVISORY, severity }], [], TODAY).map(({ verdict }) => verdict);

describe("the audit of licences", () => {
  const of = (licence: string, where: "function" | "tool", more: Partial<typeof LICENCES> = {}): string[] => {
    const one = { package: "@scope/left@1.0.0", licence };
    return licenceProblems([one], where === "function" ? [one] : [], { ...LICENCES, ...more });
  };

  it("takes what can be used under a licence of the list, alone, or as a choice, and asks for all that have to be met together", () => {
    for (const licence of ["MIT", "(GPL-3.0-only OR MIT)", "(MIT AND Apache-2.0)"]) {
      expect(of(licence, "function"), licence).to.deep.equal([]);
    }
    expect(of("(MIT AND GPL-3.0-only)", "function")).not.to.deep.equal([]);
  });

  it("is stricter in the function than for tools", () => {
    expect(of("MPL-2.0", "tool")).to.deep.equal([]);
    expect(of("MPL-2.0", "function")).to.have.length(1);
  });

  it("names package, licence and what to do where it is not taken, not known, or not said", () => {
    expect(of("AGPL-3.0-or-later", "tool")[0]).to.match(
      /^@scope\/left@1\.0\.0: AGPL-3\.0-or-later is not .*policy\.json/,
    );
    expect(of("SEE LICENSE IN LICENSE", "tool")[0]).to.contain("is no SPDX expression");
    expect(of("", "tool")[0]).to.contain("names no licence");
  });

  it("takes an exception for the very licence that was looked at, never in the function, and names one that is left over", () => {
    const exceptions = { "@scope/left": { licence: "AGPL-3.0-or-later", why: "a test" } };
    expect(of("AGPL-3.0-or-later", "tool", { exceptions })).to.deep.equal([]);
    expect(of("SSPL-1.0", "tool", { exceptions })).to.have.length(1);
    expect(of("AGPL-3.0-or-later", "function", { exceptions })).to.have.length(1);
    expect(licenceProblems([], [], { ...LICENCES, exceptions })[0]).to.contain("not there any more");
  });
});

describe("the audit of known faults", () => {
  it("refuses moderate ones in the function, high ones in what deploys, and critical ones everywhere", () => {
    expect(verdicts("function", "low")).to.deep.equal(["tolerated"]);
    expect(verdicts("function", "moderate")).to.deep.equal(["refused"]);
    expect(verdicts("deployment", "moderate")).to.deep.equal(["tolerated"]);
    expect(verdicts("deployment", "high")).to.deep.equal(["refused"]);
    expect(verdicts("development", "high")).to.deep.equal(["tolerated"]);
    expect(verdicts("development", "critical")).to.deep.equal(["refused"]);
  });

  it("takes one whose gravity nobody says for grave", () => {
    expect(verdicts("deployment", "unknown")).to.deep.equal(["refused"]);
  });

  it("goes by the version", () => {
    expect(faultsIn([installed("function", "1.2.3")], [ADVISORY], [], TODAY)).to.deep.equal([]);
    expect(faultsIn([installed("function", "1.2.3-rc.1")], [ADVISORY], [], TODAY)).to.have.length(1);
  });

  it("accepts an exception until its last day, and names it when it is over or has nothing left to say", () => {
    const exceptions = [{ id: ADVISORY.id, why: "not reached", expires: TODAY }];
    const on = (day: string) => faultsIn([installed("function")], [ADVISORY], exceptions, day);
    expect(on(TODAY)[0]?.verdict).to.equal("excepted");
    expect(on("2026-11-24")[0]?.verdict).to.equal("refused");
    expect(staleExceptions(exceptions, on(TODAY), TODAY)).to.deep.equal([]);
    expect(staleExceptions(exceptions, on("2026-11-24"), "2026-11-24")[0]).to.contain(`expired on ${TODAY}`);
    expect(staleExceptions(exceptions, [], TODAY)[0]).to.contain("not there any more");
  });
});

describe("where the audit knows faults from", () => {
  const snapshot: Knowledge = { source: "snapshot", asOf: TODAY, how: "", lookedUp: ["left@1.0.0"], advisories: [] };

  it("is the registry, where npm audit has an answer: its advisories, each once", () => {
    const via = {
      source: 1,
      name: "left",
      title: ADVISORY.title,
      url: ADVISORY.url,
      severity: "high",
      range: "<1.2.3",
    };
    const printed = {
      auditReportVersion: 2,
      vulnerabilities: { left: { via: [via, "right"] }, right: { via: [via, "left"] } },
    };
    const known = fromRegistry(JSON.stringify(printed), [installed("function")], TODAY);
    expect(known).to.deep.include({
      source: "registry",
      asOf: TODAY,
      lookedUp: ["left@1.0.0"],
      advisories: [ADVISORY],
    });
  });

  it("is not an answer that says nothing: an error, or no answer at all, is told with its reason", () => {
    const refused = { message: "405 Method Not Allowed", error: { summary: "" } };
    expect(() => fromRegistry(JSON.stringify(refused), [], TODAY)).to.throw("405 Method Not Allowed");
    for (const printed of ["", "null", "{}", "<html>"])
      expect(() => fromRegistry(printed, [], TODAY)).to.throw("no report");
  });

  it("is a snapshot for as long as it is young, and has every package of the function in its very version", () => {
    const problems = (one: Installed, today = TODAY) => knowledgeProblems(snapshot, [one], today, 30);
    expect(problems(installed("function"))).to.deep.equal([]);
    expect(problems(installed("function", "1.0.1"))[0]).to.match(/Nobody looked for faults of left@1\.0\.1.*--write/);
    expect(problems(installed("development", "1.0.1"))).to.deep.equal([]);
    expect(problems(installed("function"), "2026-12-23")).to.deep.equal([]);
    expect(problems(installed("function"), "2026-12-24")[0]).to.contain("31 days old");
  });

  it("has a snapshot that can be read", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "audit-"));
    try {
      writeFileSync(path.join(folder, "kept.json"), JSON.stringify({ ...snapshot, source: undefined }));
      expect(fromSnapshot(path.join(folder, "kept.json"))).to.deep.equal(snapshot);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("npm run audit", () => {
  const lock: Lock = {
    packages: {
      "": {},
      "node_modules/left": { version: "1.0.0", license: "MIT" },
      "node_modules/right/node_modules/left": { version: "0.9.0", license: "MIT", dev: true },
    },
  };
  const left: BundledPackage = { name: "left", version: "1.0.0", license: "MIT", integrity: "", bytes: 1, uses: [] };
  const composition: Composition = { packages: [left], uses: [], bytes: 1, sha256: "" };
  const judged = (knowledge: Partial<Knowledge>, more: Partial<AuditPolicy["faults"]> = {}): Verdict => {
    const given: AuditPolicy = { licences: LICENCES, faults: { snapshotMaxAgeDays: 30, exceptions: [], ...more } };
    return auditOf(lock, composition, given, TODAY).judge({
      source: "snapshot",
      asOf: "2026-11-13",
      how: "by hand",
      lookedUp: ["left@1.0.0"],
      advisories: [],
      ...knowledge,
    });
  };

  it("says which source it used, how old that is, and of how many packages nothing is known", () => {
    const { ok, lookedUp, notLookedUp, lines } = judged({});
    expect({ ok, lookedUp, notLookedUp }).to.deep.equal({ ok: true, lookedUp: 1, notLookedUp: 1 });
    expect(lines.join("\n")).to.match(/snapshot of 2026-11-13, 10 days old: by hand.*nothing is known/s);
    expect(judged({ source: "registry" }).lines.join("\n")).to.contain("as the registry has them today");
  });

  it("is red with package, version, place, gravity and remedy where a fault is in the function", () => {
    const { ok, problems, faults } = judged({ advisories: [ADVISORY] });
    expect(ok).to.equal(false);
    expect(faults.map(({ version, where, verdict }) => [version, where, verdict])).to.deep.equal([
      ["1.0.0", "function", "refused"],
      ["0.9.0", "development", "tolerated"],
    ]);
    expect(problems).to.have.length(1);
    expect(problems[0]).to.match(
      /^left@1\.0\.0 in the function: high, It falls over \(GHSA-aaaa-bbbb-cccc.*make an exception/,
    );
  });

  it("is red where it could not look: a snapshot that is too old, or lacks a package of the function", () => {
    expect(judged({ asOf: "2026-01-01" }).ok).to.equal(false);
    expect(judged({ lookedUp: [] }).ok).to.equal(false);
  });

  it("has exceptions that say why, and until when", () => {
    const faults = policy.faults.exceptions as { why?: string; expires?: string }[];
    for (const { why } of [...Object.values(policy.licences.exceptions), ...faults])
      expect(why).to.have.length.above(10);
    for (const { expires } of faults) expect(expires).to.match(/^\d{4}-\d\d-\d\d$/);
  });

  it("holds the packages of this project against the snapshot, from the command line, as one JSON object", async () => {
    const ended = await run(process.execPath, ["--import=tsx", "audit/index.ts", "--offline", "--json"]);
    const { problems, source, packagesInFunction } = JSON.parse(ended.stdout) as Verdict & {
      packagesInFunction: string[];
    };
    // how old it is today is none of a test's business
    expect(problems.filter((problem) => !/days old/.test(problem))).to.deep.equal([]);
    expect(source).to.equal("snapshot");
    expect(packagesInFunction).to.include("csv-parse@7.0.3");
  });
});
