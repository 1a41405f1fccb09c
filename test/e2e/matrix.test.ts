import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { PROJECT } from "../support/commandLine";
import { permissionMatrix, type Effect, type MatrixCell, type MatrixRow } from "../support/permissionMatrix";
import { renderedSite } from "../security/matrixSite";
import { ATTEMPTS, NOT_CALLERS, NOT_IN_EMULATOR } from "./matrix/attempts";
import { deploy, type Deployed } from "./matrix/deployment";
import { gapAt, GAPS } from "./matrix/gaps";
import { outcomeOf, outcomeUnsigned } from "./matrix/outcome";
import type { Attempt } from "./matrix/world";

/*
 * The other half of test/security/matrix.test.ts: the same cells, tried with real requests at what was really deployed. The policies alone
 * do not prove that they are what is deployed, that they hang where they should, nor that each service asks them.
 */
describe("the permission matrix, tried in the emulator", function () {
  this.timeout(300_000);
  const matrix = permissionMatrix();
  const figures = { cells: 0, held: 0, gaps: 0, allowed: 0, denied: 0 };
  let folder: string;
  let deployed: Deployed | undefined;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "matrix-"));
    deployed = await deploy(folder, await renderedSite());
  });
  after(async () => {
    await deployed?.emulation.stop();
    rmSync(folder, { recursive: true, force: true });
    const artifacts = path.join(PROJECT, "test-artifacts");
    mkdirSync(artifacts, { recursive: true });
    writeFileSync(path.join(artifacts, "matrix-emulator.json"), `${JSON.stringify(figures)}\n`);
    process.stdout.write(
      `    ${figures.cells} cells tried in the emulator, ${figures.held} held, ${figures.gaps} known gaps of the emulator\n`,
    );
  });

  const nameOf = ({ asset, action }: MatrixRow): string => `${asset}: ${action}`;

  /** What came of trying a cell; undefined where the emulator, or AWS itself, has no way to ask it. */
  async function tried(attempt: Attempt, { principal }: MatrixCell): Promise<Effect | undefined> {
    const actor = deployed?.actors[principal];
    if (!deployed || !actor) throw new Error(`nobody is made for column "${principal}"`);
    const foreign = actor.accountId !== deployed.world.accounts[attempt.owner];
    if (actor.accountId === undefined)
      return outcomeUnsigned(attempt.call(deployed.world, actor.clients), attempt.ofBucket === true);
    if (attempt.inside && foreign) return undefined;
    const effect = await outcomeOf(attempt, attempt.call(deployed.world, actor.clients), foreign);
    if (effect === "allow") await attempt.undo?.(deployed.world);
    return effect;
  }

  it("has a way to try every row, or says why there is none", () => {
    const known = Object.entries(ATTEMPTS).flatMap(([asset, rows]) =>
      Object.keys(rows).map((row) => `${asset}: ${row}`),
    );
    expect([...known, ...Object.keys(NOT_IN_EMULATOR)]).to.have.members(matrix.rows.map(nameOf));
    expect(matrix.principals.filter((name) => !(name in NOT_CALLERS))).to.deep.equal(
      Object.keys(deployed?.actors ?? {}),
    );
  });

  for (const row of matrix.rows) {
    const attempt = ATTEMPTS[row.asset]?.[row.action];
    if (!attempt) continue;
    it(nameOf(row), async () => {
      const found: Record<string, string> = {};
      const expected: Record<string, string> = {};
      const one = async (cell: MatrixCell): Promise<void> => {
        const effect = await tried(attempt, cell);
        if (effect === undefined) return;
        const gap = gapAt(nameOf(row), cell.principal);
        const right = gap ? gap.emulator : cell.effect;
        found[cell.principal] = effect;
        expected[cell.principal] = right;
        figures.cells += 1;
        if (gap) figures.gaps += 1;
        else {
          figures.held += effect === right ? 1 : 0;
          figures[effect === "allow" ? "allowed" : "denied"] += 1;
        }
      };
      const cells = row.cells.filter(({ principal }) => !(principal in NOT_CALLERS));
      if (deployed) await attempt.before?.(deployed.world);
      // what has to be undone, the next must not find done
      if (attempt.undo) for (const cell of cells) await one(cell);
      else await Promise.all(cells.map(one));
      if (deployed) await attempt.after?.(deployed.world);
      expect(found).to.deep.equal(expected);
    });
  }

  it("knows of each gap of the emulator why it is one", () => {
    for (const { row, principals, why } of GAPS) {
      expect(matrix.rows.map(nameOf), row).to.include(row);
      expect(matrix.principals).to.include.members([...principals]);
      expect(why).to.match(/\w+ \w+/);
    }
  });
});
