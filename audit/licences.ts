import satisfies from "spdx-satisfies";

/** A package and what its package.json says of its licence. */
export interface Licensed {
  /** As in `name@version`. */
  package: string;
  licence: string;
}

/** Licences that are taken, as SPDX has them (https://spdx.org/licenses/), and packages that are taken with another. */
export interface LicencePolicy {
  /** For code that runs in the function. */
  inFunction: readonly string[];
  /** Beside those, for packages that deploy, build and test. */
  asTools: readonly string[];
  /** By name, with the very licence that was looked at, and why it is taken; for tools only. */
  exceptions: Readonly<Record<string, { licence: string; why: string }>>;
}

/** What is wrong with the licences, a line a package; nothing if all is well. */
export function licenceProblems(
  all: readonly Licensed[],
  inFunction: readonly Licensed[],
  policy: LicencePolicy,
): string[] {
  const tools = [...policy.inFunction, ...policy.asTools];
  const used = new Set<string>();
  const wrong = [
    ...inFunction.flatMap((one) => problem(one, policy.inFunction, "in the function")),
    ...all.flatMap((one) => {
      const name = one.package.slice(0, one.package.lastIndexOf("@"));
      const exception = policy.exceptions[name];
      if (exception) used.add(name);
      return exception?.licence === one.licence ? [] : problem(one, tools, "as a tool");
    }),
  ];
  const stale = Object.keys(policy.exceptions)
    .filter((name) => !used.has(name))
    .map(
      (name) => `${name}: its exception is for a package that is not there any more: take it out of audit/policy.json`,
    );
  return [...wrong, ...stale];
}

function problem({ package: name, licence }: Licensed, allowed: readonly string[], where: string): string[] {
  const remedy = "Use another package, or have the licence looked at and add it to audit/policy.json with why";
  if (licence === "") return [`${name}: its package.json names no licence. ${remedy}`];
  try {
    return satisfies(licence, [...allowed])
      ? []
      : [`${name}: ${licence} is not among the licences that are taken ${where}. ${remedy}`];
  } catch {
    return [`${name}: "${licence}" is no SPDX expression, so nobody knows what it means. ${remedy}`];
  }
}
