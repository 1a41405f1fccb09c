import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { CollectorSettings } from "../runtime/settings";
import { writeBuildOutput } from "./buildOutput";
import { collectorArchive, type CollectorArchive } from "./collectorArchive";
import { RUNTIME_FOLDER } from "./runtimeBundle";

/** The code of the collector's function, and what it can be recognized by. */
export interface CollectorCode extends Pick<CollectorArchive, "codeSha256" | "bundleSha256"> {
  archive: pulumi.asset.FileArchive;
}

/**
 * The archive of the collector's function as a zip file on disk, which the engine hands on as it is. Its name follows from its content, so
 * programs with other settings may be deployed at the same time.
 *
 * Nothing in it depends on the folder that the program runs in: other programs have packages and folders of their own, and the engine
 * looks for relative paths in theirs. An archive with a secret in it is there for as long as this process, which waits for the engine to have
 * taken it.
 */
export function collectorCode(settings: CollectorSettings): CollectorCode {
  const { zip, codeSha256, bundleSha256 } = collectorArchive(settings);
  const folder = settings.externalId === undefined ? RUNTIME_FOLDER : passingFolder();
  const file = join(folder, `${Buffer.from(codeSha256, "base64").toString("hex").slice(0, 16)}.zip`);
  writeBuildOutput(file, zip);
  return { archive: new pulumi.asset.FileArchive(file), codeSha256, bundleSha256 };
}

/** A folder for the owner alone, which goes when this process does. */
function passingFolder(): string {
  mkdirSync(RUNTIME_FOLDER, { recursive: true });
  const folder = mkdtempSync(join(RUNTIME_FOLDER, "own-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
