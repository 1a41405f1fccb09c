import { expect } from "chai";

import { runEvent, runFailedEvent } from "../../../report/events/events";
import { manifestOf, notCollected, RUN_ID } from "../factories";

/** What EventBridge takes in one request, all of it together. */
const REQUEST_BYTES = 256 * 1024;

describe("events about accounts with hostile names", () => {
  for (const character of ["\u0001", "\u2028", "語", "😀", '"', "x"]) {
    it(`are small enough to be sent, however long the names: ${JSON.stringify(character)}`, () => {
      const text = character.repeat(50_000);
      const missing = Array.from({ length: 60 }, (_, n) =>
        notCollected(String(200_000_000_000 + n), text, { ouPath: text, message: text, remedy: text }),
      );
      const facts = {
        bucket: "b".repeat(63),
        manifestKey: "k".repeat(1024),
        manifestSha256: "a".repeat(64),
        opened: null,
      };
      const failed = { runId: RUN_ID, code: "x", message: text, remedy: text, failedAt: "2026-11-20T02:14:00Z" };

      for (const event of [runEvent({ manifest: manifestOf(missing), ...facts }), runFailedEvent(failed as never)]) {
        expect(Buffer.byteLength(JSON.stringify(event.detail))).to.be.below(REQUEST_BYTES - 1024);
      }
    });
  }
});
