import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { buildSync } from "esbuild";

/** A bundle of the collector's runtime on disk. */
export interface RuntimeBundle {
  /** Absolute path of the file. */
  file: string;
  bytes: number;
  /** Lower-case hexadecimal. */
  sha256: string;
}

const PROJECT = resolve(__dirname, "..");

/**
 * Bundles `runtime/handler.ts` with all it needs into `handler.js`, a CommonJS module for Node.js 22 that exports
 * `handle`. The same sources give the same bytes; the file is only written when they changed, and at once, so several programs may
 * do this at the same time.
 *
 * @param outDir Folder of the bundle; relative paths are below the project folder.
 * @throws if a source does not compile.
 */
export function bundleRuntime(outDir = "build/collector"): RuntimeBundle {
  const file = join(resolve(PROJECT, outDir), "handler.js");
  const code = build();
  if (!existsSync(file) || !readFileSync(file).equals(code)) {
    mkdirSync(dirname(file), { recursive: true });
    const temporary = `${file}.${randomBytes(6).toString("hex")}.tmp`;
    writeFileSync(temporary, code);
    renameSync(temporary, file);
  }
  return { file, bytes: code.byteLength, sha256: createHash("sha256").update(code).digest("hex") };
}

function build(): Buffer {
  const { outputFiles } = buildSync({
    // Not the folder of the caller: paths must not find their way into the bundle.
    absWorkingDir: PROJECT,
    entryPoints: ["runtime/handler.ts"],
    bundle: true,
    write: false,
    platform: "node",
    target: "node22",
    format: "cjs",
    // The SDK's ES modules leave unused commands out; its CommonJS ones cannot.
    mainFields: ["module", "main"],
    minify: true,
    // Errors are told apart by the names of their classes.
    keepNames: true,
    legalComments: "none",
    sourcemap: false,
    logLevel: "silent",
  });
  const [bundle] = outputFiles;
  if (!bundle) throw new Error("esbuild gave no bundle of the collector's runtime");
  return Buffer.from(bundle.contents);
}
