import { readFileSync } from "node:fs";
import type * as pulumi from "@pulumi/pulumi";
import { strFromU8, unzipSync } from "fflate";
import { only, type Registered } from "./pulumiMocks";

/** The files of the archive that the collector's function was registered with, by their names, as text. */
export async function archivedFiles(registered: readonly Registered[]): Promise<Record<string, string>> {
  const { path } = only(registered, "aws:lambda/function:Function")["code"] as pulumi.asset.FileArchive;
  const files = unzipSync(readFileSync(await path));
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, strFromU8(bytes)]));
}

/** The settings that the collector's function was registered with, as the JSON text in its archive. */
export async function archivedSettings(registered: readonly Registered[]): Promise<string> {
  return (await archivedFiles(registered))["settings.json"] ?? "";
}
