import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pythonEnvironment } from "../../bench/pythonEnvironment";
import type { PolicyDocument } from "../../components/policyDocument";
import type { FoundPolicy } from "./policiesIn";
import { run } from "./commandLine";

const FOLDER = join(__dirname, "policyLint");

/** What the linter has against a document. */
export interface LintFinding {
  /** Its name for the rule, as in `UNKNOWN_ACTION`. */
  issue: string;
  severity: string;
  detail: string;
  /** Statement that it is about; null for the document as a whole. */
  sid: string | null;
}

/** What is linted: a document, and where it stands. */
export type Lintable = Pick<FoundPolicy, "kind" | "attachedTo"> & { document: PolicyDocument };

/** The Python with parliament, in the user's cache folder, made if it is not there yet. */
export function policyLintPython(log: (line: string) => void): Promise<string> {
  return pythonEnvironment("policies", "parliament", join(FOLDER, "requirements.txt"), log);
}

/** What parliament has against each of the documents, in their order. */
export async function lintPolicies(policies: readonly Lintable[]): Promise<LintFinding[][]> {
  const folder = await mkdtemp(join(tmpdir(), "policies-"));
  try {
    const file = join(folder, "documents.json");
    await writeFile(file, JSON.stringify(policies.map(asLinted)));
    const python = await policyLintPython(() => undefined);
    const { code, stdout, stderr } = await run(python, ["-W", "ignore", join(FOLDER, "lint.py"), file]);
    if (code !== 0) throw new Error(`the linter of policies ended with code ${code}:\n${stderr}`);
    return JSON.parse(stdout) as LintFinding[][];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The linter knows no trust policies, which name no resource: what they are of is theirs. A key's policy is of that key. */
function asLinted({ kind, attachedTo, document }: Lintable): { isOfKey: boolean; document: object } {
  const own = kind === "trust" ? { Resource: attachedTo } : {};
  return {
    isOfKey: kind === "resource" && /^arn:[\w-]+:kms:/.test(attachedTo ?? ""),
    document: { ...document, Statement: document.Statement.map((statement) => ({ ...statement, ...own })) },
  };
}
