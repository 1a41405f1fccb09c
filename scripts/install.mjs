/**
 * Installs the packages of the lock file, and runs no script of theirs but those that package.json allows (`allowScripts`), whatever npm
 * the machine has: older ones know nothing of that list and would run all. Plain JavaScript without packages, because it comes before them.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";

/**
 * SHA-256 of the Node that the package `node` fetches when it is installed, by platform. npm knows no hash of it beforehand, since the lock
 * file has the package that fetches it and not what it fetches.
 */
export const NODE_SHA256 = {
  "linux-x64": "7fde7b8afa198da66257f42ee2001d874c7355631e6d1579a5fb5ef1f246df4c",
  "linux-arm64": "0f8949d1028f6d61506b2d5bc57e7e6fe893d7b1997509b7847294fc9c616584",
  "win32-x64": "ba4e6d110e8c1592a1ecd390f6b05f3da124b13871a5be62b341a07a853c6c32",
};

/** The npm commands that install, in order. @param allowScripts As package.json has it. */
export function installCommands(allowScripts) {
  const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name] === true);
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  return [
    ["ci", "--ignore-scripts", ...quiet],
    ...(allowed.length > 0 ? [["rebuild", ...allowed, "--ignore-scripts=false", ...quiet]] : []),
  ];
}

/** What is wrong with a fetched Node, or nothing. @param platform As in `linux-x64`. @param bytes The executable. */
export function nodeProblem(platform, bytes, known = NODE_SHA256) {
  const found = createHash("sha256").update(bytes).digest("hex");
  const expected = known[platform];
  if (expected === found) return undefined;
  if (expected === undefined)
    return { refuse: false, text: `The Node for ${platform} was not checked: no hash of it is known` };
  return {
    refuse: true,
    text: `The Node that was fetched for ${platform} has SHA-256 ${found}, and ${expected} was expected. It was not run. Remove node_modules, and find out where npm got it from`,
  };
}

/** Installs into a project folder; says on standard error what is wrong, and whether all went well. */
export function install(project) {
  const { allowScripts = {} } = JSON.parse(readFileSync(path.join(project, "package.json"), "utf8"));
  for (const command of installCommands(allowScripts)) {
    // npm's own output goes to standard error: standard output is for results
    const { status } = spawnSync("npm", command, {
      cwd: project,
      stdio: ["ignore", 2, 2],
      shell: process.platform === "win32",
    });
    if (status === 0) continue;
    process.stderr.write("The packages could not be installed: see npm's message above, and try again.\n");
    return false;
  }
  const executable = path.join(project, "node_modules/node/bin", process.platform === "win32" ? "node.exe" : "node");
  const problem = nodeProblem(`${process.platform}-${process.arch}`, readFileSync(executable));
  if (problem) process.stderr.write(`${problem.text}\n`);
  return !problem?.refuse;
}
