/**
 * Runs an entry point or the tests with everything they need, from a fresh clone on: installs the packages if they are not
 * those of the lock file, and uses the Node that they bring. Plain JavaScript without packages, because it comes before them.
 *
 *   node scripts/run.mjs FILE.ts [ARGUMENT …]
 *   node scripts/run.mjs --test | --test-unit [MOCHA ARGUMENT …]
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { install } from "./install.mjs";

const project = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const bin = path.join(project, "node_modules", ".bin");
const stamp = path.join(project, "node_modules", ".installed");

function ensurePackages() {
  const wanted = createHash("sha256")
    .update(readFileSync(path.join(project, "package-lock.json")))
    .update(readFileSync(path.join(project, "package.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  process.stderr.write("Installing packages (npm ci)\n");
  if (!install(project)) process.exit(1);
  writeFileSync(stamp, wanted);
}

function commandLine([first, ...rest]) {
  const mocha = ["--import=tsx", path.join(project, "node_modules", "mocha", "bin", "mocha.js")];
  const specs = rest.some((argument) => argument.endsWith(".ts")) ? [] : ["test/**/*.test.ts"];
  switch (first) {
    case "--test":
      return [path.join(project, "node_modules", "c8", "bin", "c8.js"), "node", ...mocha, ...specs, ...rest];
    case "--test-unit":
      return [...mocha, "--ignore", "test/e2e/**", ...specs, ...rest];
    default:
      return ["--import=tsx", path.join(project, first), ...rest];
  }
}

if (process.argv.length < 3) {
  process.stderr.write("Usage: node scripts/run.mjs FILE.ts [ARGUMENT …] | --test | --test-unit\n");
  process.exit(1);
}
ensurePackages();
const child = spawn(path.join(bin, "node"), commandLine(process.argv.slice(2)), {
  cwd: project,
  stdio: "inherit",
  env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` },
});
// Ctrl-C reaches the child by the terminal; it decides what that means, and this process waits for it.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
