import { identityOf, type Composition } from "../rollout/sbom/composition";
import { faultsIn, staleExceptions, type Fault, type FaultException, type Installed } from "./faults";
import { licenceProblems, type LicencePolicy } from "./licences";
import { ageInDays, knowledgeProblems, type Knowledge } from "./sources";

/** package-lock.json, of what the audit reads. */
export interface Lock {
  packages: Record<string, { name?: string; version?: string; license?: string; dev?: boolean }>;
}

/** What is taken, and for how long: audit/policy.json. */
export interface AuditPolicy {
  licences: LicencePolicy;
  faults: { snapshotMaxAgeDays: number; exceptions: readonly FaultException[] };
}

/** What an audit found. */
export interface Verdict {
  ok: boolean;
  /** Where the knowledge of faults is from, and of which day. */
  source: Knowledge["source"];
  asOf: string;
  /** Packages that were held against it, and that nobody looked up. */
  lookedUp: number;
  notLookedUp: number;
  faults: Fault[];
  /** Everything that is wrong. */
  problems: string[];
  /** For people. */
  lines: string[];
}

/** Holds every package of the lock file, and those in the function's bundle, against the policy. */
export function auditOf(
  lock: Lock,
  composition: Composition,
  policy: AuditPolicy,
  today: string,
): { installed: Installed[]; judge(knowledge: Knowledge): Verdict } {
  const inFunction = new Set(composition.packages.map(identityOf));
  const packages = Object.entries(lock.packages)
    .filter(([folder]) => folder !== "")
    .map(([folder, { name, version = "", license = "", dev }]) => {
      const identity = { name: name ?? folder.slice(folder.lastIndexOf("node_modules/") + 13), version };
      const where = inFunction.has(identityOf(identity)) ? "function" : dev ? "development" : "deployment";
      return { ...identity, where, licence: license } satisfies Installed & { licence: string };
    });
  const licences = licenceProblems(
    packages.map(({ licence, ...one }) => ({ package: identityOf(one), licence })),
    composition.packages.map((one) => ({ package: identityOf(one), licence: one.license })),
    policy.licences,
  );
  const judge = (knowledge: Knowledge): Verdict => {
    const { snapshotMaxAgeDays, exceptions } = policy.faults;
    const faults = faultsIn(packages, knowledge.advisories, exceptions, today);
    const refused = faults.filter(({ verdict }) => verdict === "refused").map(inWords);
    const problems = [
      ...licences,
      ...refused,
      ...staleExceptions(exceptions, faults, today),
      ...knowledgeProblems(knowledge, packages, today, snapshotMaxAgeDays),
    ];
    const known = new Set(knowledge.lookedUp);
    const notLookedUp = packages.filter((one) => !known.has(identityOf(one))).length;
    const counts = { lookedUp: packages.length - notLookedUp, notLookedUp };
    const lines = [
      `Licences: ${packages.length} packages, ${inFunction.size} of them in the function: ${licences.length === 0 ? "all are taken" : `${licences.length} problems`}`,
      sourceLine(knowledge, today),
      `  looked up: ${counts.lookedUp} packages, all ${inFunction.size} of the function among them unless it is said below` +
        (notLookedUp > 0 ? `; of ${notLookedUp} others, which build, test and deploy, nothing is known` : ""),
      ...faults.filter(({ verdict }) => verdict !== "refused").map((fault) => `  ${fault.verdict}: ${inWords(fault)}`),
      ...problems.map((problem) => `Wrong: ${problem}`),
      problems.length === 0 ? "Nothing is wrong" : `${problems.length} things are wrong`,
    ];
    return {
      ok: problems.length === 0,
      source: knowledge.source,
      asOf: knowledge.asOf,
      ...counts,
      faults,
      problems,
      lines,
    };
  };
  return { installed: packages, judge };
}

function sourceLine({ source, asOf, how }: Knowledge, today: string): string {
  if (source === "registry") return `Known faults: as the registry has them today, by ${how}`;
  return `Known faults: by the snapshot of ${asOf}, ${ageInDays(asOf, today)} days old: ${how}`;
}

function inWords({ package: name, version, where, severity, id, title, url, range }: Fault): string {
  const place = where === "function" ? "in the function" : `in ${where}`;
  return `${name}@${version} ${place}: ${severity}, ${title} (${id}, ${url}): versions ${range} have it; take another, or make an exception with why and until when`;
}
