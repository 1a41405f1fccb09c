import * as pulumi from "@pulumi/pulumi";
import type { CollectorSettings } from "../runtime/settings";
import { bundleRuntime } from "./runtimeBundle";

/** Where the bundle of the runtime is in the function's archive. */
const BUNDLE = "build/collector/handler.js";

/** Name of the handler in the archive, as Lambda takes it. */
export const COLLECTOR_HANDLER = "__index.handler";

/**
 * The archive of the collector's function: its bundled runtime, and a callback that hands its settings over to it.
 *
 * Nothing in it depends on the folder that the program runs in: other programs have packages and folders of their own, and the engine
 * looks for relative paths in theirs.
 */
export function collectorCode(settings: CollectorSettings): pulumi.asset.AssetArchive {
  return new pulumi.asset.AssetArchive({
    "__index.js": new pulumi.asset.StringAsset(callback(settings)),
    [BUNDLE]: new pulumi.asset.FileAsset(bundleRuntime().file),
  });
}

function callback(settings: CollectorSettings): string {
  return `const { handle } = require("./${BUNDLE}");
const settings = ${JSON.stringify(settings, undefined, 2)};
exports.handler = (event, context) => handle(settings, event, context);
`;
}
