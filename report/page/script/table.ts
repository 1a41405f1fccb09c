import { FROM_THE_RIGHT } from "../text";

/** Part of the page's script: a table that searches, sorts and turns pages, and lines of plain data: see report/page/table.ts. */
export const TABLE = String.raw`
// Numbers of the rows in the order of their keys; rows without a key (NaN) come last, whichever way.
function sorted(keys, place, down) {
  const way = down ? -1 : 1;
  return place.slice().map((_, n) => n).sort((a, b) => {
    const [x, y] = [keys[a], keys[b]];
    if (x === y || (x !== x && y !== y)) return place[a] - place[b];
    if (x !== x || y !== y) return x !== x ? 1 : -1;
    return x < y ? -way : way;
  });
}
// Texts as numbers in their order; null is no text.
function ranked(texts) {
  const place = new Map([...new Set(texts)].filter((text) => text !== null).sort().map((text, n) => [text, n]));
  return Float64Array.from(texts, (text) => place.get(text) ?? NaN);
}
// Numbers, marks and what is counted are first wanted from the largest down.
const largestFirst = ["number", "count", "accounts", "lines", "marks"];

/* table: id, columns, first (row numbers in their first order), draw(n), keys(column), matcher() */
function mount({ id, columns, first, draw, keys, matcher }) {
  const part = (name) => byId(id + "-" + name);
  const place = new Uint32Array(first.length);
  first.forEach((n, at) => { place[n] = at; });
  const known = new Map(); // keys of the columns that were sorted by
  let order = first, matching = first, sortedBy = -1, down = false, page = 0, printing = false;

  function match() {
    const matches = matcher();
    matching = matches ? order.filter(matches) : order;
    page = 0;
    show();
  }
  function show() {
    const whole = printing && matching.length <= data.printRows;
    const from = whole ? 0 : page * data.pageRows;
    const shown = Array.from(matching.subarray(from, whole ? matching.length : from + data.pageRows));
    part("body").replaceChildren(...shown.map(draw));
    part("status").textContent =
      (shown.length === 0 ? (first.length === 0 ? "No rows" : "No row matches") : "Rows " + grouped(from + 1) + "–" + grouped(from + shown.length) + " of " + grouped(matching.length)) +
      (matching.length < first.length ? " (" + grouped(first.length) + " without filter)" : "");
    part("pages").hidden = matching.length <= data.pageRows;
    part("previous").disabled = page === 0;
    part("next").disabled = from + shown.length >= matching.length;
    const note = part("print-note");
    note.hidden = whole || shown.length === matching.length;
    note.textContent = "This print shows rows " + grouped(from + 1) + "–" + grouped(from + shown.length) + " of " + grouped(matching.length) + ". All rows: " + data.location;
  }
  function turn(by) { page += by; show(); }
  part("previous").addEventListener("click", () => turn(-1));
  part("next").addEventListener("click", () => turn(1));
  columns.forEach((column, at) => part("sort-" + at).addEventListener("click", () => {
    down = sortedBy === at ? !down : largestFirst.includes(column.kind);
    sortedBy = at;
    if (!known.has(at)) known.set(at, keys(at));
    order = sorted(known.get(at), place, down);
    columns.forEach((_, n) => part("head-" + n).setAttribute("aria-sort", n !== at ? "none" : down ? "descending" : "ascending"));
    match();
  }));
  window.addEventListener("beforeprint", () => { printing = true; show(); });
  window.addEventListener("afterprint", () => { printing = false; show(); });
  match();
  byId(id).setAttribute("aria-busy", "false");
  byId(id + "-search").hidden = false;
  return match;
}

const wordsOf = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);

// Each name of a path that is read from the right is set apart: see escapePath in report/page/text.ts.
const fromTheRight = /${FROM_THE_RIGHT}/u;
const pathOf = (path) => !fromTheRight.test(path) ? [path]
  : path.split("/").flatMap((name, at) => [...(at === 0 ? [] : ["/"]), element("bdi", "", name)]);

const drawCell = {
  path: pathOf,
  text: (value) => [value],
  number: (value) => [value === null ? "–" : grouped(value)],
  count: (value, line, column) => {
    if (value === null || value === 0) return [value === null ? "–" : "0"];
    const node = link(line + "&" + column.selects, grouped(value));
    node.setAttribute("data-rows", String(value));
    return [node];
  },
  accounts: (value, line, column) => {
    if (value === 0) return ["0"];
    const node = link("accounts-" + line + (column.selects ?? ""), grouped(value));
    node.setAttribute("data-accounts", String(value));
    return [node];
  },
  lines: (value) => value.slice(1).map((line) => element("span", "line", line)),
  account: (value, line) => [link(line, value[1]), element("small", "", value[2])],
  unit: (value, line) => {
    const cut = value.lastIndexOf("/") + 1;
    return [link(line, element("small", "", ...pathOf(value.slice(0, cut))), value.slice(cut))];
  },
};
const lineKey = (value) => Array.isArray(value) ? value[0] ?? (value.length > 2 ? value[1].toLowerCase() : null)
  : typeof value === "string" ? (value === "–" ? null : value.toLowerCase()) : value;
const isNumber = (kind) => kind === "number" || kind === "count" || kind === "accounts";

// Whether a unit is another one or below it; any is within none.
const isWithin = (path, ou) => ou === "" || path === ou || path.startsWith(ou + "/");
// What became of an account: where it has no report, its last cell says so.
const stateOfLine = (line) => line.at(-1)[0] === null ? line.at(-1)[1] : "collected";

function mountLines({ id, columns, lines }, { q, ou, state }) {
  const texts = lines.map((line) => line.slice(1).flat().filter((value) => typeof value === "string").join(" ").toLowerCase());
  return mount({
    id, columns,
    first: Uint32Array.from(lines.keys()),
    draw: (n) => element("tr", "", ...columns.map((column, at) => {
      const value = lines[n][at + 1];
      const kind = isNumber(column.kind) ? (column.warn && value > 0 ? "number warn" : "number")
        : value === "–" ? "none" : column.warn && value === "no" ? column.kind + " warn" : column.kind;
      const cell = element(at === 0 ? "th" : "td", kind, ...drawCell[column.kind](value, lines[n][0], column));
      if (at === 0) cell.setAttribute("scope", "row");
      return cell;
    })),
    keys: (at) => {
      const values = lines.map((line) => lineKey(line[at + 1]));
      return values.some((value) => typeof value === "string") ? ranked(values) : Float64Array.from(values, (value) => value ?? NaN);
    },
    matcher: () => {
      const words = wordsOf(q.value);
      return (n) => words.every((word) => texts[n].includes(word)) &&
        (!ou || isWithin(lines[n][2], ou.value)) && (!state || state.value === "" || stateOfLine(lines[n]) === state.value);
    },
  });
}
`;
