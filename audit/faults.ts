import { satisfies } from "semver";

/** How grave a fault is, in the words of npm; one that nobody says counts as high. */
export const SEVERITIES = ["info", "low", "moderate", "high", "unknown", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A known fault of versions of a package. */
export interface Advisory {
  /** As in `GHSA-582f-p4pg-xc74`. */
  id: string;
  package: string;
  /** The versions that have it, as in `<4.4.6`. */
  range: string;
  severity: Severity;
  title: string;
  url: string;
}

/** Where a package's code runs: in the function, where somebody deploys from, or where the project is built and tested. */
export type Where = "function" | "deployment" | "development";

/** A package that is installed. */
export interface Installed {
  name: string;
  version: string;
  where: Where;
}

/** A fault that was looked at and is accepted for a time. */
export interface FaultException {
  id: string;
  why: string;
  /** Last day, as in `2027-03-31`. */
  expires: string;
}

/** The least severity that is not accepted, by where the code runs. */
export const LEAST_SEVERITY: Readonly<Record<Where, Severity>> = {
  function: "moderate",
  deployment: "high",
  development: "critical",
};

/** A known fault in what is installed. */
export interface Fault extends Advisory {
  version: string;
  where: Where;
  /** `refused`, `tolerated` where it is too slight for where it runs, or `excepted`. */
  verdict: "refused" | "tolerated" | "excepted";
}

/** The known faults of what is installed. @param today As in `2026-11-23`. */
export function faultsIn(
  installed: readonly Installed[],
  advisories: readonly Advisory[],
  exceptions: readonly FaultException[],
  today: string,
): Fault[] {
  const accepted = new Set(exceptions.filter(({ expires }) => expires >= today).map(({ id }) => id));
  return advisories.flatMap((advisory) =>
    installed
      .filter(
        ({ name, version }) =>
          name === advisory.package && satisfies(version, advisory.range, { includePrerelease: true }),
      )
      .map(({ version, where }): Fault => {
        const grave = SEVERITIES.indexOf(advisory.severity) >= SEVERITIES.indexOf(LEAST_SEVERITY[where]);
        const verdict = !grave ? "tolerated" : accepted.has(advisory.id) ? "excepted" : "refused";
        return { ...advisory, version, where, verdict };
      }),
  );
}

/** Exceptions that say nothing any more: expired, or of faults that are not there. */
export function staleExceptions(
  exceptions: readonly FaultException[],
  faults: readonly Fault[],
  today: string,
): string[] {
  return exceptions.flatMap(({ id, expires }) => {
    if (expires < today) return [`${id}: its exception expired on ${expires}: mend it, or look at it again`];
    return faults.some((fault) => fault.id === id)
      ? []
      : [`${id}: its exception is for a fault that is not there any more: take it out of audit/policy.json`];
  });
}
