import { join } from "node:path";
import { pythonEnvironment } from "../../bench/pythonEnvironment";
import { run, type Ended } from "./commandLine";

const FOLDER = join(__dirname, "templates");

/** The Python with cfn-lint and GitHub's schema of workflows, in the user's cache folder, made if it is not there yet. */
export function templatesPython(log: (line: string) => void): Promise<string> {
  return pythonEnvironment("templates", "cfn-lint", join(FOLDER, "requirements.txt"), log);
}

/** What cfn-lint has against CloudFormation templates, rules of every level; nothing if it ends with 0. It takes seconds to start. */
export function cfnLint(files: readonly string[], regions: readonly string[]): Promise<Ended> {
  const main = "import sys; from cfnlint.runner import main; sys.exit(main())";
  return python("-c", main, "--include-checks", "I", "--regions", ...regions, "--", ...files);
}

/** What the manifest of CfCT may not hold. */
export function checkManifest(file: string): Promise<Ended> {
  return python("-m", "check_jsonschema", "--schemafile", join(FOLDER, "cfct-manifest.json"), file);
}

/** What the published schema of GitHub's workflows, which the package brings along, has against one. */
export function checkWorkflow(file: string): Promise<Ended> {
  return python("-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", file);
}

/** What a JSON Schema has against files. */
export function checkAgainstSchema(schema: string, files: readonly string[]): Promise<Ended> {
  return python("-m", "check_jsonschema", "--schemafile", schema, ...files);
}

async function python(...args: string[]): Promise<Ended> {
  return run(await templatesPython(() => undefined), args);
}
