import { readFileSync } from "node:fs";
import path from "node:path";
import { PROJECT } from "./commandLine";

/** What happens to who tries: it is done, or refused. */
export type Effect = "allow" | "deny";

/**
 * What decides a cell, by the word that stands in it; docs/security.md says what each means, and the evaluator finds the same word out
 * from the policies (`test/security/policyEvaluator.ts`).
 */
export const REASONS = {
  allow: ["own", "let"],
  deny: ["none", "shut", "no", "key", "lock"],
} as const;

/** Such a word. */
export type Reason = (typeof REASONS)[Effect][number];

/** One cell: a principal, an action, what happens and why. */
export interface MatrixCell {
  principal: string;
  effect: Effect;
  reason: Reason;
  /** Number of the note on it, where there is one. */
  note?: number;
}

/** One row: an action, and what happens to each principal. */
export interface MatrixRow {
  /** Heading of the table that the row is in: what the action is done to. */
  asset: string;
  action: string;
  cells: MatrixCell[];
}

/** The permission matrix of docs/security.md. */
export interface PermissionMatrix {
  principals: string[];
  rows: MatrixRow[];
  /** Text of the notes, by number. */
  notes: Map<number, string>;
}

const SECTION = "## Permission matrix";
const CELL = /^(\*\*allow\*\*|deny) ([a-z]+)(?: \[(\d+)\])?$/;

/**
 * Reads the matrix out of a page: each table below the heading of the section whose first column is headed "action".
 *
 * @throws Error that names the row and the column of what cannot be read: nothing in the tables is passed over
 */
export function parsePermissionMatrix(page: string): PermissionMatrix {
  const begin = page.split("\n").findIndex((line) => line.trim() === SECTION);
  if (begin < 0) throw new Error(`there is no section "${SECTION}"`);
  const below = page.split("\n").slice(begin + 1);
  const end = below.findIndex((line) => line.startsWith("## "));
  const matrix: PermissionMatrix = { principals: [], rows: [], notes: new Map() };
  let asset = "";
  let columns: string[] | undefined;
  for (const line of end < 0 ? below : below.slice(0, end)) {
    if (line.startsWith("### ")) asset = line.slice(4).trim();
    const note = /^(\d+)\. (.*)$/.exec(line);
    if (note) matrix.notes.set(Number(note[1]), note[2] ?? "");
    if (!line.startsWith("|")) columns = undefined;
    else {
      const texts = line
        .split("|")
        .slice(1, -1)
        .map((text) => text.trim());
      if (columns) readLine(matrix, asset, columns, texts);
      else if (texts[0] === "action") columns = header(matrix, asset, texts.slice(1));
    }
  }
  if (matrix.rows.length === 0) throw new Error(`section "${SECTION}" has no row`);
  return matrix;
}

/** Reads the matrix out of docs/security.md of this project. */
export function permissionMatrix(): PermissionMatrix {
  return parsePermissionMatrix(readFileSync(path.join(PROJECT, "docs", "security.md"), "utf8"));
}

function header(matrix: PermissionMatrix, asset: string, principals: string[]): string[] {
  if (new Set(principals).size < principals.length) throw new Error(`table "${asset}" has a column twice`);
  if (matrix.principals.length === 0) matrix.principals = principals;
  if (matrix.principals.join() === principals.join()) return principals;
  throw new Error(`table "${asset}" has other columns than the tables before it`);
}

function readLine(matrix: PermissionMatrix, asset: string, columns: string[], texts: string[]): void {
  if (texts.every((text) => /^:?-+:?$/.test(text))) return;
  const [action = "", ...cells] = texts;
  const where = `"${asset}", "${action}"`;
  if (cells.length !== columns.length) throw new Error(`${where} has ${cells.length} cells, not ${columns.length}`);
  if (matrix.rows.some((row) => row.asset === asset && row.action === action)) throw new Error(`${where} stands twice`);
  matrix.rows.push({
    asset,
    action,
    cells: columns.map((name, at) => cell(`${where}, "${name}"`, name, cells[at] ?? "")),
  });
}

function cell(where: string, principal: string, text: string): MatrixCell {
  const [, said, reason, note] = CELL.exec(text) ?? [];
  if (said === undefined) throw new Error(`${where}: "${text}" is neither **allow** nor deny with a reason`);
  const effect: Effect = said === "deny" ? "deny" : "allow";
  const known: Reason | undefined = REASONS[effect].find((each) => each === reason);
  if (known === undefined) throw new Error(`${where}: "${reason}" is no reason to ${effect}`);
  return { principal, effect, reason: known, ...(note !== undefined && { note: Number(note) }) };
}
