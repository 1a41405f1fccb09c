import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { compositionOf, identityOf } from "../rollout/sbom/composition";
import { auditOf, type AuditPolicy, type Lock } from "./audit";
import { fromRegistry, fromSnapshot, type Knowledge } from "./sources";

const PROJECT = path.join(__dirname, "..");
const SNAPSHOT = path.join(__dirname, "advisories.json");
/** The registry has answered by then, or is not asked any more. */
const ANSWER_MILLISECONDS = 30_000;

/** `npm run audit`: licences and known faults of every package. Ends with 0 if nothing is wrong, else with 1. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { json: { type: "boolean" }, offline: { type: "boolean" }, write: { type: "boolean" } },
  });
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const today = new Date().toISOString().slice(0, 10);
  const lock = read<Lock>(path.join(PROJECT, "package-lock.json"));
  const policy = read<AuditPolicy>(path.join(__dirname, "policy.json"));
  const composition = compositionOf(PROJECT);
  const audit = auditOf(lock, composition, policy, today);

  const asked = values.offline ? undefined : await askRegistry(audit.installed, today, say);
  if (values.write) {
    if (!asked) throw new Error("Nothing was written: the registry did not answer");
    const { asOf, how, lookedUp, advisories } = asked;
    writeFileSync(SNAPSHOT, `${JSON.stringify({ asOf, how, lookedUp, advisories }, null, 2)}\n`);
    say(`Written: ${SNAPSHOT}`);
  }
  const answer = audit.judge(asked ?? fromSnapshot(SNAPSHOT));
  answer.lines.forEach(say);
  if (values.json) {
    const result = { ...answer, lines: undefined, packagesInFunction: composition.packages.map(identityOf) };
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
  return answer.ok ? 0 : 1;
}

async function askRegistry(
  installed: Parameters<typeof fromRegistry>[1],
  today: string,
  say: (line: string) => void,
): Promise<Knowledge | undefined> {
  // npm ends with 1 where it finds something, too
  const printed = await new Promise<string>((resolve) => {
    execFile(
      "npm",
      ["audit", "--json", "--package-lock-only"],
      { cwd: PROJECT, timeout: ANSWER_MILLISECONDS, maxBuffer: 1 << 26, shell: process.platform === "win32" },
      (_error, stdout) => resolve(stdout),
    );
  });
  try {
    return fromRegistry(printed, installed, today);
  } catch (error) {
    const why = (error as Error).message.replaceAll(/https?:\/\/\S+/g, "the registry");
    say(`npm audit has no answer (${why}): the snapshot in audit/advisories.json is used`);
    return undefined;
  }
}

function read<T>(file: string): T {
  return JSON.parse(readFileSync(file, "utf8")) as T;
}

void main().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    process.stderr.write(`Error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
