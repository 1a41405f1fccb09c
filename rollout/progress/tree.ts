import { fitted } from "./width";

/** A resource in hand. */
export interface ResourceInHand {
  /** What is being done, as in `creating Bucket report-bucket`. */
  doing: string;
  /** Milliseconds of the clock. */
  began: number;
}

/** A stack that is being worked on. */
export interface RunningStack {
  name: string;
  /** Milliseconds of the clock. */
  began: number;
  /** In the order in which they were begun. */
  inHand: readonly ResourceInHand[];
  done: number;
  failed: number;
}

/** How far a rollout is. */
export interface RolloutView {
  operation: string;
  /** Milliseconds of the clock. */
  began: number;
  total: number;
  ended: number;
  failed: number;
  running: readonly RunningStack[];
  /** Milliseconds until all is done, as far as that can be said. */
  toGo?: number;
}

/** What is left of a screen for the tree, in columns and lines. */
export interface Room {
  columns: number;
  rows: number;
}

/**
 * The living tree: a line for the whole, one for each running stack, and below each what it has in hand. Pure. Never wider or higher than its
 * room: stacks come before their resources, and what finds no place is counted.
 */
export function treeLines(view: RolloutView, now: number, { columns, rows }: Room): string[] {
  const lines = [headline(view, now)];
  const room = Math.max(1, rows - 1);
  const running = view.running.slice(0, view.running.length > room ? room - 1 : room);
  let spare = room - running.length - (running.length < view.running.length ? 1 : 0);
  const shown = running.map(() => 0);
  // one resource after the other to each stack, so that none takes all the room
  for (let round = 1; spare > 0; round++) {
    const before = spare;
    running.forEach((stack, index) => {
      if (spare === 0 || stack.inHand.length < round) return;
      shown[index] = round;
      spare--;
    });
    if (spare === before) break;
  }
  running.forEach((stack, index) => {
    const left = stack.inHand.length - (shown[index] ?? 0);
    const more = left > 0 ? `, ${left}${shown[index] ? " more" : ""} in hand` : "";
    lines.push(`  ${stack.name}  ${stackState(stack)}${more} · ${seconds(now - stack.began)}`);
    for (const { doing, began } of stack.inHand.slice(0, shown[index])) {
      lines.push(`    ${doing} · ${seconds(now - began)}`);
    }
  });
  const hidden = view.running.length - running.length;
  if (hidden > 0) lines.push(`  and ${hidden} stacks more`);
  return lines.slice(0, Math.max(1, rows)).map((line) => fitted(line, columns));
}

/** Milliseconds until all is done, from how long stacks of the same kind took; undefined where too few have ended to say so. */
export function timeToGo(endedSeconds: readonly number[], remaining: number, parallel: number): number | undefined {
  if (endedSeconds.length < 3 || remaining === 0) return undefined;
  const mean = endedSeconds.reduce((sum, each) => sum + each, 0) / endedSeconds.length;
  return Math.ceil(remaining / Math.max(1, parallel)) * mean * 1000;
}

function headline({ operation, began, total, ended, failed, running, toGo }: RolloutView, now: number): string {
  const waiting = total - ended - running.length;
  return [
    `${operation}: ${ended} of ${total} stacks done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
    seconds(now - began) + (toGo === undefined ? "" : `, about ${seconds(toGo)} to go`),
  ].join(" · ");
}

function stackState({ inHand, done, failed }: RunningStack): string {
  if (done === 0 && failed === 0 && inHand.length === 0) return "starting";
  return `${done} done${failed > 0 ? `, ${failed} failed` : ""}`;
}

/** "12 s", "3 min 5 s" */
function seconds(ms: number): string {
  const all = Math.max(0, Math.round(ms / 1000));
  return all < 90 ? `${all} s` : `${Math.floor(all / 60)} min ${all % 60} s`;
}
