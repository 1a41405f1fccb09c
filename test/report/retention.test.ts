import { expect } from "chai";
import { expiryOf, hasExpired, retainedKind, retentionDaysOf, type Retention } from "../../report/retention";

const RUN = "20261101T031500Z-000001";
const BEGAN = Date.parse("2026-11-01T03:15:00Z");
const DAY = 24 * 3600_000;
const RAW = `runs/${RUN}/raw/111122223333.csv`;
const CSV = `credentials/run_date=2026-11-01/run=${RUN}/credentials.csv`;
const MANIFEST = `runs/${RUN}/manifest.json`;
const after = (days: number): Retention => ({
  days: { raw: 10, consolidated: 20, other: 30 },
  now: BEGAN + days * DAY,
});

describe("the retention of a run's objects", () => {
  it("is that of everything where a kind has no earlier day, and for ever where that is for ever", () => {
    const none = { rawRetentionDays: 0, consolidatedRetentionDays: 0 };
    expect(retentionDaysOf({ retentionDays: 90, ...none })).to.deep.equal({ raw: 90, consolidated: 90, other: 90 });
    expect(retentionDaysOf({ retentionDays: 0, ...none, rawRetentionDays: 30 })).to.deep.equal({
      raw: 30,
      consolidated: 0,
      other: 0,
    });
  });

  it("tells kinds by their place in the run that they belong to, and none by another run's", () => {
    expect([RAW, CSV, MANIFEST].map((key) => retainedKind(RUN, key))).to.deep.equal(["raw", "consolidated", "other"]);
    const elsewhere = [`runs/other/raw/1.csv`, CSV.replace(RUN, "other"), "latest.json"];
    expect(elsewhere.map((key) => retainedKind(RUN, key))).to.deep.equal(["other", "other", "other"]);
  });

  it("ends for each kind after its own days, and not a moment before", () => {
    expect([RAW, CSV, MANIFEST].map((key) => hasExpired(after(10), RUN, key, undefined))).to.deep.equal([
      true,
      false,
      false,
    ]);
    const almost = { ...after(10), now: BEGAN + 10 * DAY - 1 };
    expect(hasExpired(almost, RUN, RAW, undefined)).to.equal(false);
    expect(hasExpired(after(30), RUN, MANIFEST, undefined)).to.equal(true);
  });

  it("excuses no deletion that came before its time, nor anything of what is no run, nor where nothing expires", () => {
    expect(hasExpired(after(15), RUN, RAW, BEGAN + 9 * DAY)).to.equal(false);
    expect(hasExpired(after(15), RUN, RAW, BEGAN + 11 * DAY)).to.equal(true);
    expect(hasExpired(after(99), "20261301T990000Z-000001", RAW, undefined)).to.equal(false);
    expect(hasExpired(undefined, RUN, RAW, undefined)).to.equal(false);
    expect(expiryOf({ days: { raw: 0, consolidated: 0, other: 0 }, now: BEGAN }, RUN, RAW)).to.equal(undefined);
  });
});
