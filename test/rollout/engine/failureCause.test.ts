import { expect } from "chai";
import { causeOf, isFailure, messageIn } from "../../../rollout/engine/failureCause";

describe("messageIn", () => {
  it("leaves colours, stack traces and the engine's banner out", () => {
    expect(messageIn("<{%reset%}>creating Role: denied<{%reset%}>\n")).to.equal("creating Role: denied");
    const trace = "Error: keyArn is missing\n    at Object.x (/somewhere/a.ts:1:2)\n    at node:internal/main:10:1";
    expect(messageIn(trace)).to.equal("keyArn is missing");
  });
});

describe("causeOf", () => {
  it("says of a stack that was interrupted before it began just that", () => {
    const abort = new AbortController();
    abort.abort();
    expect(causeOf(abort.signal.reason)).to.equal("interrupted before it began");
  });

  it("is otherwise the error itself", () => {
    expect(causeOf(new Error("the worker process ended by itself"))).to.equal("the worker process ended by itself");
  });
});

describe("isFailure", () => {
  it("passes over the line that only says that the update failed", () => {
    expect(isFailure({ severity: "error", message: "update failed" })).to.equal(false);
    expect(isFailure({ severity: "error", message: "creating Role: denied" })).to.equal(true);
    expect(isFailure({ severity: "warning", message: "old" })).to.equal(false);
  });
});
