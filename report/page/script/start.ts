/** Part of the page's script: what begins it all, and what is different on paper. */
export const START = String.raw`
const accounts = filtersOf("accounts", "accounts-", ["q", "ou", "state"]);
const units = filtersOf("units", "units-", ["q"]);
const sections = [accounts, units, users];
const stateNames = [["fail", "Fails"], ["excepted", "Fails, but excepted"], ["notDecidable", "Not decidable"], ["pass", "Passes"], ["notApplicable", "Not applicable"]];

// a name that may be read from the right turns nothing beside it; others stay as they are, since typing finds a choice by its first letter
const apart = (name) => /[\u0590-\uffff]/.test(name) ? "\u2068" + name + "\u2069" : name;

function addChoices() {
  const [accountLines, unitLines] = lines.tables.map((table) => table.lines);
  const named = new Map(accountLines.map(([, [, name, id]]) => [id, name]));
  for (const [id, name] of lines.origins) if (!named.has(id)) named.set(id, name);
  users.controls.account.append(...[...named].map(([id, name]) => option(id, apart(name) + " (" + id + ")")));
  for (const { ou } of [users.controls, accounts.controls]) ou.append(...unitLines.map(([, path]) => option(path, path)));
  accounts.controls.state.append(...["collected", "missing", "out of scope"].map((state) => option(state, state)));
  users.controls.control.append(...data.controls.map(({ id, title }) => option(id, title)));
  users.controls.state.append(...stateNames.map(([id, label]) => option(id, label)));
  users.controls.show.append(...data.filters.map(([id, label]) => option(id, label)));
}

async function start() {
  for (const id of ["accounts", "units", "users"]) byId(id).setAttribute("aria-busy", "true");
  sections.find(({ addressed }) => addressed())?.goTo();
  await painted();
  await load(addTexts);
  await pause();
  addChoices();
  accounts.begin(mountLines(lines.tables[0], accounts.controls));
  units.begin(mountLines(lines.tables[1], units.controls));
  await pause();
  users.begin(mountUsers());
}

// What is folded away on the screen is unfolded on paper, but for the proofs of single rows.
let unfolded = [];
window.addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll("details.on-paper:not([open])")];
  for (const details of unfolded) details.open = true;
});
window.addEventListener("afterprint", () => { for (const details of unfolded) details.open = false; });

start().catch((error) => {
  for (const id of ["accounts", "units", "users"]) {
    byId(id).setAttribute("aria-busy", "false");
    byId(id + "-status").textContent += ". " + (typeof DecompressionStream === "undefined"
      ? "This browser cannot unpack the other rows: open the page in one of 2023 or later"
      : "The other rows could not be unpacked (" + error.message + "): compare this file with the one that was written") +
      ". All rows: " + data.location;
  }
});
`;
