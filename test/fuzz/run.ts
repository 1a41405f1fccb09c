import fc from "fast-check";
import { Command, InvalidArgumentError } from "commander";

import { TARGETS } from "./targets";

/** An input for which something does not hold. */
interface Finding {
  target: string;
  /** With these, `FUZZ_SEED` and `--seed`, the input comes again. */
  seed: number;
  path: string | null;
  counterexample: string;
  error: string;
}

/** Inputs between two looks at the clock. */
const INPUTS_AT_ONCE = 50;

const number =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (Number.isFinite(value) && value >= least) return value;
    throw new InvalidArgumentError(`a number of at least ${least}, please.`);
  };

const { minutes, seed, only } = new Command("fuzz")
  .description(
    "Tries inputs that somebody chose to break things on every parser and renderer, and prints JSON: inputs and findings by target.",
  )
  .option("--minutes <number>", "how long", number(0.01), 1)
  .option("--seed <number>", "begin with these inputs", number(0), Date.now() % 2 ** 31)
  .option("--only <name>", "targets whose name holds this")
  .parse()
  .opts<{ minutes: number; seed: number; only?: string }>();

/** What this process has had of the processor: on a busy machine the clock says little. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Gives every target its share of the time, turn by turn; one with a finding is left alone. */
async function fuzz(): Promise<void> {
  const targets = TARGETS.filter(({ name }) => only === undefined || name.includes(only));
  if (targets.length === 0)
    throw new Error(`no target is called ${only}; there are: ${TARGETS.map(({ name }) => name).join(", ")}`);
  const endsAt = Date.now() + minutes * 60_000;
  const executions = new Map(targets.map(({ name }) => [name, 0]));
  const findings: Finding[] = [];
  const seconds = new Map(targets.map(({ name }) => [name, 0]));
  for (let round = 0; Date.now() < endsAt; round += 1) {
    const left = targets.filter(({ name }) => !findings.some((finding) => finding.target === name));
    // Whoever had least of the processor comes next: some targets take a hundred times as long as others.
    const [next] = left.sort((a, b) => (seconds.get(a.name) ?? 0) - (seconds.get(b.name) ?? 0));
    if (!next) break;
    const began = processorSeconds();
    const details = await next.try({ seed: seed + round, numRuns: INPUTS_AT_ONCE });
    seconds.set(next.name, (seconds.get(next.name) ?? 0) + processorSeconds() - began);
    executions.set(next.name, (executions.get(next.name) ?? 0) + details.numRuns);
    if (!details.failed) continue;
    const { counterexample, counterexamplePath, errorInstance } = details;
    findings.push({
      target: next.name,
      seed: details.seed,
      path: counterexamplePath,
      counterexample: fc.stringify(counterexample).slice(0, 5000),
      error: String(errorInstance instanceof Error ? errorInstance.message : errorInstance).slice(0, 2000),
    });
    process.stderr.write(`finding in ${next.name}: ${findings.at(-1)?.error.slice(0, 200)}\n`);
  }
  const total = [...executions.values()].reduce((sum, count) => sum + count, 0);
  const answer = { seed, minutes, executions: total, targets: Object.fromEntries(executions), findings };
  process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}

void fuzz();
