import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pythonEnvironment } from "../../bench/pythonEnvironment";
import { run } from "./commandLine";

/** What checkov has against a resource. */
export interface CheckFinding {
  /** File in which the resource is, as it was named. */
  file: string;
  /** Resource, by its kind or `resource`, and its name. */
  resource: string;
  /** Id of the rule, as in `CKV_AWS_18`. */
  check: string;
  /** What the rule asks for, in words. */
  asks: string;
}

/** What checkov found, and how many checks passed. */
export interface Checked {
  passed: number;
  findings: CheckFinding[];
}

/** The Python with checkov, in the user's cache folder, made if it is not there yet. */
export function checkovPython(log: (line: string) => void): Promise<string> {
  return pythonEnvironment("checkov", "checkov", join(__dirname, "checkov", "requirements.txt"), log);
}

/**
 * Checks files by their names, all at once: checkov takes seconds to start. It asks nothing of a network.
 *
 * @param framework `terraform_json` for files that end with `.tf.json`
 */
export async function checkov(
  framework: "cloudformation" | "terraform_json",
  files: Readonly<Record<string, string>>,
): Promise<Checked> {
  const folder = mkdtempSync(join(tmpdir(), "checkov-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const options = ["--framework", framework, "--skip-download", "--quiet", "--compact", "--output", "json"];
    const python = await checkovPython(() => undefined);
    const { code, stdout, stderr } = await run(python, ["-m", "checkov.main", "-d", folder, ...options], {
      cwd: folder,
    });
    // 1 is for findings
    if (code !== 0 && code !== 1) throw new Error(`checkov ended with code ${code}:\n${stderr}`);
    return answer(stdout, Object.keys(files).length);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What it prints, as far as it is read here. https://www.checkov.io/2.Basics/Reviewing%20Scan%20Results.html */
interface Answer {
  summary?: { passed: number; failed: number; parsing_errors: number };
  results?: { failed_checks: { check_id: string; check_name: string; file_path: string; resource: string }[] };
}

function answer(text: string, files: number): Checked {
  const { summary, results } = JSON.parse(text) as Answer;
  if (summary === undefined || summary.parsing_errors > 0) {
    throw new Error(`checkov could not read all of ${files} files:\n${text}`);
  }
  const failed = results?.failed_checks ?? [];
  const findings = failed.map(({ check_id, check_name, file_path, resource }) => ({
    file: file_path.replace(/^\//, ""),
    resource,
    check: check_id,
    asks: check_name,
  }));
  return { passed: summary.passed, findings };
}
