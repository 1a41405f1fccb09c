import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import { PROJECT } from "./commandLine";

const CENTRAL = ["security", "logarchive", "management"] as const;

/**
 * Makes what a user has who cloned the project: without the state of this machine, so that the stack files can be written to.
 *
 * @param entries Entry points and folders beside those that `pulumi up` needs.
 * @param settings Lines for the configuration of stacks, as in `signManifests: true`; one takes the place of a line of the same key.
 * @param top What else each stack's file says, as in `{ secretsprovider: "awskms://…" }`.
 */
export function copyProject(
  folder: string,
  entries: readonly string[] = [],
  settings: Partial<Record<(typeof CENTRAL)[number], readonly string[]>> = {},
  top: Readonly<Record<string, string>> = {},
): void {
  const needed = ["components", "report", "rollout", "runtime", "index.ts", "package.json", "tsconfig.json"];
  const files = ["Pulumi.yaml", ...CENTRAL.map((stack) => `Pulumi.${stack}.yaml`)];
  for (const entry of [...needed, ...files, ...entries]) {
    cpSync(path.join(PROJECT, entry), path.join(folder, entry), { recursive: true });
  }
  for (const stack of CENTRAL) {
    const lines = Object.entries(top).map(([key, value]) => `${key}: ${value}\n`);
    const written = path.join(folder, `Pulumi.${stack}.yaml`);
    if (lines.length > 0) writeFileSync(written, lines.join("") + readFileSync(written, "utf8"));
    for (const line of settings[stack] ?? []) {
      const file = path.join(folder, `Pulumi.${stack}.yaml`);
      const key = `  iam-credential-reports:${line.split(":")[0]}:`;
      const others = readFileSync(file, "utf8")
        .split("\n")
        .filter((each) => !each.startsWith(key));
      writeFileSync(file, `${others.join("\n").trimEnd()}\n  iam-credential-reports:${line}\n`);
    }
  }
  symlinkSync(path.join(PROJECT, "node_modules"), path.join(folder, "node_modules"));
}

/** What the file of a stack says. */
export interface StackFileContent {
  /** The account that its provider is held to. */
  accountId: string;
  assumeRoles?: object[];
  /** The project's keys, without the namespace. */
  settings: Record<string, unknown>;
}

/** Writes the files of the three stacks anew, all in one Region. */
export function writeStackFiles(folder: string, stacks: Record<(typeof CENTRAL)[number], StackFileContent>): void {
  for (const stack of CENTRAL) {
    const { accountId, assumeRoles, settings } = stacks[stack];
    const own = Object.entries(settings).map(([key, value]) => [`iam-credential-reports:${key}`, value] as const);
    const provider = {
      "aws:region": "eu-central-1",
      "aws:allowedAccountIds": [accountId],
      ...(assumeRoles && { "aws:assumeRoles": assumeRoles }),
    };
    const config = { ...provider, ...Object.fromEntries(own) };
    writeFileSync(path.join(folder, `Pulumi.${stack}.yaml`), stringify({ config }));
  }
}
