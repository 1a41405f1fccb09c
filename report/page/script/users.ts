/** Part of the page's script: what the filters of the table of users select, and how it is sorted. */
export const USERS = String.raw`
// What a search looks through beside the account.
const texts = [];
function addTexts() {
  for (let n = texts.length; n < names.length; n += 1) {
    texts.push([names[n], shownOf(packed.user_creation_time[n]), shownOf(packed.password_last_used[n]), ...keyLines(n), lastActivity(n)[1]].join(" ").toLowerCase());
  }
}

const users = filtersOf("users", "", ["q", "account", "ou", "control", "state", "show"]);
const { controls } = users;

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
  for (const state of wanted === "" ? [...states.keys()].slice(1) : (Object.hasOwn(data.states, wanted) ? data.states[wanted] : [])) states[state] = 1;
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
    (account === "" || id === account) && isWithin(path, ou) ? 1 : 0);
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
  tests.push(...wordsOf(controls.q.value).map(wordTest));
  const [one, ...more] = tests.filter((test) => test !== null);
  if (!one) return null;
  return more.length === 0 ? one : (n) => one(n) && more.every((test) => test(n));
}
const mountUsers = () => mount({
  id: "users", columns: data.users, first: byAttention(), draw: drawUser, keys: (at) => userKeys[at](), matcher: userMatcher,
});
`;
