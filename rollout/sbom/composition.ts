import { readFileSync } from "node:fs";
import path from "node:path";
import { buildRuntime, type BuiltRuntime } from "../../components/runtimeBundle";
import { RolloutError } from "../errors";

/** A package of which code is in the function's bundle. */
export interface BundledPackage {
  name: string;
  version: string;
  /** As its package.json has it: an SPDX expression, if it keeps to the rules. */
  license: string;
  /** Of its archive in the registry, as the lock file has it: `sha512-` and Base64. */
  integrity: string;
  /** Of its code in the bundle. */
  bytes: number;
  /** The packages among these that it imports, as in `name@version`. */
  uses: string[];
}

/** What the function's bundle is made of. */
export interface Composition {
  /** In order of their names. */
  packages: BundledPackage[];
  /** The packages that the project's own code imports, as in `name@version`. */
  uses: string[];
  /** Of the bundle, all packages and the project's own code. */
  bytes: number;
  /** Lower-case hexadecimal. */
  sha256: string;
}

interface LockEntry {
  version?: string;
  integrity?: string;
}

/** Stands for the project's own code among the packages. */
const OWN = "";

/**
 * Takes the bundle of the runtime apart into packages: those whose code is in it, which are fewer than those that were read for it.
 *
 * @param projectDir Folder of package-lock.json.
 * @throws RolloutError if a package in node_modules is not the one of the lock file
 */
export function compositionOf(projectDir: string, runtime: BuiltRuntime = buildRuntime()): Composition {
  const lock = JSON.parse(readFileSync(path.join(projectDir, "package-lock.json"), "utf8")) as {
    packages: Record<string, LockEntry>;
  };
  const bytes = new Map<string, number>();
  const uses = new Map<string, Set<string>>();
  for (const [file, source] of runtime.sources) {
    const folder = packageFolder(file);
    bytes.set(folder, (bytes.get(folder) ?? 0) + source.bytes);
    const used = uses.get(folder) ?? new Set();
    // files of which nothing is left count too: most packages are entered by one that only hands on what others export
    source.imports.forEach((imported) => used.add(packageFolder(imported)));
    uses.set(folder, used);
  }
  const packages = [...bytes].filter(([folder, size]) => folder !== OWN && size > 0);
  const described = new Map(packages.map(([folder]) => [folder, describe(projectDir, folder, lock.packages)]));
  const usedBy = (folder: string): string[] =>
    [...(uses.get(folder) ?? [])]
      .filter((other) => other !== folder)
      .flatMap((other) => described.get(other) ?? [])
      .map(identityOf)
      .sort();
  return {
    packages: packages
      .flatMap(([folder, size]) => {
        const about = described.get(folder);
        return about ? [{ ...about, bytes: size, uses: usedBy(folder) }] : [];
      })
      .sort((one, other) => (identityOf(one) < identityOf(other) ? -1 : 1)),
    uses: usedBy(OWN),
    bytes: runtime.code.byteLength,
    sha256: runtime.sha256,
  };
}

/** As in `csv-parse@7.0.3`. */
export function identityOf({ name, version }: Pick<BundledPackage, "name" | "version">): string {
  return `${name}@${version}`;
}

/** The folder of the package that a file belongs to, or nothing for the project's own. */
function packageFolder(file: string): string {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? OWN;
}

function describe(
  projectDir: string,
  folder: string,
  locked: Record<string, LockEntry>,
): Pick<BundledPackage, "name" | "version" | "license" | "integrity"> {
  const file = path.join(projectDir, folder, "package.json");
  const { name, version, license } = JSON.parse(readFileSync(file, "utf8")) as Record<string, string | undefined>;
  // node_modules may be a link to a folder elsewhere
  const entry = locked[folder.slice(folder.indexOf("node_modules/"))];
  if (name === undefined || version === undefined || entry?.version !== version || !entry.integrity) {
    throw new RolloutError(
      `The package in ${folder} is ${name} ${version}, and package-lock.json has ${entry?.version ?? "none"} there: run npm ci`,
    );
  }
  return { name, version, license: license ?? "", integrity: entry.integrity };
}
