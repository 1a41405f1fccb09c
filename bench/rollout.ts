import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";

import { copyProject } from "../test/support/projectCopy";
import { rounded, target, type Bench } from "./options";
import { runCommand, type CommandFigures } from "./commandRun";

/** Accounts that have no member stack: the management account, and the one that is suspended. */
const WITHOUT = 2;
/** Member stacks of the run that makes them one at a time: enough to know what one takes. */
const SAMPLE = 20;
const STACK_SET_SIZES = [20, 200, 2_000];

/**
 * Rolls out into emulated organizations by the command line, as a user does: a stack a member, several at a time and one at a time, and
 * the StackSet in organizations of three sizes. Seconds are from the moment that the emulated organization serves to the last line.
 */
export const rolloutBench: Bench = async ({ accounts: members = 100 }, log) => {
  const parallel = Math.max(availableParallelism(), 2);
  const stacks = await inProject("stacks", async (run) => {
    const many = members + WITHOUT;
    const figures = async (what: string, args: string[]): Promise<CommandFigures> => {
      const found = await run(args);
      log(`rollout: ${what}: ${rounded(found.seconds)} s, ${rounded(found.peakMiB)} MiB`);
      return found;
    };
    const up = await figures(`up of ${members} member stacks`, upOf(many, parallel));
    const unchanged = await figures("up again", upOf(many, parallel));
    const preview = await figures("preview", ["preview", "--accounts", String(many), "--parallel", String(parallel)]);
    const sample = Math.min(SAMPLE, members);
    const single = await figures(`up of ${sample}, one at a time`, upOf(sample + WITHOUT, 1));
    const oneAtATime = single.memberSeconds / sample;
    return {
      members,
      parallel,
      secondsAMember: rounded(up.memberSeconds / members),
      oneAtATime: { members: sample, secondsAMember: rounded(oneAtATime) },
      parallelEfficiency: rounded((oneAtATime * members) / (up.memberSeconds * parallel)),
      up: allRounded(up),
      upUnchanged: allRounded(unchanged),
      preview: allRounded(preview),
    };
  });
  const stackSet = await inProject("stackset", async (run) => {
    const sizes = [];
    for (const accounts of STACK_SET_SIZES) {
      const up = await run(upOf(accounts, parallel));
      const unchanged = await run(upOf(accounts, parallel));
      const preview = await run(["preview", "--accounts", String(accounts)]);
      log(`rollout: StackSet of ${accounts} accounts: ${rounded(up.seconds)} s, again ${rounded(unchanged.seconds)} s`);
      sizes.push({
        accounts,
        up: allRounded(up),
        upUnchanged: allRounded(unchanged),
        preview: allRounded(preview),
      });
    }
    return sizes;
  });
  const [smallest, ...others] = stackSet;
  const largest = others.at(-1) ?? smallest;
  return {
    targets: [
      target("peak memory in MiB, of all processes but the emulator", stacks.up.peakMiB, 2_000),
      target(
        "seconds a StackSet takes more for 2,000 accounts than for 20",
        (largest?.up.seconds ?? 0) - (smallest?.up.seconds ?? 0),
        10,
      ),
    ],
    stacks,
    stackSet,
  };
};

function upOf(accounts: number, parallel: number): string[] {
  // the preflight is measured by nobody's patience but its own: it is the same with either way
  return ["up", "--no-doctor", "--accounts", String(accounts), "--parallel", String(parallel)];
}

/** Works in a copy of the project with one way of the member roles, and an emulated organization of its own. */
async function inProject<T>(
  memberRoles: string,
  work: (run: (args: readonly string[]) => Promise<CommandFigures>) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    const project = join(folder, "project");
    copyProject(project, ["orchestrate.ts", "emulation", "package-lock.json"], {
      management: [`memberRoles: ${memberRoles}`],
    });
    return await work((args) => runCommand(project, join(folder, "state"), args));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function allRounded<T extends object>(figures: T): T {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, rounded(value as number)])) as T;
}
