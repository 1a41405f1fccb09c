/**
 * The script of the page, as text: it is put into the file as it stands, and its hash into the file's
 * content-security policy. It reads the JSON of the element `report-data` and only ever sets text, never markup.
 *
 * The address of a view is its hash: `#show=console-no-mfa&account=111122223333&q=deploy`.
 */
export const PAGE_SCRIPT = String.raw`(() => {
"use strict";
const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("report-data").textContent);
const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
const element = (name, className, ...children) => {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children);
  return node;
};
const marksOf = (bits) => data.marks.filter(([bit]) => bits & bit);

// How each kind of column is drawn, and what it is sorted by.
const draw = {
  text: (value) => [value],
  date: (value) => [value],
  number: (value) => [value === null ? "–" : grouped(value)],
  lines: (value) => value.slice(1).map((line) => element("span", "line", line)),
  account: (index) => {
    const [id, name] = data.accounts[index];
    const link = element("a", "", name);
    link.setAttribute("href", "#account=" + id);
    return [link, element("small", "", id)];
  },
  marks: (bits) => marksOf(bits).map(([, text]) => element("span", "mark", text)),
};
const sortValue = {
  text: (value) => (value === "–" ? null : value.toLowerCase()),
  date: (value) => (value === "–" ? null : value),
  number: (value) => value,
  lines: (value) => value[0],
  account: (index) => data.accounts[index].slice().reverse().join(" ").toLowerCase(),
  marks: (bits) => marksOf(bits).length,
};
const cellClass = (column, value) =>
  column.kind === "number" ? (column.warn && value > 0 ? "number warn" : "number")
  : value === "–" ? "none" : column.warn && value === "no" ? column.kind + " warn" : column.kind;

function drawRow(columns, row) {
  return element("tr", "", ...columns.map((column) => {
    const value = row[column.at];
    const cell = element(column.heading ? "th" : "td", cellClass(column, value), ...draw[column.kind](value));
    if (column.heading) cell.setAttribute("scope", "row");
    return cell;
  }));
}

// Row numbers in the order of a column; empty cells come last, whichever way.
function sorted(table, at, down) {
  const column = table.columns[at];
  const keys = table.rows.map((row) => sortValue[column.kind](row[column.at]));
  const way = down ? -1 : 1;
  return [...keys.keys()].sort((a, b) => {
    const [x, y] = [keys[a], keys[b]];
    if (x === y) return a - b;
    if (x === null || y === null) return x === null ? 1 : -1;
    return x < y ? -way : way;
  });
}

function mount(table) {
  const part = (name) => byId(table.id + "-" + name);
  let order = [...table.rows.keys()], sortedBy = -1, down = false;
  let page = 0, printing = false, matching = order;
  let words = null; // what the search looks through, made when first needed
  const filter = { q: "", account: -1, bit: 0 };

  function match() {
    const terms = filter.q.toLowerCase().split(/\s+/).filter(Boolean);
    if (terms.length > 0 && !words) {
      words = table.rows.map((row) =>
        (row.flat().filter((value) => typeof value === "string").join(" ") + " " + data.accounts[row[1]].join(" ")).toLowerCase());
    }
    matching = order.filter((n) => {
      const row = table.rows[n];
      return (filter.bit === 0 || row[0] & filter.bit) && (filter.account < 0 || row[1] === filter.account) &&
        terms.every((term) => words[n].includes(term));
    });
    page = 0;
    show();
  }
  function show() {
    const whole = printing && matching.length <= data.printRows;
    const from = whole ? 0 : page * data.pageRows;
    const shown = matching.slice(from, whole ? matching.length : from + data.pageRows);
    part("body").replaceChildren(...shown.map((n) => drawRow(table.columns, table.rows[n])));
    part("status").textContent =
      (shown.length === 0 ? "No row matches" : "Rows " + grouped(from + 1) + "–" + grouped(from + shown.length) + " of " + grouped(matching.length)) +
      (matching.length < table.rows.length ? " (" + grouped(table.rows.length) + " without filter)" : "");
    part("pages").hidden = matching.length <= data.pageRows;
    part("previous").disabled = page === 0;
    part("next").disabled = from + shown.length >= matching.length;
    part("print-note").hidden = whole || shown.length === matching.length;
  }
  function turn(by) { page += by; show(); }
  part("previous").addEventListener("click", () => turn(-1));
  part("next").addEventListener("click", () => turn(1));
  table.columns.forEach((column, at) => part("sort-" + at).addEventListener("click", () => {
    // Numbers and marks are first wanted from the largest down.
    down = sortedBy === at ? !down : ["number", "lines", "marks"].includes(column.kind);
    sortedBy = at;
    order = sorted(table, at, down);
    table.columns.forEach((_, n) => part("head-" + n).setAttribute("aria-sort", n !== at ? "none" : down ? "descending" : "ascending"));
    match();
  }));
  window.addEventListener("beforeprint", () => { printing = true; show(); });
  window.addEventListener("afterprint", () => { printing = false; show(); });
  show();
  return (changes) => { Object.assign(filter, changes); match(); };
}

const narrowAccounts = mount(data.tables[0]);
byId("accounts-q").addEventListener("input", () => narrowAccounts({ q: byId("accounts-q").value }));
const narrowUsers = mount(data.tables[1]);
const controls = { q: byId("users-q"), account: byId("users-account"), show: byId("users-show") };
const option = (value, text) => { const node = element("option", "", text); node.value = value; return node; };
controls.show.append(...data.filters.map(([id, label]) => option(id, label)));
controls.account.append(...data.accounts.map(([id, name]) => option(id, name + " (" + id + ")")));

function narrow() {
  const n = data.filters.findIndex(([id]) => id === controls.show.value);
  narrowUsers({ q: controls.q.value, account: data.accounts.findIndex(([id]) => id === controls.account.value), bit: n < 0 ? 0 : 1 << n });
  byId("users-clear").disabled = Object.values(controls).every((control) => control.value === "");
}
function changed() {
  const chosen = Object.entries(controls).filter(([, control]) => control.value !== "");
  history.replaceState(null, "", "#" + (new URLSearchParams(chosen.map(([name, control]) => [name, control.value])).toString() || "users"));
  narrow();
}
function follow() {
  const address = new URLSearchParams(location.hash.slice(1));
  if (!["q", "account", "show"].some((name) => address.has(name))) return;
  for (const [name, control] of Object.entries(controls)) control.value = address.get(name) ?? "";
  narrow();
  byId("users").scrollIntoView();
  byId("users-title").focus({ preventScroll: true });
}
for (const control of Object.values(controls)) control.addEventListener("input", changed);
byId("users-clear").addEventListener("click", () => {
  for (const control of Object.values(controls)) control.value = "";
  changed();
  controls.q.focus();
});
for (const id of ["accounts-search", "users-search"]) byId(id).hidden = false;
byId("users-clear").disabled = true;
window.addEventListener("hashchange", follow);
follow();
})();
`;
