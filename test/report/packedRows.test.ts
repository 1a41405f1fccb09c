import { expect } from "chai";
import fc from "fast-check";
import { readCredentialRows } from "../../report/consolidatedReader";
import { visible } from "../../report/page/text";
import { cellOf } from "../../report/rows";
import { exampleOrganization } from "./exampleOrganization";
import { collected, keyCells, manyUsers, passwordCells, rootCells, runOf, userCells } from "./factories";
import { dataOf, pageOf, runOfEveryKind, unpackedRows } from "./pages";

describe("the rows that the HTML report carries", () => {
  const example = exampleOrganization();

  it("carries every row in file order with its cells, whatever AWS wrote", () => {
    const runs = [example, runOfEveryKind(4, 90), manyUsers(3, 30), manyUsers(60, 9000)];
    for (const run of runs) {
      const page = pageOf(run);
      const rows = readCredentialRows(run.csv);
      const unpacked = unpackedRows(page);
      expect(unpacked.map(({ user }) => user)).to.deep.equal(rows.map(({ user }) => visible(user)));
      for (const [n, row] of rows.entries()) {
        const { origin, cells } = unpacked[n]!;
        expect(origin).to.deep.equal([
          row.accountId,
          visible(row.accountName),
          visible(row.ouPath),
          row.generatedAt / 1000,
        ]);
        for (const [column, cell] of Object.entries(cells)) expect(cell, column).to.equal(visible(cellOf(row, column)));
      }
    }
  });

  it("loses no row and no result, whatever the names", () => {
    const name = fc
      .string({ unit: "binary", minLength: 1, maxLength: 12 })
      .filter((text) => !/[\0\ufeff\ud800-\udfff]/.test(text));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.nat(3)), { maxLength: 30 }), (users) => {
        const lines = users.map(([user, kind]) =>
          userCells(user, {
            ...(kind & 1 ? passwordCells(false, 3) : {}),
            ...keyCells(1, kind & 2 ? { age: 400 } : null),
          }),
        );
        const page = pageOf(runOf([[collected("111122223333", "Management"), [rootCells(), ...lines]]]));
        const rows = unpackedRows(page);
        expect(rows.map(({ user }) => user)).to.deep.equal(["<root_account>", ...users.map(([user]) => visible(user))]);
        const { controls, states, stateBits } = dataOf(page);
        const ofUsers = controls.filter(({ subjects }) => subjects === "user");
        const failing = (id: string) => {
          const shift = stateBits * ofUsers.findIndex((control) => control.id === id);
          return rows.slice(1).filter((row) => states.fail?.includes((row.states >>> shift) & (2 ** stateBits - 1)))
            .length;
        };
        expect(failing("console-mfa")).to.equal(users.filter(([, kind]) => kind & 1).length);
        expect(failing("access-key-rotation")).to.equal(users.filter(([, kind]) => kind & 2).length);
      }),
      { numRuns: 40 },
    );
  });
});
