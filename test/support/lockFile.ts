import { readFileSync } from "node:fs";
import path from "node:path";
import { PROJECT } from "./commandLine";

/** A package as package-lock.json has it. */
export interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  license?: string;
  dev?: boolean;
  optional?: boolean;
  link?: boolean;
  hasInstallScript?: boolean;
  deprecated?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** package.json, of what its tests need. */
export interface PackageJson {
  name: string;
  version: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
}

/** package.json of the project. */
export const PACKAGE = JSON.parse(readFileSync(path.join(PROJECT, "package.json"), "utf8")) as PackageJson;

/** Every package of package-lock.json by its folder, but the project itself. */
export const LOCKED: ReadonlyMap<string, LockedPackage> = new Map(
  Object.entries(lock().packages).filter(([folder]) => folder !== ""),
);

/** The project itself as the lock file has it. */
export const LOCKED_PROJECT = lock().packages[""] ?? {};

/** The name of the package that is in a folder, as in `@scope/name`. */
export function nameOf(folder: string): string {
  return folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length);
}

function lock(): { packages: Record<string, LockedPackage> } {
  return JSON.parse(readFileSync(path.join(PROJECT, "package-lock.json"), "utf8")) as {
    packages: Record<string, LockedPackage>;
  };
}
