import { startEmulation } from "./emulation/session";
import { runCli } from "./rollout/cli";

/** The command line: `npm run orchestrate -- COMMAND`. */
void runCli(process.argv.slice(2), { projectDir: __dirname, startEmulation }).then((exitCode) => {
  process.exitCode = exitCode;
});
