import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { TestBrowser } from "../test/support/browser";
import type { PageBuildingFigures } from "./pageBuilding";
import { openPage, type PageOpeningFigures } from "./pageOpening";
import { writePageRun } from "./pageRun";
import { rounded, target, type Bench } from "./options";
import { lastLine, onCores } from "./processes";
import { bundled } from "./bundled";

/** The page of 200,000 users and one of a hundredth of the accounts: built on one core, then opened in Chromium. */
export const pageBench: Bench = async (options, log) => {
  const { accounts = 10_000, users = 20, seed = 1, profile } = options;
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const browser = await TestBrowser.start();
  try {
    const script = bundled("pageBuilding", folder);
    const run = async (size: number) => {
      const out = join(folder, String(size));
      mkdirSync(out);
      await writePageRun(out, size, users, seed);
      const flags = profile ? ["--cpu-prof", `--cpu-prof-dir=${resolve(profile)}`] : [];
      const file = join(out, "report.html");
      const command = [process.execPath, ...flags, script, out, file];
      const building = JSON.parse(await lastLine(onCores("first", command), process.env)) as PageBuildingFigures;
      log(`page: ${building.rows} rows in ${rounded(building.seconds)} s; now in Chromium`);
      return { building: allRounded(building), opening: allRounded(await openPage(browser, file)) };
    };
    const small = await run(Math.ceil(accounts / 100));
    const large: { building: PageBuildingFigures; opening: PageOpeningFigures } = await run(accounts);
    return {
      targets: [
        target("seconds to build", large.building.seconds, 10),
        target("peak memory in MiB", large.building.peakMiB, 500),
        target("megabytes of the page", large.building.pageBytes / 1e6, 25),
        target("seconds to the first paint", large.opening.firstPaint / 1000, 2),
      ],
      chromium: browser.version,
      large,
      small,
    };
  } finally {
    await browser.stop();
    rmSync(folder, { recursive: true });
  }
};

function allRounded<T extends object>(figures: T): T {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, rounded(value as number)])) as T;
}
