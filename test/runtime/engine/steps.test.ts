import { expect } from "chai";

import { causeOf } from "../../../runtime/engine/failStep";
import { stepOf } from "../../../runtime/engine/steps";
import { RunError } from "../../../runtime/errors";

const RUN = "20261123T030000Z-000800";
const EXECUTION = "arn:aws:states:eu-central-1:111111111111:execution:collector:night";

describe("stepOf", () => {
  it("takes the events of the state machine as they are", () => {
    const events = [
      { step: "list", execution: EXECUTION },
      { step: "collect", runId: RUN, batch: 2, batches: 40 },
      { step: "finish", runId: RUN, execution: EXECUTION },
      { step: "fail", execution: EXECUTION, error: { Error: "States.Timeout", Cause: "" } },
      { step: "fail", runId: RUN, execution: EXECUTION, error: { Error: "RunError", Cause: "{}" } },
    ];
    for (const event of events) expect(stepOf(event)).to.equal(event);
  });

  it("finds no step in the event of a schedule, or of a person", () => {
    for (const event of [undefined, null, {}, "collect", { time: "2026-11-23T03:00:00Z" }]) {
      expect(stepOf(event), JSON.stringify(event)).to.equal(undefined);
    }
  });

  for (const [what, event] of [
    ["a step that there is not", { step: "delete" }],
    ["a run id that is a path", { step: "finish", runId: "../../latest", execution: EXECUTION }],
    ["no run", { step: "collect", batch: 1, batches: 1 }],
    ["a batch beyond the last", { step: "collect", runId: RUN, batch: 3, batches: 2 }],
    ["a batch that is no number", { step: "collect", runId: RUN, batch: "1", batches: 2 }],
    ["no execution", { step: "list" }],
    ["no error", { step: "fail", execution: EXECUTION }],
  ] as const) {
    it(`refuses ${what}, and says what asks for steps`, () => {
      expect(() => stepOf(event))
        .to.throw(RunError, /state machine of the management stack/)
        .with.property("code", "UnknownStep");
    });
  }
});

describe("the cause of a failed run", () => {
  it("is the message of the function, or else what Step Functions says", () => {
    const failure = { errorType: "RunError", errorMessage: "Batch 3 cannot be collected", trace: ["at …"] };
    expect(causeOf(JSON.stringify(failure))).to.equal("Batch 3 cannot be collected");
    expect(causeOf("The execution timed out")).to.equal("The execution timed out");
    expect(causeOf("")).to.equal("no cause is given");
  });
});
