import { join } from "node:path";
import { buildSync } from "esbuild";

/**
 * Bundles a program of this folder as the runtime is bundled, so that the process that is measured holds nothing else.
 *
 * @param name Of the file, without its ending.
 * @param external Packages that it loads and does not need.
 * @returns Path of the bundle.
 */
export function bundled(name: string, folder: string, external: string[] = []): string {
  const outfile = join(folder, `${name}.js`);
  buildSync({
    entryPoints: [join(__dirname, `${name}.ts`)],
    bundle: true,
    outfile,
    platform: "node",
    target: "node22",
    format: "cjs",
    mainFields: ["module", "main"],
    external,
    keepNames: true,
    logLevel: "warning",
  });
  return outfile;
}
