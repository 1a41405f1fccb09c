/** Part of the page's script: what a packed row says, and how it is drawn: as report/page/userRow.ts draws it. */
export const ROWS = String.raw`
const DAY = 86400;
const days = new Map();
function dayOf(second) {
  const number = Math.floor(second / DAY);
  let day = days.get(number);
  if (day === undefined) days.set(number, (day = new Date(number * DAY * 1000).toISOString().slice(0, 10)));
  return day;
}
// A cell is a time or a word: see report/page/cellCodes.ts.
const timeOf = (code) => (code >= 0 ? data.epoch + (code >> 1) : lines.words[-1 - code][2]);
const shownOf = (code) => (code >= 0 ? dayOf(data.epoch + (code >> 1)) : lines.words[-1 - code][1]);
const writtenOf = (code) => code < 0 ? lines.words[-1 - code][0]
  : new Date(timeOf(code) * 1000).toISOString().slice(0, 19) + (code & 1 ? "Z" : "+00:00");

const rootBit = 1 << data.filters.findIndex(([id]) => id === "root");
const isRoot = (n) => (packed.bits[n] & rootBit) !== 0;
const controlsOf = { root: [], user: [] };
for (const control of data.controls) {
  control.shift = data.stateBits * controlsOf[control.subjects].length;
  controlsOf[control.subjects].push(control);
}
const stateMask = (1 << data.stateBits) - 1;
const stateOf = (n, control) => (packed.states[n] >>> control.shift) & stateMask;
const [FAILS] = data.states.fail;
const [EXCEPTED] = data.states.excepted;
const UNDECIDED = data.states.notDecidable;
const exceptions = new Map(data.exceptions.map(([key, ...exception]) => [key, exception]));

function weightOf(n) {
  let weight = 0;
  for (const control of isRoot(n) ? controlsOf.root : controlsOf.user) if (stateOf(n, control) === FAILS) weight += control.weight;
  return weight;
}

const keys = [1, 2].map((number) => {
  const column = (name) => packed["access_key_" + number + "_" + name];
  return { number, active: column("active"), rotated: column("last_rotated"), used: column("last_used_date"), region: column("last_used_region"), service: column("last_used_service") };
});
const ageOf = (n, code) => {
  const time = timeOf(code);
  return time === null ? null : Math.max(0, Math.floor((lines.origins[packed.origin[n]][3] - time) / DAY));
};
function keyLines(n) {
  return keys.flatMap(({ number, active, rotated, used, region, service }) => {
    const isActive = shownOf(active[n]) === "yes";
    const age = ageOf(n, rotated[n]);
    if (!isActive && age === null) return [];
    const old = age === null ? "age not known" : grouped(age) + (age === 1 ? " day" : " days");
    const use = timeOf(used[n]) !== null ? ["used " + shownOf(used[n]), shownOf(service[n]), shownOf(region[n])].filter((part) => part !== null).join(", ")
      : shownOf(used[n]) === "never" ? "never used" : "use not known";
    return [number + ": " + (isActive ? "active" : "inactive") + ", " + old, use];
  });
}
function oldestKey(n) {
  let oldest = NaN;
  for (const { active, rotated } of keys) {
    const age = shownOf(active[n]) === "yes" ? ageOf(n, rotated[n]) : null;
    if (age !== null && !(age <= oldest)) oldest = age;
  }
  return oldest;
}
const usesOf = (n) => [packed.password_last_used[n], keys[0].used[n], keys[1].used[n]];
const UNUSED = ["not known", "not reported", "never"];
function lastActivity(n) {
  let newest = null;
  for (const code of usesOf(n)) if (timeOf(code) !== null && (newest === null || timeOf(code) > timeOf(newest))) newest = code;
  if (newest !== null) return [timeOf(newest), shownOf(newest)];
  const shown = usesOf(n).map(shownOf);
  const text = UNUSED.find((text) => shown.includes(text)) ?? "–";
  return [text === "never" ? 0 : NaN, text];
}

function marksOf(n) {
  return (isRoot(n) ? controlsOf.root : controlsOf.user).flatMap((control) => {
    const state = stateOf(n, control);
    const fails = data.states.fail.includes(state);
    const undecided = UNDECIDED.includes(state) && !control.undecidable;
    return fails || undecided ? [{ control, fails, excepted: state === EXCEPTED || state === UNDECIDED[1] }] : [];
  });
}
function proving(n, { columns, usableOnly }) {
  return columns.filter((column) => !usableOnly || shownOf(
    column.startsWith("password_") ? packed.password_enabled[n] : keys[column.startsWith("access_key_1") ? 0 : 1].active[n]) !== "no");
}
function drawMarks(n) {
  const marks = marksOf(n);
  if (marks.length === 0) return [];
  const proofs = marks.map(({ control, fails, excepted }) => {
    const proof = element("div", "proof",
      element("p", "", element("b", "", fails ? control.failure : control.unclear), element("small", "", control.names)));
    if (excepted) {
      const [expires, reason] = exceptions.get(lines.origins[packed.origin[n]][0] + "/" + names[n] + "/" + control.id) ?? ["", ""];
      proof.append(element("p", "", "Excepted until " + expires + ": " + reason));
    }
    proof.append(element("ul", "", ...proving(n, control).map((column) =>
      element("li", "", element("code", "", column), " " + (writtenOf(packed[column][n]) || "(empty)")))));
    return proof;
  });
  return [element("details", "",
    element("summary", "", ...marks.flatMap(({ control, fails, excepted }, at) => [
      ...(at === 0 ? [] : [" "]),
      element("span", excepted ? "mark excepted" : fails ? "mark" : "mark unclear", control.mark + (fails ? "" : "?"))])),
    ...proofs)];
}

function drawUser(n) {
  const [id, name] = lines.origins[packed.origin[n]];
  const cell = (kind, text) => element("td", text === "–" ? "none" : kind, text);
  const mfa = shownOf(packed.mfa_active[n]);
  const heading = element("th", "text", names[n]);
  heading.setAttribute("scope", "row");
  return element("tr", "",
    heading,
    element("td", "account", link("account=" + id, name), element("small", "", id)),
    cell("date", shownOf(packed.user_creation_time[n])),
    cell("text", shownOf(packed.password_enabled[n])),
    cell(mfa === "no" ? "text warn" : "text", mfa),
    cell("date", shownOf(packed.password_last_used[n])),
    element("td", "lines", ...keyLines(n).map((line) => element("span", "line", line))),
    cell("date", lastActivity(n)[1]),
    element("td", "marks", ...drawMarks(n)));
}
`;
