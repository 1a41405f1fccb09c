import { createHash } from "node:crypto";
import { join, resolve } from "node:path";

import { buildSync, type Metafile } from "esbuild";
import { writeBuildOutput } from "./buildOutput";

/** The collector's runtime with all it needs, in one file. */
export interface BuiltRuntime {
  code: Uint8Array;
  /** Lower-case hexadecimal. */
  sha256: string;
  /** Every file that was read for it, by its path relative to the project folder. */
  sources: Map<string, BundledSource>;
}

/** What became of a file in the bundle. */
export interface BundledSource {
  /** Of the bundle; 0 where nothing of the file is left. */
  bytes: number;
  /** The files that it imports, by the same paths. */
  imports: string[];
}

/** A bundle of the collector's runtime on disk. */
export interface RuntimeBundle {
  /** Absolute path of the file. */
  file: string;
  bytes: number;
  /** Lower-case hexadecimal. */
  sha256: string;
}

const PROJECT = resolve(__dirname, "..");

/** Where what is built for the function lies. */
export const RUNTIME_FOLDER = join(PROJECT, "build", "collector");

/**
 * Bundles the runtime into `handler.js`, a CommonJS module for Node.js 22 that exports `handle`. The file is only written when the sources
 * changed.
 *
 * @param outDir Folder of the bundle; relative paths are below the project folder.
 * @throws if a source does not compile.
 */
export function bundleRuntime(outDir = RUNTIME_FOLDER): RuntimeBundle {
  const file = join(resolve(PROJECT, outDir), "handler.js");
  const { code, sha256 } = buildRuntime();
  writeBuildOutput(file, code);
  return { file, bytes: code.byteLength, sha256 };
}

let built: BuiltRuntime | undefined;

/**
 * Builds `runtime/handler.ts` with all it needs, once a process. The same sources and packages give the same bytes, wherever and by whomever.
 *
 * @throws if a source does not compile.
 */
export function buildRuntime(): BuiltRuntime {
  built ??= build();
  return built;
}

function build(): BuiltRuntime {
  const { outputFiles, metafile } = buildSync({
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
    metafile: true,
    logLevel: "silent",
  });
  const [bundle] = outputFiles;
  if (!bundle) throw new Error("esbuild gave no bundle of the collector's runtime");
  return {
    code: bundle.contents,
    sha256: createHash("sha256").update(bundle.contents).digest("hex"),
    sources: sourcesOf(metafile),
  };
}

function sourcesOf({ inputs, outputs }: Metafile): BuiltRuntime["sources"] {
  const kept = Object.values(outputs).map((output) => output.inputs);
  return new Map(
    Object.entries(inputs).map(([path, { imports }]) => [
      path,
      {
        bytes: kept.reduce((sum, inputsOf) => sum + (inputsOf[path]?.bytesInOutput ?? 0), 0),
        imports: imports.filter(({ external }) => !external).map((imported) => imported.path),
      },
    ]),
  );
}
