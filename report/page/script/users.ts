/**
 * Part of the page's script: the table of users with its filters, and what begins it all. The address of a view is its hash:
 * `#account=111122223333&ou=Root/Workloads&control=console-mfa&state=fail&show=console&q=deploy`.
 */
export const USERS = String.raw`
// What a search looks through beside the account.
const texts = [];
function addTexts(until) {
  for (let n = texts.length; n < until; n += 1) {
    texts.push([names[n], shownOf(packed.user_creation_time[n]), shownOf(packed.password_last_used[n]), ...keyLines(n), lastActivity(n)[1]].join(" ").toLowerCase());
  }
}

const controls = { q: byId("users-q") };
for (const name of ["account", "ou", "control", "state", "show"]) controls[name] = byId("users-" + name);
const option = (value, text) => { const node = element("option", "", text); node.value = value; return node; };
const stateNames = [["fail", "Fails"], ["excepted", "Fails, but excepted"], ["notDecidable", "Not decidable"], ["pass", "Passes"], ["notApplicable", "Not applicable"]];

// Rows in the order of attention: those of one weight as in the file.
function byAttention() {
  const heaps = new Map();
  const weights = new Uint32Array(data.rows);
  for (let n = 0; n < data.rows; n += 1) {
    const weight = (weights[n] = weightOf(n));
    heaps.set(weight, (heaps.get(weight) ?? 0) + 1);
  }
  let from = 0;
  for (const weight of [...heaps.keys()].sort((a, b) => b - a)) {
    const count = heaps.get(weight);
    heaps.set(weight, from);
    from += count;
  }
  const order = new Uint32Array(data.rows);
  for (let n = 0; n < data.rows; n += 1) {
    const place = heaps.get(weights[n]);
    order[place] = n;
    heaps.set(weights[n], place + 1);
  }
  return order;
}

const times = (column) => Float64Array.from(column, (code) => timeOf(code) ?? (shownOf(code) === "never" ? 0 : NaN));
const eachRow = (value) => Float64Array.from({ length: data.rows }, (_, n) => value(n));
const userKeys = [
  () => ranked(names.map((name) => name.toLowerCase())),
  () => {
    const places = ranked(lines.origins.map(([id, name]) => (name + " " + id).toLowerCase()));
    return eachRow((n) => places[packed.origin[n]]);
  },
  () => times(packed.user_creation_time),
  () => ranked(Array.from(packed.password_enabled, shownOf)),
  () => ranked(Array.from(packed.mfa_active, shownOf)),
  () => times(packed.password_last_used),
  () => eachRow(oldestKey),
  () => eachRow((n) => lastActivity(n)[0]),
  () => eachRow(weightOf),
];

function stateTest() {
  const wanted = controls.state.value;
  const id = controls.control.value;
  if (wanted === "" && id === "") return null;
  const states = new Uint8Array(stateMask + 1);
  for (const state of wanted === "" ? [...states.keys()].slice(1) : data.states[wanted] ?? []) states[state] = 1;
  if (id === "") {
    return (n) => (isRoot(n) ? controlsOf.root : controlsOf.user).some((control) => states[stateOf(n, control)] === 1);
  }
  const control = data.controls.find((control) => control.id === id);
  if (!control) return () => false;
  const aboutRoot = control.subjects === "root";
  return (n) => isRoot(n) === aboutRoot && states[stateOf(n, control)] === 1;
}
function originTest() {
  const account = controls.account.value;
  const ou = controls.ou.value;
  if (account === "" && ou === "") return null;
  const inside = Uint8Array.from(lines.origins, ([id, , path]) =>
    (account === "" || id === account) && (ou === "" || path === ou || path.startsWith(ou + "/")) ? 1 : 0);
  return (n) => inside[packed.origin[n]] === 1;
}
function wordTest(word) {
  const inAccount = Uint8Array.from(lines.origins, ([id, name]) => ((name + " " + id).toLowerCase().includes(word) ? 1 : 0));
  return (n) => inAccount[packed.origin[n]] === 1 || texts[n].includes(word);
}
function userMatcher() {
  const tests = [originTest(), stateTest()];
  if (controls.show.value !== "") {
    const place = data.filters.findIndex(([id]) => id === controls.show.value);
    tests.push((n) => place >= 0 && ((packed.bits[n] >>> place) & 1) === 1);
  }
  const words = wordsOf(controls.q.value);
  if (words.length > 0) addTexts(data.rows);
  tests.push(...words.map(wordTest));
  const [one, ...more] = tests.filter((test) => test !== null);
  if (!one) return null;
  return more.length === 0 ? one : (n) => one(n) && more.every((test) => test(n));
}

const addressed = () => {
  const address = new URLSearchParams(location.hash.slice(1));
  return Object.keys(controls).some((name) => address.has(name)) ? address : null;
};
function goToUsers() {
  byId("users").scrollIntoView();
  byId("users-title").focus({ preventScroll: true });
}

async function start() {
  for (const id of ["accounts", "units", "users"]) byId(id).setAttribute("aria-busy", "true");
  if (addressed()) goToUsers();
  await painted();
  await load();
  await pause();
  for (const table of lines.tables) mountLines(table);
  await pause();
  const accounts = new Map(lines.tables[0].lines.map(([, [, name, id]]) => [id, name]));
  for (const [id, name] of lines.origins) if (!accounts.has(id)) accounts.set(id, name);
  controls.account.append(...[...accounts].map(([id, name]) => option(id, name + " (" + id + ")")));
  controls.ou.append(...lines.tables[1].lines.map(([, path]) => option(path, path)));
  controls.control.append(...data.controls.map(({ id, title }) => option(id, title)));
  controls.state.append(...stateNames.map(([id, label]) => option(id, label)));
  controls.show.append(...data.filters.map(([id, label]) => option(id, label)));

  const match = mount({
    id: "users", columns: data.users, first: byAttention(), draw: drawUser, keys: (at) => userKeys[at](), matcher: userMatcher,
  });
  const narrow = () => {
    byId("users-clear").disabled = Object.values(controls).every((control) => control.value === "");
    match();
  };
  const changed = () => {
    const chosen = Object.entries(controls).filter(([, control]) => control.value !== "");
    const address = new URLSearchParams(chosen.map(([name, control]) => [name, control.value])).toString();
    history.replaceState(null, "", "#" + (address.replaceAll("%2F", "/") || "users"));
    narrow();
  };
  const follow = () => {
    const address = addressed();
    // What was typed is in the address already, and must keep the focus.
    if (!address || Object.entries(controls).every(([name, control]) => control.value === (address.get(name) ?? ""))) return;
    for (const [name, control] of Object.entries(controls)) {
      const value = address.get(name) ?? "";
      control.value = value;
      // An address may name what the page does not have: then no row matches.
      if (control.value !== value) { control.append(option(value, value)); control.value = value; }
    }
    narrow();
    goToUsers();
  };
  for (const control of Object.values(controls)) control.addEventListener("input", changed);
  byId("users-clear").addEventListener("click", () => {
    for (const control of Object.values(controls)) control.value = "";
    changed();
    controls.q.focus();
  });
  byId("users-clear").disabled = true;
  window.addEventListener("hashchange", follow);
  // A link to what is already selected changes no address.
  document.addEventListener("click", ({ target }) => {
    const href = target.closest("a")?.getAttribute("href");
    if (href === location.hash && addressed()) goToUsers();
  });
  follow();
  // What a search looks through is made while nobody waits for it.
  while (texts.length < data.rows) {
    await pause();
    addTexts(Math.min(data.rows, texts.length + 2000));
  }
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
