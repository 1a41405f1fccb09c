import { expect } from "chai";
import { causeOf, isFailure } from "../../rollout/failureCause";

describe("causeOf", () => {
  it("gives what the engine's diagnostics say, without colours, once each", () => {
    const message = "<{%reset%}>sdk: AccessDenied: not allowed to kms:CreateKey<{%reset%}>\n";
    expect(causeOf(new Error("code: 255"), [message, message])).to.equal(
      "sdk: AccessDenied: not allowed to kms:CreateKey",
    );
  });

  it("leaves stack traces and the engine's banner out", () => {
    const trace = "Error: keyArn is missing\n    at Object.x (/somewhere/a.ts:1:2)\n    at node:internal/main:10:1";
    expect(causeOf(new Error("x"), [trace])).to.equal("keyArn is missing");
  });

  it("says of a stack that was interrupted before it began just that", () => {
    const abort = new AbortController();
    abort.abort();
    expect(causeOf(abort.signal.reason, [])).to.equal("interrupted before it began");
  });

  it("falls back on the error itself", () => {
    expect(causeOf(new Error("the worker process ended by itself"), [])).to.equal("the worker process ended by itself");
  });
});

describe("isFailure", () => {
  it("passes over the line that only says that the update failed", () => {
    expect(isFailure({ severity: "error", message: "update failed" })).to.equal(false);
    expect(isFailure({ severity: "error", message: "creating Role: denied" })).to.equal(true);
    expect(isFailure({ severity: "warning", message: "old" })).to.equal(false);
  });
});
