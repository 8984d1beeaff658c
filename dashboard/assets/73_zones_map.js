// What does the planner's map show, and what is chosen on it? Colours, borders, locks; units, zone, level of a stroke.
(function () {
  "use strict";
  const zones = window.minqing.zones;
  if (!zones.isHere) return;
  const { el, emit, fill, number, on, say, sheet: draw } = zones;
  const MAP = "zones-map";

  /** What is chosen here stays when the plan changes. */
  const chosen = {
    /** @type {number|null} zone that strokes go to */
    active: null,
    /** @type {"zone"|"new"|"none"} what a stroke does */
    target: "zone",
    /** @type {Set<number>} ids of the selected units */
    units: new Set(),
    /** key of the level of the tree that a click takes */
    level: null,
    tool: "pan",
  };
  /** Marks that come and go: would be cut off, under the brush, shown from a list. */
  const passing = { x: [], b: [], g: [] };
  let views = 1;
  const isStill = window.matchMedia("(prefers-reduced-motion: reduce)");

  const open = () => zones.plan.current();
  const placeOf = (id) => open()?.sheet.placeOfId.get(id);

  /** @param {number} place @returns {string} zone and workload for the label under the pointer */
  function textOf(place) {
    const { plan, lockedUnits, sheet } = open();
    const no = plan.zone[place];
    const lock = lockedUnits.has(sheet.codes[place]) ? ` · ${say("locked")}` : "";
    if (no < 0) return say("in_no_zone") + lock;
    return say("in_zone", { n: no + 1, name: zones.nameOf(zones.plan.zone(no) || {}) || "" }).trim() + lock;
  }

  /** Everything on the map anew; sources stay the same objects, so that only what changed is drawn. */
  function show() {
    const held = open();
    if (!held) return;
    const { plan, sheet, colours } = held;
    const props = draw.drawZones(sheet, { zone: plan.zone, zones: plan.zones, colours, active: chosen.active, texts: textOf });
    zones.setProps(MAP, { ...overlaid(props), flags: { ...props.flags, [draw.FILL]: fillFlags() } });
    showLegend();
  }

  /** With what other parts lay over the plan, such as pins and service radii. */
  function overlaid(props) {
    const over = zones.overlays.map((make) => make());
    return {
      ...props,
      sources: Object.assign({}, props.sources, ...over.map((one) => one.sources)),
      layers: [...props.layers, ...over.flatMap((one) => one.layers)],
      tooltips: [...props.tooltips, ...over.flatMap((one) => one.tooltips || [])],
    };
  }

  /** Only the marks: what a hover or a stroke changes. */
  function mark() {
    const held = open();
    if (!held) return;
    const lines = draw.borderFlags(held.sheet, held.plan.zone, chosen.active);
    zones.setProps(MAP, { flags: { [draw.LINES]: lines, [draw.FILL]: fillFlags() } });
  }

  function fillFlags() {
    const { plan, sheet, lockedUnits } = open();
    const lockedZones = new Set(plan.zones.filter((one) => one.locked).map((one) => one.no));
    const locked = sheet.ids.filter((_, place) => lockedZones.has(plan.zone[place]) || lockedUnits.has(sheet.codes[place]));
    return { k: locked, ...passing };
  }

  /** @param {"x"|"b"|"g"} kind @param {number[]} ids */
  function pass(kind, ids) {
    if (!passing[kind].length && !ids.length) return;
    passing[kind] = ids;
    mark();
  }

  function flyTo(bounds) {
    views += 1;
    zones.setProps(MAP, { view: { nonce: views, bounds, fly: !isStill.matches, padding: 48 } });
  }

  function flyToZone(no) {
    const places = zones.plan.placesOf(no);
    if (places.length) flyTo(draw.boundsOf(open().sheet, places));
  }

  function flyToUnits(places) {
    if (places.length) flyTo(draw.boundsOf(open().sheet, places));
  }

  function showWhole() {
    views += 1;
    zones.setProps(MAP, { view: { nonce: views, bounds: open().sheet.bounds, fly: false, padding: 24 } });
  }

  /** @param {number|null} no */
  function setActive(no) {
    chosen.active = no;
    chosen.target = "zone";
    tellChosen();
    show();
  }

  function setTarget(target) {
    chosen.target = target;
    tellChosen();
  }

  function setLevel(key) {
    chosen.level = key;
    tellChosen();
  }

  /** @param {Iterable<number>} ids */
  function select(ids) {
    chosen.units = new Set(ids);
    zones.setProps(MAP, { selectedIds: { layer: chosen.units.size ? draw.FILL : null, ids: [...chosen.units].sort((a, b) => a - b) } });
    tellChosen();
  }

  function tellChosen() {
    zones.setProps("zones-chosen", { data: { zone: chosen.active, units: codesOf(chosen.units), level: chosen.level } });
    emit("chosen", chosen);
  }

  function codesOf(ids) {
    const held = open();
    return held ? [...ids].map((id) => held.sheet.codes[held.sheet.placeOfId.get(id)]).filter(Boolean) : [];
  }

  /** All units that a stroke over these takes, on the chosen level of the tree. */
  function grown(ids) {
    const { sheet } = open();
    const places = new Set();
    for (const id of ids) {
      const place = sheet.placeOfId.get(id);
      if (place === undefined || places.has(place)) continue;
      for (const other of draw.groupOf(sheet, place, chosen.level || sheet.base.key)) places.add(other);
    }
    return [...places].map((place) => sheet.ids[place]);
  }

  function showLegend() {
    const { plan, lockedUnits } = open();
    const { figures } = plan;
    const hasLocks = plan.zones.some((one) => one.locked) || lockedUnits.size > 0;
    const row = (kind, text) => el("span.zones-key", null, el(`i.zones-swatch.${kind}`, { "aria-hidden": "true" }), text);
    fill("zones-legend",
      el("span.zones-key", null, el("b", null, number(plan.zones.length)), say("legend_zones")),
      figures?.unassigned ? row("unassigned", say("legend_unassigned", { n: number(figures.unassigned) })) : null,
      hasLocks ? row("locked", say("locked")) : null,
      row("border", say("legend_border")),
    );
  }

  on("opened", (held) => {
    chosen.units = new Set();
    chosen.active = null;
    Object.assign(passing, { x: [], b: [], g: [] });
    if (!held) return tellChosen();
    chosen.level = held.sheet.base.key;
    show();
    showWhole();
    select([]);
    return undefined;
  });
  on("changed", () => {
    if (chosen.active !== null && !zones.plan.zone(chosen.active)) chosen.active = null;
    show();
    tellChosen();
  });
  on("loading", (isBusy) => zones.setProps(MAP, { busy: isBusy }));

  Object.assign(zones, {
    map: { MAP, chosen, show, pass, flyTo, flyToZone, flyToUnits, setActive, setTarget, setLevel, select, grown, codesOf, placeOf, textOf },
  });
})();
