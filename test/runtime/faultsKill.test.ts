import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { expect } from "chai";

import { bundleRuntime } from "../../components/runtimeBundle";
import { member, organization, runCollector, SETTINGS } from "../support/collectorRun";
import { startFakeAws, type FakeAws } from "../support/fakeAws";
import type { FakeRequest } from "../support/fakeWire";

const INVOCATION = resolve(__dirname, "../../bench/invocation.mjs");
const MEMBERS = 30;

describe("a run that is killed in the middle", () => {
  let folder: string;
  let aws: FakeAws;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "killed-"));
    bundleRuntime(folder);
  });
  after(() => rmSync(folder, { recursive: true }));
  afterEach(() => aws.close());

  /** Runs the bundled collector in a process of its own and kills that when a request fits. */
  async function runAndKill(fits: (request: FakeRequest) => boolean): Promise<void> {
    let kill = (): void => undefined;
    const accounts = Array.from({ length: MEMBERS }, (_, n) => ({ id: member(n) }));
    aws = await startFakeAws(organization(accounts, { onRequest: (request) => fits(request) && kill() }));
    const child = spawn(process.execPath, [INVOCATION, join(folder, "handler.js")], {
      stdio: "ignore",
      env: {
        SETTINGS: JSON.stringify(SETTINGS),
        AWS_ENDPOINT_URL: aws.endpoint,
        AWS_ACCESS_KEY_ID: "AKIACOLLECTOR",
        AWS_SECRET_ACCESS_KEY: "collector-secret",
      },
    });
    kill = () => child.kill("SIGKILL");
    const [, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    expect(signal, "how the first run ended").to.equal("SIGKILL");
  }

  for (const [moment, fits, leavesManifest] of [
    ["stores raw reports", nth(10, (request) => /\/raw\//.test(request.key)), false],
    ["writes the consolidated CSV", nth(1, (request) => request.key.endsWith("credentials.csv")), false],
    ["writes its manifest", nth(1, (request) => request.key.endsWith("manifest.json")), true],
  ] as const) {
    it(`is followed by a complete one that leaves it alone, when it died as it ${moment}`, async () => {
      await runAndKill(fits);
      const left = new Map(aws.objects);
      expect(left.size, "the first run left something").to.be.greaterThan(0);
      expect(left.has("latest.json"), "nothing points to a run that died").to.equal(false);
      const killed = [...left.keys()].find((key) => key.startsWith("runs/"))?.split("/")[1];

      const { summary, manifest } = await runCollector(aws, { start: new Date(Date.now() + 60_000).toISOString() });

      expect(summary).to.include({ complete: true });
      expect(summary.accounts).to.include({ listed: MEMBERS + 1, collected: MEMBERS + 1 });
      for (const [key, object] of left) expect(aws.objects.get(key), key).to.equal(object);
      expect(manifest.previous?.runId).to.equal(leavesManifest ? killed : undefined);
      const own = [...aws.objects.keys()].filter((key) => !left.has(key) && key !== "latest.json");
      expect(own.every((key) => key.includes(summary.runId))).to.equal(true);
      expect(own.filter((key) => key.includes("/raw/"))).to.have.length(MEMBERS + 1);
    });
  }
});

/** True once: for the request number `n` of those that fit. */
function nth(n: number, fits: (request: FakeRequest) => boolean): (request: FakeRequest) => boolean {
  let seen = 0;
  return (request) => fits(request) && (seen += 1) === n;
}
