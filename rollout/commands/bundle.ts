import { readFileSync } from "node:fs";
import path from "node:path";
import { version as esbuildVersion } from "esbuild";
import { collectorArchive } from "../../components/collectorArchive";
import type { CollectorSettings } from "../../runtime/settings";
import { messageOf, RolloutError } from "../errors";
import { compositionOf } from "../sbom/composition";
import { cycloneDx, type Described } from "../sbom/cycloneDx";

/** What `bundle` is asked for. */
export interface BundleOptions {
  /** The settings.json of a function's archive. */
  settings?: string;
}

/** What `bundle` answers. */
export interface BundleAnswer {
  command: "bundle";
  /** SHA-256 of the bundled runtime in hexadecimal: the output bundleSha256 of the management stack. */
  bundleSha256: string;
  bundleBytes: number;
  /** Packages whose code is in it. */
  packages: number;
  /** With settings: SHA-256 of the archive in Base64, as Lambda says it, and as the output codeSha256 of the management stack. */
  codeSha256?: string;
  /** The same in hexadecimal, as sha256sum says it. */
  codeSha256Hex?: string;
  /** Of the archive, with these settings or with none. */
  zipBytes: number;
}

/**
 * Builds the code of the function as a deployment from this clone would.
 *
 * @throws RolloutError if the settings cannot be read or are none
 */
export function bundle(projectDir: string, { settings }: BundleOptions, log: (line: string) => void): BundleAnswer {
  const { packages, bytes, sha256 } = compositionOf(projectDir);
  const { zip, codeSha256 } = collectorArchive(settings === undefined ? {} : readSettings(settings));
  const hex = Buffer.from(codeSha256, "base64").toString("hex");
  const built = { bundleSha256: sha256, bundleBytes: bytes, packages: packages.length, zipBytes: zip.length };
  log(`Runtime: ${bytes} bytes of ${packages.length} packages and the project's own code, SHA-256 ${sha256}`);
  if (settings === undefined) {
    log(`Archive: ${zip.length} bytes and the settings of a deployment, which its hash depends on (--settings)`);
    return { command: "bundle", ...built };
  }
  log(`Archive: ${zip.length} bytes with ${settings}, CodeSha256 ${codeSha256} (${hex})`);
  return { command: "bundle", ...built, codeSha256, codeSha256Hex: hex };
}

/** The software bill of materials of the function's bundle: CycloneDX in JSON. */
export function sbom(projectDir: string): string {
  const project = JSON.parse(readFileSync(path.join(projectDir, "package.json"), "utf8")) as Described;
  const zipBytes = collectorArchive({}).zip.length;
  return cycloneDx(compositionOf(projectDir), project, { esbuild: esbuildVersion }, { zipBytes });
}

function readSettings(file: string): CollectorSettings {
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new RolloutError(`The settings in ${file} cannot be read: ${messageOf(cause)}`, 1, { cause });
  }
  if (typeof read !== "object" || read === null || !("bucketName" in read)) {
    throw new RolloutError(
      `${file} holds no settings of a collector: take settings.json out of the function's archive ` +
        "(aws lambda get-function says where that is)",
    );
  }
  return read as CollectorSettings;
}
