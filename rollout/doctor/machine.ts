import { readFileSync } from "node:fs";
import type { PluginInfo } from "@pulumi/pulumi/automation";
import { ok, unknown, wrong, type Check, type Verdict } from "./check";
import { cliError } from "./engineFacts";
import type { DoctorFacts } from "./facts";

/** The oldest Node that the Pulumi SDK takes. */
const OLDEST_NODE = 22;
const INSTALL = "https://www.pulumi.com/docs/install/";

/** The machine that deploys: Node, the Pulumi CLI, its plug-in for AWS. */
export const MACHINE_CHECKS: Check<DoctorFacts>[] = [
  { id: "node", what: "Node.js", look: () => nodeVerdict(process.versions.node) },
  {
    id: "pulumi-cli",
    what: "Pulumi CLI",
    look: async ({ engine }) => {
      try {
        return cliVerdict(await engine.version(), versionOf("@pulumi/pulumi"));
      } catch (error) {
        return wrong(
          `no usable CLI on PATH: ${cliError(error)}`,
          `Install it (${INSTALL}), or try everything without one: --emulated`,
        );
      }
    },
  },
  {
    id: "aws-plugin",
    what: "Pulumi plug-in for AWS",
    look: async ({ engine, env }) =>
      pluginVerdict(
        await engine.plugins(),
        versionOf("@pulumi/aws"),
        isTrue(env["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"]),
      ),
  },
];

/** @param version as in `24.21.0` */
export function nodeVerdict(version: string): Verdict {
  return Number(version.split(".")[0]) >= OLDEST_NODE
    ? ok(version)
    : wrong(
        `${version} is older than ${OLDEST_NODE}, which the Pulumi SDK needs`,
        "Run it as npm run orchestrate -- …, which brings its own Node",
      );
}

/** Whether a CLI serves the SDK: one of the same major version that is not older. */
export function cliVerdict(cli: string, sdk: string): Verdict {
  const [major = 0, ...rest] = numbers(cli);
  const [sdkMajor = 0, ...sdkRest] = numbers(sdk);
  if (cli === "") return unknown("the CLI does not say its version");
  if (major !== sdkMajor) {
    return wrong(`${cli} does not fit the SDK ${sdk}`, `Install version ${sdkMajor} of the CLI: ${INSTALL}`);
  }
  const older = rest.map((part, n) => part - (sdkRest[n] ?? 0)).find((difference) => difference !== 0) ?? 0;
  return older < 0
    ? unknown(`${cli} is older than the SDK ${sdk}, and may lack what it asks for`, `Update the CLI: ${INSTALL}`)
    : ok(`${cli}, for the SDK ${sdk}`);
}

/** Whether the provider will be there when the engine asks for it. */
export function pluginVerdict(
  plugins: readonly Pick<PluginInfo, "name" | "kind" | "version">[],
  version: string,
  mayNotFetch: boolean,
): Verdict {
  const found = plugins
    .filter(({ name, kind }) => name === "aws" && kind === "resource")
    .map((plugin) => plugin.version);
  if (found.includes(version)) return ok(`${version} is installed`);
  const others = found.length > 0 ? ` (there is ${found.join(", ")})` : "";
  return mayNotFetch
    ? wrong(
        `${version} is not installed${others}, and PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION keeps the engine from fetching it`,
        `pulumi plugin install resource aws ${version}`,
      )
    : ok(`${version} is not installed${others}: the engine fetches it at first use`);
}

function versionOf(name: string): string {
  return (JSON.parse(readFileSync(require.resolve(`${name}/package.json`), "utf8")) as { version: string }).version;
}

function numbers(version: string): number[] {
  return version.replace(/^v/, "").split(/[-+]/)[0]!.split(".").map(Number);
}

function isTrue(value: string | undefined): boolean {
  return value === "1" || value?.toLowerCase() === "true";
}
