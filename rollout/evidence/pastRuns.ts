import type { Manifest } from "../../report/manifest";
import { trendPoint, type TrendPoint } from "../../report/trend";
import { EARLIER_RUNS, earlierManifests } from "../../runtime/earlierRuns";
import { keys } from "../../runtime/store";
import { messageOf } from "../errors";
import type { Evidence } from "./evidence";

/**
 * The runs up to this one, oldest first, as the chain of manifests names them. It ends at the first run, at one that has expired,
 * or at one that is not what the next manifest says.
 *
 * @param onBreak Told why the chain ends before its first run, in words.
 */
export async function trendUpTo(
  evidence: Evidence,
  manifest: Manifest,
  onBreak: (why: string) => void,
): Promise<TrendPoint[]> {
  const points = [trendPoint(manifest)];
  let { previous } = manifest;
  try {
    const stored = { manifest: async (runId: string) => evidence.read(keys.manifest(runId)) };
    for await (const before of earlierManifests(stored, manifest)) {
      points.unshift(trendPoint(before));
      ({ previous } = before);
    }
    if (previous && points.length <= EARLIER_RUNS) {
      onBreak(`The trend begins after run ${previous.runId}, whose manifest is not there any more`);
    }
  } catch (error) {
    onBreak(
      `The trend begins after run ${previous?.runId}: ${messageOf(error)}. Run verify: somebody may have altered it`,
    );
  }
  return points;
}
