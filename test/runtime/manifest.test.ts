import { expect } from "chai";
import fc from "fast-check";

import { MANIFEST_SCHEMA, type AccountRecord, type Manifest } from "../../report/manifest";
import { RunError } from "../../runtime/errors";
import { checkStates, jsonBytes, manifestPieces } from "../../runtime/manifest";
import { member } from "../support/collectorRun";

const record = (n: number, accountName = ""): AccountRecord => ({
  accountId: member(n),
  accountName,
  ouPath: "Root",
  state: "outOfScope",
  reason: "account is SUSPENDED",
});

const manifestOf = (accounts: AccountRecord[], organizationId = "o-exampleorg"): Manifest => ({
  schema: MANIFEST_SCHEMA,
  runId: "20261123T030000Z-000800",
  startedAt: "2026-11-23T03:00:00Z",
  finishedAt: "2026-11-23T03:01:00Z",
  organizationId,
  managementAccountId: "111111111111",
  complete: false,
  counts: { listed: accounts.length, inScope: 0, collected: 0, notCollected: 0, outOfScope: accounts.length },
  rows: 0,
  accounts,
  consolidated: { key: "a", bytes: 1, sha256: "b" },
  previous: null,
});

describe("the manifest in pieces", () => {
  it("has the bytes of the whole, whatever the names of accounts hold", () => {
    const name = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("\n", "\u2028", '"accounts": []', '\n  "accounts": []'),
    );
    fc.assert(
      fc.property(fc.array(name, { maxLength: 5 }), name, (names, organizationId) => {
        const manifest = manifestOf(
          names.map((accountName, n) => record(n, accountName)),
          organizationId,
        );
        expect([...manifestPieces(manifest)].join("")).to.equal(Buffer.from(jsonBytes(manifest)).toString());
      }),
    );
  });
});

describe("the sum of a run", () => {
  const organization = {
    organizationId: "o",
    managementAccountId: "1",
    accounts: [1, 2].map((n) => ({ accountId: member(n), accountName: "", ouPath: "", organizationsState: "ACTIVE" })),
  };

  it("is right when every listed account has one state", () => {
    expect(() => checkStates(organization, [record(1), record(2)])).not.to.throw();
  });

  for (const [what, records] of [
    ["is missing", [record(1)]],
    ["has two states", [record(1), record(1), record(2)]],
    ["was never listed", [record(1), record(2), record(3)]],
    ["stands in for another", [record(1), record(3)]],
  ] as const) {
    it(`fails the run when an account ${what}`, () => {
      expect(() => checkStates(organization, records)).to.throw(RunError, /first differ at 2/);
    });
  }
});
