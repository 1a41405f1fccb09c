import { createHash } from "node:crypto";
import { zipSync } from "fflate";
import type { CollectorSettings } from "../runtime/settings";
import { buildRuntime } from "./runtimeBundle";

/** Where the bundle of the runtime is in the function's archive. */
const BUNDLE = "build/collector/handler.js";

/** Where the settings of one deployment are in it: all of it that is not the same for everybody. */
const SETTINGS = "settings.json";

const ENTRY = `const { handle } = require("./${BUNDLE}");
const settings = require("./${SETTINGS}");
exports.handler = (event, context) => handle(settings, event, context);
`;

/** Name of the handler in the archive, as Lambda takes it. */
export const COLLECTOR_HANDLER = "__index.handler";

/** The zip file that Lambda runs, byte by byte. */
export interface CollectorArchive {
  zip: Uint8Array;
  /** SHA-256 of the zip file in Base64, which is what Lambda calls `CodeSha256`. */
  codeSha256: string;
  /** SHA-256 of the bundle in it in lower-case hexadecimal; the same for every deployment of the same sources. */
  bundleSha256: string;
}

/** Midday by whatever clock: a zip file says the local time. */
const MODIFIED = new Date(1990, 0, 1, 12);
/** Made on Unix, so that the mode counts; Lambda runs the file as another user than the one that unpacked it. */
const UNIX = 3;
const READABLE_BY_ALL = (0o100644 << 16) >>> 0;

/**
 * Packs the bundled runtime, the settings of one deployment, and three lines that bring them together.
 *
 * The same sources and settings give the same bytes on every machine: names in a fixed order, one date, one mode, and a compressor in plain
 * JavaScript, since that of Node is another on another processor. Nothing packs it again on its way to Lambda.
 *
 * @param settings Of one deployment; none for an archive that only shows how large it is.
 */
export function collectorArchive(settings: CollectorSettings | Record<string, never>): CollectorArchive {
  const { code, sha256 } = buildRuntime();
  const text = (content: string): Uint8Array => new TextEncoder().encode(content);
  const zip = zipSync(
    {
      "__index.js": text(ENTRY),
      [BUNDLE]: code,
      [SETTINGS]: text(`${JSON.stringify(settings, undefined, 2)}\n`),
    },
    { level: 9, mtime: MODIFIED, os: UNIX, attrs: READABLE_BY_ALL },
  );
  return { zip, codeSha256: createHash("sha256").update(zip).digest("base64"), bundleSha256: sha256 };
}
