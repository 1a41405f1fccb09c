import { expect } from "chai";
import { stepOf } from "../../../runtime/engine/steps";

const EXECUTION = "arn:aws:states:eu-central-1:111122223333:execution:reports:1";
const statusChange = (detail: object): object => ({
  version: "0",
  "detail-type": "Step Functions Execution Status Change",
  source: "aws.states",
  detail: { executionArn: EXECUTION, ...detail },
});

describe("an event of a failed execution", () => {
  it("asks for the step fail, with what Step Functions says went wrong", () => {
    const cause = '{"errorType":"RunError","errorMessage":"said \\"no\\""}';
    expect(stepOf(statusChange({ status: "FAILED", error: "RunError", cause }))).to.deep.equal({
      step: "fail",
      execution: EXECUTION,
      error: { Error: "RunError", Cause: cause },
    });
  });

  it("says in words what has no error of its own: a run that took too long, and one that was stopped", () => {
    expect(stepOf(statusChange({ status: "TIMED_OUT", error: null, cause: null }))).to.have.nested.property(
      "error.Error",
      "States.Timeout",
    );
    expect(stepOf(statusChange({ status: "ABORTED", error: null, cause: "" }))).to.deep.include({
      error: { Error: "Aborted", Cause: "The execution was stopped, and whoever did it gave no cause" },
    });
  });

  it("is told from the event of a schedule, which asks for no step", () => {
    expect(stepOf({ source: "aws.events", detail: {} })).to.equal(undefined);
    expect(stepOf({ source: "aws.states" })).to.equal(undefined);
  });
});
