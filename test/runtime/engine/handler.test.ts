import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { machineDefinition } from "../../../components/collectorMachineDefinition";
import { bundleRuntime } from "../../../components/runtimeBundle";
import { invokeBundle } from "../../support/bundledCollector";
import { member, organization } from "../../support/collectorRun";
import { startFakeAws, type FakeAws } from "../../support/fakeAws";

const EXECUTION = "arn:aws:states:eu-central-1:111111111111:execution:collector";
const SETTINGS = { engine: "stepfunctions" as const, batchSize: 1, batchConcurrency: 2 };

describe("the deployed collector, called by a state machine", () => {
  let folder: string;
  let aws: FakeAws;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "bundle-"));
    bundleRuntime(folder);
  });
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(async () => {
    aws = await startFakeAws(organization([{ id: member(1) }, { id: member(2) }]));
  });
  afterEach(() => aws.close());

  it("answers a list with the run and the numbers of its batches", async () => {
    const { summary } = await invokeBundle(folder, aws.endpoint, {
      settings: SETTINGS,
      events: [{ step: "list", execution: `${EXECUTION}:one` }],
    });
    expect(summary).to.have.property("batches").that.deep.equals([1, 2, 3]);
    expect(summary)
      .to.have.property("runId")
      .that.matches(/^\d{8}T\d{6}Z-/);
  });

  it("answers a list while another run is going on with the message, where the state machine looks for it", async () => {
    const { summary } = await invokeBundle(folder, aws.endpoint, {
      settings: SETTINGS,
      events: ["one", "two"].map((name) => ({ step: "list", execution: `${EXECUTION}:${name}` })),
    });
    const { Refused: refused } = machineDefinition({
      partition: "aws",
      functionArn: "",
      timeoutSeconds: 900,
      batchConcurrency: 1,
      toleratedFailurePercent: 0,
      runTimeoutMinutes: 60,
    }).States;
    expect(refused?.["CausePath"]).to.equal("$.refused.message");
    expect((summary as unknown as { refused: { message: string } }).refused.message).to.match(/^Run \S+ is going on/);
  });

  for (const [what, settings, event, message] of [
    [
      "a step where one function is the engine",
      {},
      { step: "list", execution: EXECUTION },
      /engine lambda, .*step list/,
    ],
    ["a whole run where a state machine is", SETTINGS, {}, /engine stepfunctions, .*whole run.*execution of the state/],
  ] as const) {
    it(`refuses ${what}, and asks nobody`, async () => {
      const { failure } = await invokeBundle(folder, aws.endpoint, { settings, events: [event] });
      expect(failure).to.match(message);
      expect(aws.requests).to.deep.equal([]);
    });
  }

  it("names run and batch in the log of a step that failed", async () => {
    const runId = "20261123T030000Z-000800";
    const { lines, failure } = await invokeBundle(folder, aws.endpoint, {
      settings: SETTINGS,
      events: [{ step: "collect", runId, batch: 2, batches: 3 }],
    });
    expect(failure).to.match(/Batch 2 of run 20261123T030000Z-000800 cannot be collected: AccessDenied/);
    expect(lines.find(({ message }) => message === "step failed")).to.include({ runId, batch: 2, step: "collect" });
  });
});
