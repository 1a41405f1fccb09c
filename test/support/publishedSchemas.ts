import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { pythonEnvironment } from "../../bench/pythonEnvironment";
import { ensureVirtualEnvironment } from "../../emulation/emulator";

/** The Python with OCSF's published schemas, in the user's cache folder, made if it is not there yet. */
export function schemasPython(log: (line: string) => void): Promise<string> {
  return pythonEnvironment("schemas", "OCSF's schemas", join(__dirname, "schemas", "requirements.txt"), log);
}

/** AWS Security Finding Format as the service model of Security Hub has it, or OCSF in some of its versions. */
export type PublishedSchema = { schema: "asff" } | { schema: "ocsf"; versions: string[] };

/** What a schema says of JSON Lines. */
export interface Verdict {
  /** What is wrong, with the line and the member; the first 20. */
  problems: string[];
  /** How many limits (ASFF), or events a version (OCSF), were held against it: none says that nothing was checked. */
  checked: number;
}

/** Holds each line of `lines` against a published schema. */
export async function holdAgainst(schema: PublishedSchema, lines: string): Promise<Verdict> {
  // The emulator's botocore brings the service models of AWS.
  const python = await (schema.schema === "asff" ? ensureVirtualEnvironment : schemasPython)(() => undefined);
  const run = promisify(execFile)(python, [join(__dirname, "schemas", "validate.py")], { maxBuffer: 1 << 26 });
  run.child.stdin?.end(`${JSON.stringify(schema)}\n${lines}`);
  return JSON.parse((await run).stdout) as Verdict;
}
