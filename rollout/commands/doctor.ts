import { RolloutError } from "../errors";
import type { Orchestration } from "../orchestration";
import { runChecks, type CheckResult, type CheckState } from "../doctor/check";
import { doctorFacts } from "../doctor/facts";
import type { StackSummary } from "../engine/stackEngine";
import { CHECKS } from "../doctor";

/** What `doctor` answers; the shape, and the ids of the checks, are a promise to scripts. */
export interface DoctorAnswer {
  command: "doctor";
  /** Nothing is wrong. What is not known does not count. */
  ok: boolean;
  checks: CheckResult[];
}

/** What `doctor` works with. It reads the configuration by itself, since that may be what is wrong. */
export type DoctorContext = Pick<Orchestration, "projectDir" | "workRoot" | "engine" | "signal" | "log">;

/** Looks at everything that a deployment needs, changes nothing that stays, and says of each how it is and what to do. */
export async function doctor(context: DoctorContext): Promise<DoctorAnswer> {
  const checks = await runChecks(CHECKS, doctorFacts(context), {
    signal: context.signal,
    onResult: (result) => tell(result, context.log),
  });
  const count = (state: CheckState): number => checks.filter((check) => check.state === state).length;
  context.log(`${checks.length} checks: ${count("ok")} ok, ${count("wrong")} wrong, ${count("unknown")} unknown`);
  return { command: "doctor", ok: count("wrong") === 0, checks };
}

/**
 * Looks at all that doctor looks at, before anything is deployed. What is unknown stops nobody.
 *
 * @param stacks What the backend knows
 * @throws RolloutError naming all that is wrong
 */
export async function preflight(context: DoctorContext, stacks: Promise<StackSummary[]>): Promise<void> {
  const facts = doctorFacts({ ...context, engine: { list: () => stacks } });
  const checks = await runChecks(CHECKS, facts, { signal: context.signal });
  const wrong = checks.filter(({ state }) => state === "wrong");
  if (wrong.length === 0) return;
  const lines = wrong.map(({ what, why, remedy }) => `  - ${what}: ${why}. ${remedy ?? ""}`.trimEnd());
  throw new RolloutError(
    `Nothing was deployed, since ${wrong.length === 1 ? "this is" : "these are"} not as it should be:\n${lines.join("\n")}\n` +
      "doctor tells what is right, too; up --no-doctor deploys all the same",
  );
}

function tell({ state, what, why, remedy }: CheckResult, log: (line: string) => void): void {
  log(`${state.padEnd(7)}  ${what}: ${why}`);
  if (remedy !== null) log(`         ${remedy}`);
}
