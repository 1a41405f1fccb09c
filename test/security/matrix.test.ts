import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { PROJECT } from "../support/commandLine";
import { permissionMatrix, type MatrixCell } from "../support/permissionMatrix";
import { ACTIONS } from "./matrixActions";
import { CALLERS } from "./matrixCallers";
import { LAMBDA, type MatrixAction } from "./matrixRequests";
import { renderedSite, type Asset, type Site } from "./matrixSite";
import { judgeAll, type Verdict } from "./policyEvaluator";

/** Principals whose rights these stacks do not give: what they are allowed has to be accounted for. */
const OTHERS = /administrator|administers|^auditor$|^other |^anonymous$|elsewhere/;

describe("the permission matrix, judged by the rendered policies", function () {
  this.timeout(60_000);
  const matrix = permissionMatrix();
  const figures = { cells: 0, held: 0, allowed: 0, denied: 0 };
  const deciding = new Map<object, string[]>();
  let site: Site;

  before(async () => {
    site = await renderedSite();
  });
  after(() => {
    const folder = path.join(PROJECT, "test-artifacts");
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "matrix-policies.json"), `${JSON.stringify(figures)}\n`);
    process.stdout.write(`    ${figures.cells} cells judged by the policies, ${figures.held} held\n`);
  });

  const verdictOf = async (action: MatrixAction, principal: string): Promise<Verdict> => {
    const of = CALLERS[principal];
    if (!of) throw new Error(`no caller is known for column "${principal}"`);
    return judgeAll(of(site, (action.actor ?? LAMBDA)(site)), action.requests(site));
  };
  const inWords = ({ allowed, reason }: Verdict, { locked }: MatrixAction): string => {
    if (allowed && locked) return "deny lock";
    return `${allowed ? "allow" : "deny"} ${reason}`;
  };
  const said = ({ effect, reason }: MatrixCell): string => `${effect} ${reason}`;

  it("has a column for everybody whom the tests know, and for nobody else", () => {
    expect(matrix.principals).to.deep.equal(Object.keys(CALLERS));
  });

  it("has a row for everything that can be tried, and a way to try every row", () => {
    const known = Object.entries(ACTIONS).flatMap(([asset, rows]) =>
      Object.keys(rows).map((row) => `${asset}: ${row}`),
    );
    expect(matrix.rows.map(({ asset, action }) => `${asset}: ${action}`)).to.have.members(known);
  });

  it("accounts for whatever is allowed to others than the stacks' own roles, and has no note on nothing", () => {
    const allowed = matrix.rows.flatMap((row) =>
      row.cells
        .filter(({ effect }) => effect === "allow")
        .map((cell) => ({ ...cell, row: `${row.asset}: ${row.action}` })),
    );
    const silent = allowed.filter(({ principal, note }) => OTHERS.test(principal) && note === undefined);
    expect(silent.map(({ row, principal }) => `${row}, ${principal}`)).to.deep.equal([]);
    const used = new Set(matrix.rows.flatMap(({ cells }) => cells.flatMap(({ note }) => note ?? [])));
    expect([...used].sort((a, b) => a - b)).to.deep.equal([...matrix.notes.keys()]);
  });

  for (const row of matrix.rows) {
    it(`${row.asset}: ${row.action}`, async () => {
      const action = ACTIONS[row.asset]?.[row.action];
      if (!action) throw new Error(`nothing knows how to try "${row.action}" of "${row.asset}"`);
      const found: Record<string, string> = {};
      for (const { principal } of row.cells) {
        const verdict = await verdictOf(action, principal);
        found[principal] = inWords(verdict, action);
        for (const { resourcePolicy } of action.requests(site)) {
          if (resourcePolicy) deciding.set(resourcePolicy, [...(deciding.get(resourcePolicy) ?? []), ...verdict.sids]);
        }
      }
      const expected = Object.fromEntries(row.cells.map((cell) => [cell.principal, said(cell)]));
      figures.cells += row.cells.length;
      figures.allowed += row.cells.filter(({ effect }) => effect === "allow").length;
      figures.denied += row.cells.filter(({ effect }) => effect === "deny").length;
      figures.held += row.cells.filter(({ principal }) => found[principal] === expected[principal]).length;
      expect(found).to.deep.equal(expected);
    });
  }

  it("leaves no statement of a policy on a thing untried", () => {
    const assets = [...Object.values(site).filter(isAsset), ...Object.values(site.roles)];
    const untried = assets.flatMap(({ arn, policy }) =>
      (policy?.Statement ?? []).flatMap(({ Sid }) =>
        policy && deciding.get(policy)?.includes(Sid) ? [] : `${arn}: ${Sid}`,
      ),
    );
    expect(untried).to.deep.equal([]);
  });
});

function isAsset(value: unknown): value is Asset {
  return typeof value === "object" && value !== null && "arn" in value;
}
