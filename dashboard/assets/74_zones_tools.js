// Where does a stroke go, how much does it take, and what can be done with what is selected? The controls on the map.
(function () {
  "use strict";
  const zones = window.minqing.zones;
  if (!zones.isHere) return;
  const { dialog, edit, el, fill, map, on, plan, say, sheet: draw } = zones;
  const { chosen } = map;
  const MOST_NAMED = 4;

  function show() {
    const held = plan.current();
    if (!held) return void ["zones-brush", "zones-selection"].forEach((id) => fill(id));
    fill("zones-brush", levelPicker(held), plan.isDraft() ? targetPicker(held) : null, chosen.tool === "paint" ? brushPicker() : null);
    showSelection(held);
    return undefined;
  }

  function levelPicker({ sheet }) {
    const above = sheet.levels.find((level) => level.key === sheet.within.level)?.rank ?? 0;
    const options = sheet.levels.filter((level) => level.rank > above).reverse().map((level) => [level.key, zones.lang === "en" ? level.name_en || level.name_zh : level.name_zh]);
    const select = dialog.select({ "aria-label": say("take_level"), title: say("take_level_title"), "data-key": "level" }, options, chosen.level);
    select.addEventListener("change", () => map.setLevel(select.value));
    return el("label.zones-pick", null, el("span", null, say("take_level")), select);
  }

  function targetPicker({ plan: held }) {
    const value = chosen.target === "zone" ? String(chosen.active ?? "") : chosen.target;
    const options = [["", say("choose_zone")], ...held.zones.map((one) => [String(one.no), plan.words(one)]), ["new", say("new_zone")], ["none", say("no_zone")]];
    const select = dialog.select({ "aria-label": say("goes_to"), title: say("goes_to_title"), "data-key": "target" }, options, value);
    select.addEventListener("change", () => {
      if (["new", "none"].includes(select.value)) map.setTarget(select.value);
      else map.setActive(select.value === "" ? null : Number(select.value));
    });
    return el("label.zones-pick", null, el("span", null, say("goes_to")), select);
  }

  function brushPicker() {
    return el("span.zones-brushes", { role: "group", "aria-label": say("brush") }, Object.keys(edit.BRUSHES).map((name) => el("button", { click: () => edit.setBrush(name), "aria-pressed": String(edit.brush() === name), "data-key": `brush-${name}`, title: say(`brush_${name}`), "aria-label": say(`brush_${name}`) }, el(`i.${name}`, { "aria-hidden": "true" }))));
  }

  /** What is selected, where it is, and what can be done with it. */
  function showSelection(held) {
    const ids = [...chosen.units].filter((id) => map.placeOf(id) !== undefined);
    if (!ids.length) return void fill("zones-selection");
    const places = ids.map(map.placeOf);
    const one = places.length === 1 ? unitFacts(held, places[0]) : null;
    fill("zones-selection", el("div.zones-selected", null, el("strong", null, titleOf(held, places)), el("span.quiet", null, one || zonesOf(held, places)), el("button.tool", { click: () => map.select([]), "aria-label": say("unselect"), title: `${say("unselect")} (Esc)` }, "×")), plan.isDraft() ? el("div.zones-acts", null, actsOf(held, ids)) : null);
    return undefined;
  }

  function titleOf({ sheet }, places) {
    if (places.length === 1) return draw.unitName(sheet, places[0]);
    const names = places.slice(0, MOST_NAMED).map((place) => draw.unitName(sheet, place)).join("、");
    return `${say("selected_n", { n: places.length })} ${names}${places.length > MOST_NAMED ? "…" : ""}`;
  }

  function unitFacts({ sheet }, place) {
    const above = sheet.paths[place].map((id) => sheet.levelOf.get(id)).filter(Boolean).slice(1).map(zones.nameOf).join(" › ");
    return [sheet.codes[place], above, map.textOf(place)].filter(Boolean).join(" · ");
  }

  function zonesOf({ plan: held }, places) {
    const found = [...new Set(places.map((place) => held.zone[place]))].sort((a, b) => a - b);
    return found.map((no) => (no < 0 ? say("no_zone") : say("zone_n", { n: no + 1 }))).join("、");
  }

  function actsOf(held, ids) {
    const places = ids.map(map.placeOf);
    const button = (key, words, act, kind, title) => el(`button.act${kind || ""}`, { click: act, "data-key": key, title }, words);
    const own = held.plan.zone[places[0]];
    const isLocked = places.every((place) => held.lockedUnits.has(held.sheet.codes[place]));
    const target = chosen.target === "zone" ? chosen.active : null;
    return [
      target === null || places.every((place) => held.plan.zone[place] === target) ? null : button("move", say("move_to", { n: target + 1 }), () => edit.move(ids, target), ".strong", "Enter"),
      own >= 0 && own !== chosen.active ? button("activate", say("make_active", { n: own + 1 }), () => map.setActive(own)) : null,
      button("new", say("to_new_zone"), () => edit.move(ids, "new"), "", "N"),
      button("out", say("take_from_zone"), () => edit.move(ids, null), "", "Delete"),
      button("lock", say(isLocked ? "unlock" : "lock"), () => edit.lockUnits(ids), "", "X"),
      places.length === 1 ? el("a.link", { href: `/map?unit=${encodeURIComponent(held.sheet.codes[places[0]])}&at=${held.sheet.base.key}`, target: "_blank" }, say("on_the_map")) : null,
    ];
  }

  for (const kind of ["opened", "changed", "chosen"]) on(kind, show);
})();
