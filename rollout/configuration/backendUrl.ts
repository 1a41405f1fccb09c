import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { parse } from "yaml";

/**
 * The backend by an absolute address, where the one that is chosen is a folder by a relative one. The engine looks for that from where
 * it runs, and here it runs in a work folder a stack: each would have a state of its own. By hand it runs in the project's folder.
 *
 * @returns undefined where the address can stay as it is
 */
export function absoluteBackendUrl(projectDir: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const url = chosenBackend(projectDir, env);
  const [, folder = "", query = ""] = /^file:\/\/([^?]*)(\?.*)?$/.exec(url ?? "") ?? [];
  if (folder === "" || folder.startsWith("/") || folder.startsWith("~") || /^[A-Za-z]:/.test(folder)) return undefined;
  return `file://${path.resolve(projectDir, folder)}${query}`;
}

/** As the CLI chooses: the environment, the project's own, the last login. https://www.pulumi.com/docs/iac/concepts/state-and-backends/ */
function chosenBackend(projectDir: string, env: NodeJS.ProcessEnv): string | undefined {
  if (env["PULUMI_BACKEND_URL"]) return env["PULUMI_BACKEND_URL"];
  const project = readYaml(path.join(projectDir, "Pulumi.yaml")) as { backend?: { url?: unknown } } | undefined;
  const home = env["PULUMI_HOME"] || path.join(homedir(), ".pulumi");
  const login = readYaml(path.join(home, "credentials.json")) as { current?: unknown } | undefined;
  return [project?.backend?.url, login?.current].find((url): url is string => typeof url === "string" && url !== "");
}

/** JSON is YAML too. What cannot be read is for the engine to complain of. */
function readYaml(file: string): unknown {
  try {
    return existsSync(file) ? parse(readFileSync(file, "utf8")) : undefined;
  } catch {
    return undefined;
  }
}
