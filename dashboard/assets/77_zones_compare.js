// How do plans and proposals compare? Maps beside each other, a table of figures, and a map of what differs.
(function () {
  "use strict";
  const zones = window.minqing.zones;
  if (!zones.isHere) return;
  const { ask, el, fill, number, say, sheet: draw } = zones;
  const PLACE = "zones-compare";

  /**
   * @typedef {Object} Shown one plan of the comparison
   * @property {string} name
   * @property {Object} sheet
   * @property {number[]} zone by place of the sheet; zones that are alike have the same number in all plans
   * @property {Object} figures
   */

  /** Figures of the table: key, words, decimals, which is better. */
  const ROWS = [
    { key: "zones", digits: 0 },
    { key: "ratio", digits: 4, better: "high" },
    { key: "compactness", digits: 4, better: "high" },
    { key: "workload_max_over_mean", digits: 3, better: "low" },
    { key: "workload_min_over_mean", digits: 3, better: "high" },
    { key: "spread", digits: 4, better: "low" },
    { key: "contiguous", isTruth: true },
    { key: "unassigned", digits: 0, better: "low" },
    { key: "changed", digits: 0 },
  ];

  /** @type {Object|null} the maps that are shown */
  let group = null;
  /** @type {Shown[]} */
  let shown = [];
  let opener = null;

  /** @returns {Promise<Shown>} */
  async function read({ kind, id, name }) {
    const found = await ask("GET", kind === "job" ? `/jobs/${encodeURIComponent(id)}` : `/plans/${encodeURIComponent(id)}`);
    const sheet = await draw.read(found.within_level ? { within: found.within, level: found.within_level, base: found.base } : { within: found.within, base: found.base });
    const zone = zones.panels.host.inSheetOrder(sheet, found);
    const names = new Map((found.zones || []).map((one) => [one.no, zones.nameOf(one) || ""]));
    const count = new Set(zone.filter((no) => no >= 0)).size;
    const figures = { unassigned: zone.filter((no) => no < 0).length, ...evenness(found.zones || []), ...found.figures, zones: count };
    return { name: found.name || name, sheet, zone, own: zone.map((no) => names.get(no) || ""), figures };
  }

  /** Figures of even workload that a stored plan does not bring along. @param {{workload: number}[]} list */
  function evenness(list) {
    const loads = list.map((zone) => zone.workload);
    const mean = loads.reduce((a, b) => a + b, 0) / loads.length;
    if (!(mean > 0)) return {};
    const spread = loads.reduce((sum, load) => sum + (load / mean - 1) ** 2, 0) / loads.length;
    return { workload_min_over_mean: Math.min(...loads) / mean, spread };
  }

  /** Whether two plans join the same units. */
  const hasSameUnits = (one, other) => unitsOf(one.sheet) === unitsOf(other.sheet);
  const unitsOf = ({ within, base, boundary_revision: revision }) => [within.level, within.code, base.key, revision].join(" ");

  /** Zones of the others get the numbers of the first, so that what did not change keeps number and colour. */
  async function matched(plans) {
    const [first, ...others] = plans;
    const rest = await Promise.all(others.map(async (plan) => {
      if (!hasSameUnits(first, plan)) return plan;
      const found = await ask("POST", "/difference", { first: first.zone, second: plan.zone });
      return { ...plan, zone: found.zone, figures: { ...plan.figures, changed: found.changed } };
    }));
    return [{ ...first, figures: { ...first.figures, changed: 0 } }, ...rest];
  }

  /** @param {Object[]} entries of the tray */
  async function open(entries) {
    opener = document.activeElement;
    const place = document.getElementById(PLACE);
    place.hidden = false;
    fill(PLACE, head(), el("div.compare-loading", null, say("panel_loading")));
    place.querySelector("button").focus();
    try {
      shown = await matched(await Promise.all(entries.map(read)));
      show();
    } catch (error) {
      fill(PLACE, head(), zones.panels.fault(error, () => open(entries)));
    }
  }

  function close() {
    group?.clear();
    const place = document.getElementById(PLACE);
    place.hidden = true;
    place.replaceChildren();
    opener?.focus?.();
  }

  const head = (...tools) =>
    el("header.compare-head", null, el("h2", null, say("compare_title")), ...tools, zones.panels.button(say("panel_close"), close, { "data-compare": "close" }));

  function show() {
    group?.clear();
    group = new zones.panels.PaneGroup();
    const panes = shown.map((plan) => el("figure.compare-pane", null, el("figcaption", null, plan.name), el("div.compare-map")));
    const extra = el("figure.compare-pane.difference", { hidden: true }, el("figcaption"), el("div.compare-map"));
    const maps = el("div.compare-maps", { "data-count": shown.length }, panes, extra);
    fill(PLACE, head(...differenceTools(extra, maps)), maps, el("div.compare-table", null, table()));
    let colours = new Map();
    shown.forEach((plan, k) => {
      colours = new Map([...colours, ...draw.colourZones(plan.sheet, plan.zone, colours)]);
      group.add(panes[k].lastChild, draw.drawZones(plan.sheet, { zone: plan.zone, zones: [], colours, version: 1, texts: zoneWords(plan) }), plan.sheet);
    });
  }

  /** @param {Shown} plan @returns {function(number): string} what the label under the pointer says of a unit */
  const zoneWords = (plan) => (place) => (plan.zone[place] < 0 ? say("in_no_zone") : say("in_zone", { n: plan.zone[place] + 1, name: plan.own[place] }).trim());

  /** Two choices and the switch of the map of differences. */
  function differenceTools(pane, maps) {
    const choose = (chosen, label) => el("select", { "aria-label": say(label), change: () => update() }, shown.map((plan, k) => el("option", { value: k, selected: k === chosen }, plan.name)));
    const [first, second] = [choose(0, "difference_first"), choose(1, "difference_second")];
    const toggle = zones.panels.button(say("difference_show"), () => {
      toggle.setAttribute("aria-pressed", String(pane.hidden));
      pane.hidden = !pane.hidden;
      maps.dataset.count = shown.length + (pane.hidden ? 0 : 1);
      update();
    }, { "aria-pressed": "false", "data-compare": "difference" });
    const update = () => pane.hidden || showDifference(pane, shown[Number(first.value)], shown[Number(second.value)]);
    return [el("div.compare-tools", null, toggle, first, el("span", { "aria-hidden": "true" }, "→"), second)];
  }

  async function showDifference(pane, first, second) {
    const [caption, place] = pane.children;
    if (!hasSameUnits(first, second)) return void caption.replaceChildren(say("difference_other_units"));
    try {
      const found = await ask("POST", "/difference", { first: first.zone, second: second.zone });
      const kind = found.moved.map((moved, k) => (moved ? MOVED : found.kept[k] < 1 ? NEW_MATES : SAME));
      const count = (one) => kind.filter((other) => other === one).length;
      fill(caption, say("difference_title", { first: first.name, second: second.name }), el("span.difference-key", null,
        [MOVED, NEW_MATES, SAME].map((one) => el("span.zones-key", null, el("i.zones-swatch", { style: `background:${kindColours()[one]}`, "aria-hidden": "true" }), say(`difference_${one}`, { n: number(count(one)) })))));
      const props = differenceProps(second, kind);
      if (group.panes.some((one) => one.element === place)) group.update(place, props);
      else group.add(place, props, second.sheet);
    } catch (error) {
      fill(caption, zones.panels.fault(error));
    }
    return undefined;
  }

  const [SAME, NEW_MATES, MOVED] = [0, 1, 2];
  const kindColours = () => [zones.panels.css("--line"), "#7fb6d9", "#e66100"];
  let drawn = 1;

  /** Units in three colours, with the lines of the second plan. */
  function differenceProps(plan, kind) {
    const version = (drawn += 1);
    const props = draw.drawZones(plan.sheet, { zone: kind, zones: [], colours: new Map([[0, 0], [1, 1], [2, 2]]), version });
    const labels = draw.drawZones(plan.sheet, { zone: plan.zone, zones: [], colours: new Map(), version });
    const values = [{ ...props.values[0], breaks: [0.5, 1.5, 2.5], colors: kindColours() }];
    const words = (place) => say(`difference_${kind[place]}_one`);
    const tooltips = draw.drawZones(plan.sheet, { zone: plan.zone, zones: [], colours: new Map(), version, texts: words }).tooltips;
    return { ...labels, values, tooltips };
  }

  function table() {
    const rows = ROWS.filter(({ key }) => shown.some((plan) => plan.figures[key] !== undefined && plan.figures[key] !== null));
    return el("table.plain-table", null,
      el("thead", null, el("tr", null, el("th", { scope: "col" }, say("compare_figure")), shown.map((plan) => el("th", { scope: "col" }, plan.name)))),
      el("tbody", null, rows.map((row) => el("tr", null, el("th", { scope: "row", title: say(`compare_${row.key}_hint`) }, say(`compare_${row.key}`)), shown.map((plan) => cell(row, plan))))));
  }

  /** The best value carries a star, in colour too, where the plans differ. */
  function cell(row, plan) {
    const value = plan.figures[row.key];
    if (row.isTruth) return el(`td${value ? "" : ".worse"}`, null, value === undefined ? "—" : value ? `✓ ${say("yes")}` : `▲ ${say("no")}`);
    const values = shown.map((other) => other.figures[row.key]).filter((one) => one !== undefined && one !== null).map((one) => Number(one.toFixed(row.digits)));
    const best = row.better && values.length > 1 && new Set(values).size > 1 ? Math[row.better === "high" ? "max" : "min"](...values) : null;
    const isBest = best !== null && value !== undefined && value !== null && Number(value.toFixed(row.digits)) === best;
    return el(`td${isBest ? ".best" : ""}`, null, isBest && el("span", { title: say("compare_best"), "aria-label": say("compare_best") }, "★ "), number(value, row.digits));
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || document.getElementById(PLACE)?.hidden !== false) return;
    event.stopImmediatePropagation();
    close();
  }, true);

  zones.panels.compare = open;
})();
