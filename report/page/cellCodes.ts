import { isoTime, type DateCell, type Flag } from "../cells";
import { visible } from "./text";

/**
 * Cells as numbers, so that those of a large organization are small and quick: a date in the form in which AWS writes it is its
 * time, everything else is a word of a dictionary that says both what AWS wrote and what the page shows for it.
 */

/** Second since 1970 from which times are counted: the beginning of 2006, before IAM. */
export const CODE_EPOCH = Date.UTC(2006, 0, 1) / 1000;

/** Seconds after {@link CODE_EPOCH} that fit into half of a positive 32-bit number: until 2040. */
const CODE_SECONDS = 2 ** 30;

/** A cell that is no usual date: what AWS wrote, what the page shows (null: nothing), and its second since 1970 if it is a date. */
export type Word = [written: string, shown: string | null, second: number | null];

/** Text of an empty cell. */
export const NOTHING = "–";

/** Numbers for cells. At least 0: twice the seconds since {@link CODE_EPOCH}, odd if written with `Z`; else -1 minus the word's place. */
export class CellCodes {
  /** In order of first appearance. */
  readonly words: Word[] = [];
  private readonly codes = new Map<string | null, Map<string, number>>();

  date(cell: DateCell, written: string): number {
    if (cell.kind !== "date") return this.word(written, dateText(cell), null);
    const seconds = cell.at / 1000 - CODE_EPOCH;
    if (seconds >= 0 && seconds < CODE_SECONDS) {
      if (written.length === 25 && written.endsWith("+00:00")) return seconds * 2;
      if (written.length === 20 && written.endsWith("Z")) return seconds * 2 + 1;
    }
    return this.word(written, dateText(cell), cell.at / 1000);
  }

  flag(flag: Flag, written: string): number {
    return this.word(written, flagText(flag), null);
  }

  place(place: string | null, written: string): number {
    return this.word(written, place === null ? null : visible(place), null);
  }

  private word(written: string, shown: string | null, second: number | null): number {
    let codes = this.codes.get(shown);
    if (!codes) this.codes.set(shown, (codes = new Map<string, number>()));
    let code = codes.get(written);
    if (code === undefined) {
      this.words.push([visible(written), shown, second]);
      codes.set(written, (code = -this.words.length));
    }
    return code;
  }
}

/** A date cell in words: the day in UTC, or what the report says instead. */
export function dateText(cell: DateCell): string {
  switch (cell.kind) {
    case "date":
      return isoTime(cell.at).slice(0, 10);
    case "never":
      return "never";
    case "none":
      return NOTHING;
    case "unsupported":
      return "not reported";
    case "unknown":
      return "not known";
  }
}

/** A boolean cell in words. */
export function flagText(flag: Flag): string {
  if (typeof flag === "boolean") return flag ? "yes" : "no";
  return flag === "unsupported" ? "not reported" : "not known";
}
