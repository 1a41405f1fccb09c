/**
 * Part of the page's script: filters of a table, and the address of what they select. A view's address is its hash:
 * `#account=111122223333&ou=Root/Workloads&control=console-mfa&state=fail&show=console&q=deploy` for users,
 * `#accounts-ou=Root/Workloads&accounts-state=missing&accounts-q=staging` for accounts.
 */
export const ADDRESS = String.raw`
const option = (value, text) => { const node = element("option", "", text); node.value = value; return node; };

/* id: of the section; prefix: of the filters' names in an address; names: of the filters */
function filtersOf(id, prefix, names) {
  const controls = Object.fromEntries(names.map((name) => [name, byId(id + "-" + name)]));
  const all = Object.entries(controls);
  const addressed = () => {
    const address = new URLSearchParams(location.hash.slice(1));
    return names.some((name) => address.has(prefix + name)) ? address : null;
  };
  const goTo = () => {
    byId(id).scrollIntoView();
    byId(id + "-title").focus({ preventScroll: true });
  };
  function begin(match) {
    const clear = byId(id + "-clear");
    const narrow = () => {
      clear.disabled = all.every(([, control]) => control.value === "");
      match();
    };
    const changed = () => {
      const chosen = all.filter(([, control]) => control.value !== "");
      const address = new URLSearchParams(chosen.map(([name, control]) => [prefix + name, control.value])).toString();
      history.replaceState(null, "", "#" + (address.replaceAll("%2F", "/") || id));
      narrow();
    };
    const follow = () => {
      const address = addressed();
      if (!address) return;
      for (const [name, control] of all) {
        const value = address.get(prefix + name) ?? "";
        control.value = value;
        // An address may name what the page does not have: then no row matches.
        if (control.value !== value && name !== "q") { control.append(option(value, value)); control.value = value; }
      }
      narrow();
      goTo();
    };
    for (const [, control] of all) control.addEventListener("input", changed);
    clear.addEventListener("click", () => {
      for (const [, control] of all) control.value = "";
      changed();
      controls.q.focus();
    });
    clear.disabled = true;
    // News of an address that is no longer the page's come late: they must not take the focus from who types since.
    window.addEventListener("hashchange", (event) => { if (!event || event.newURL === location.href) follow(); });
    // A link to what is already selected changes no address.
    document.addEventListener("click", ({ target }) => {
      if (target.closest("a")?.getAttribute("href") === location.hash && addressed()) goTo();
    });
    follow();
  }
  return { controls, addressed, goTo, begin };
}
`;
