// Which plans and proposals lie in the tray, to be compared? At most four; the address keeps them.
(function () {
  "use strict";
  const zones = window.minqing.zones;
  if (!zones.isHere) return;
  const { el, fill, say, tell } = zones;
  const MOST = 4;
  const KEY = "compare";

  /** @typedef {{kind: "plan"|"job", id: string, name: string}} Entry */
  /** @type {Entry[]} */
  let entries = [];

  const keyOf = ({ kind, id }) => `${kind}.${id}`;

  function writeAddress() {
    const query = new URLSearchParams(window.location.search);
    if (entries.length) query.set(KEY, entries.map(keyOf).join("~"));
    else query.delete(KEY);
    const text = query.toString();
    window.history.replaceState(window.history.state, "", window.location.pathname + (text ? `?${text}` : ""));
  }

  /** @param {Entry} entry */
  function add(entry) {
    const given = { ...entry, id: String(entry.id) };
    if (entries.some((one) => keyOf(one) === keyOf(given))) return tell(say("tray_has"));
    if (entries.length >= MOST) return tell(say("tray_full", { n: MOST }), "bad");
    entries = [...entries, given];
    return show();
  }

  function remove(entry) {
    entries = entries.filter((one) => one !== entry);
    show();
  }

  function show() {
    writeAddress();
    const open = zones.plan.current()?.plan;
    const has = open && entries.some((one) => keyOf(one) === `plan.${open.id}`);
    fill("zones-tray",
      el("h3", null, say("tray_title"), el("span.quiet", null, say("tray_count", { n: entries.length, most: MOST }))),
      entries.length === 0 && zones.panels.quiet(say("tray_empty")),
      el("ul.tray-list", null, entries.map((entry) => el("li", null,
        el("span", null, entry.name), el("button.picked-drop", { "aria-label": say("tray_remove", { name: entry.name }), click: () => remove(entry) }, "×")))),
      el("div.panel-acts", null,
        open && !has && zones.panels.button(say("tray_add_open"), () => add({ kind: "plan", id: open.id, name: open.name })),
        zones.panels.strong(say("tray_compare"), () => zones.panels.compare(entries), { disabled: entries.length < 2, "data-tray": "compare" })));
  }

  /** The tray as the address names it; what is no longer there is left out. */
  async function recall() {
    const asked = (new URLSearchParams(window.location.search).get(KEY) || "").split("~").filter(Boolean).slice(0, MOST);
    const found = await Promise.all(asked.map(async (text) => {
      const [kind, id] = [text.slice(0, text.indexOf(".")), text.slice(text.indexOf(".") + 1)];
      try {
        const plan = await zones.ask("GET", kind === "job" ? `/jobs/${encodeURIComponent(id)}` : `/plans/${encodeURIComponent(id)}`);
        return { kind, id, name: plan.name || say("proposal_again") };
      } catch {
        return null;
      }
    }));
    entries = found.filter(Boolean);
    show();
  }

  zones.whenDrawn(recall);
  zones.on("opened", show);

  zones.panels.tray = { add };
})();
