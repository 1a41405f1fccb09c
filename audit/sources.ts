import { readFileSync } from "node:fs";
import { SEVERITIES, type Advisory, type Installed, type Severity } from "./faults";

/** What is known of faults, and from where. */
export interface Knowledge {
  source: "registry" | "snapshot";
  /** The day of it, as in `2026-11-23`. */
  asOf: string;
  /** How it came about, in words. */
  how: string;
  /** Every package that was asked about, as in `name@version`. */
  lookedUp: readonly string[];
  advisories: readonly Advisory[];
}

interface AuditAnswer {
  auditReportVersion?: number;
  vulnerabilities?: Record<string, { via?: (string | RegistryAdvisory)[] }>;
  message?: string;
  error?: { summary?: string; code?: string };
}

interface RegistryAdvisory {
  source: number;
  name: string;
  title: string;
  url: string;
  severity: string;
  range: string;
}

/**
 * Reads what `npm audit --json` printed.
 *
 * https://docs.npmjs.com/cli/commands/npm-audit
 *
 * @param asked Every package that npm asked about.
 * @throws Error that says why, if the registry did not answer
 */
export function fromRegistry(printed: string, asked: readonly Installed[], today: string): Knowledge {
  const answer = parsed(printed);
  if (answer.auditReportVersion === undefined || answer.vulnerabilities === undefined) {
    throw new Error(answer.message || answer.error?.summary || answer.error?.code || "npm audit printed no report");
  }
  const found = Object.values(answer.vulnerabilities)
    .flatMap(({ via = [] }) => via)
    .filter((via) => typeof via !== "string");
  const advisories = found.map(({ source, name, title, url, severity, range }): Advisory => ({
    id: /GHSA-[\w-]+/.exec(url)?.[0] ?? `npm-${source}`,
    package: name,
    range,
    severity: severityOf(severity),
    title,
    url,
  }));
  const unique = new Map(
    advisories.map((advisory) => [`${advisory.id} ${advisory.package} ${advisory.range}`, advisory]),
  );
  return {
    source: "registry",
    asOf: today,
    how: "npm audit",
    lookedUp: asked.map(({ name, version }) => `${name}@${version}`).sort(),
    advisories: [...unique.values()],
  };
}

/** Reads a snapshot that was kept. @throws if it is none */
export function fromSnapshot(file: string): Knowledge {
  return { ...(JSON.parse(readFileSync(file, "utf8")) as Omit<Knowledge, "source">), source: "snapshot" };
}

/** What a source does not let one conclude: red, each. @param maxAgeDays Of a snapshot. */
export function knowledgeProblems(
  { source, asOf, lookedUp }: Knowledge,
  installed: readonly Installed[],
  today: string,
  maxAgeDays: number,
): string[] {
  if (source === "registry") return [];
  const age = ageInDays(asOf, today);
  const known = new Set(lookedUp);
  const unknown = installed
    .filter(({ where, name, version }) => where === "function" && !known.has(`${name}@${version}`))
    .map(({ name, version }) => `${name}@${version}`);
  const renew = "run npm run audit -- --write where the registry answers, and commit audit/advisories.json";
  return [
    ...(age > maxAgeDays
      ? [`The snapshot is ${age} days old, and older than ${maxAgeDays} says too little: ${renew}`]
      : []),
    ...(unknown.length > 0
      ? [`Nobody looked for faults of ${unknown.join(", ")}, which runs in the function: ${renew}`]
      : []),
  ];
}

/** Whole days between two days. */
export function ageInDays(asOf: string, today: string): number {
  return Math.floor((Date.parse(today) - Date.parse(asOf)) / 86_400_000);
}

function parsed(printed: string): AuditAnswer {
  try {
    return (JSON.parse(printed) ?? {}) as AuditAnswer;
  } catch {
    return {};
  }
}

function severityOf(text: string): Severity {
  return SEVERITIES.find((severity) => severity === text) ?? "unknown";
}
