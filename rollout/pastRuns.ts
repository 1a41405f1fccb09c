import type { Manifest } from "../report/manifest";
import { trendPoint, type TrendPoint } from "../report/trend";
import { readManifest, type Evidence } from "./evidence";

/** Runs of a trend, the newest included: a month of nights. */
const TREND_RUNS = 30;

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
  while (previous && points.length < TREND_RUNS) {
    const before = await readManifest(evidence, previous.runId);
    if (!before) {
      onBreak(`The trend begins after run ${previous.runId}, whose manifest is not there any more`);
      break;
    }
    if (before.manifestSha256 !== previous.sha256) {
      onBreak(
        `The trend begins after run ${previous.runId}: its manifest in ${evidence.place} is not what the run after it says. Run ` +
          "verify: somebody may have altered it",
      );
      break;
    }
    points.push(trendPoint(before.manifest));
    ({ previous } = before.manifest);
  }
  return points.reverse();
}
