import { duckDbPython } from "../bench/duckdb/python";
import { ensureEngine, ensureLanguageHost } from "../emulation/engine";
import { ensureVirtualEnvironment } from "../emulation/emulator";
import { checkovPython } from "./support/checkov";
import { motoPython } from "./support/motoServer";
import { policyLintPython } from "./support/policyLinter";
import { schemasPython } from "./support/publishedSchemas";
import { templatesPython } from "./support/templateChecks";

/**
 * Gets what tests need and a new machine does not have, before the first test: building an engine takes minutes, and no test's
 * time should be spent on it.
 */
export async function mochaGlobalSetup(): Promise<void> {
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const engine = await ensureEngine(log);
  await Promise.all([
    ensureLanguageHost(engine, log),
    ensureVirtualEnvironment(log),
    duckDbPython(log),
    schemasPython(log),
    motoPython(log),
    templatesPython(log),
    policyLintPython(log),
    checkovPython(log),
  ]);
}
