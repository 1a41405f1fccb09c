import { runCli } from "./rollout/cli";

/** The command line: `npm run orchestrate -- COMMAND`. */
async function main(): Promise<number> {
  if (Number(process.versions.node.split(".")[0]) < 22) {
    process.stderr.write(
      `Error: Node ${process.versions.node} is too old for the Pulumi SDK, which needs 22 or newer: use npm run orchestrate -- …, ` +
        "which brings its own\n",
    );
    return 1;
  }
  return runCli(process.argv.slice(2), {
    projectDir: __dirname,
    // Most commands emulate nothing, and need not wait for what that takes.
    startEmulation: async (options) => (await import("./emulation/session.js")).startEmulation(options),
  });
}

void main().then((exitCode) => {
  process.exitCode = exitCode;
});
