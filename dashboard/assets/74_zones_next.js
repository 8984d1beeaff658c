// Which single moves would help most? A list that is shown on the map by a hover and carried out by a click.
(function () {
  "use strict";
  const zones = window.minqing.zones;
  if (!zones.isHere) return;
  const { ask, edit, el, fill, map, on, plan, say, sheet: draw, signed } = zones;
  const MOST = 12;
  let found = { key: "", moves: null, error: "" };
  let isShown = false;

  const keyNow = () => (plan.current() ? `${plan.current().plan.id}:${plan.current().plan.version}` : "");

  /** Asked for only while the list can be seen, and once per version. */
  async function read() {
    const key = keyNow();
    if (!isShown || !key || found.key === key) return;
    found = { ...found, key, error: "" };
    try {
      const answer = await ask("GET", `/plans/${plan.current().plan.id}/next-moves?n=${MOST}`);
      if (found.key === key) found.moves = answer.items || answer.moves || [];
    } catch (error) {
      if (found.key === key) Object.assign(found, { moves: null, error: error.message });
    }
    show();
  }

  function show() {
    if (!plan.current()) return void fill("zones-next", el("p.quiet.zones-hint", null, say("next_empty")));
    if (found.error) return void fill("zones-next", el("p.m-breached.zones-hint", { role: "alert" }, `▲ ${found.error}`));
    if (!found.moves) return void fill("zones-next", el("p.quiet.zones-hint", null, say("loading")));
    const isOld = found.key !== keyNow();
    fill("zones-next", el("p.quiet.zones-hint", null, say("next_text")), found.moves.length ? el("ol.zones-moves", { "data-busy": isOld ? "true" : null }, found.moves.map(row)) : el("p.zones-fine.m-within", null, `✓ ${say("next_none")}`));
    return undefined;
  }

  function row(move) {
    const held = plan.current();
    const [id] = edit.idsOf([move.unit]);
    const place = map.placeOf(id);
    const from = move.home ?? move.from ?? -1;
    const goes = `${from === null || from < 0 ? say("no_zone") : from + 1} → ${move.to + 1}`;
    const figures = ["ratio", "balance", "compactness"].map((name) => {
      const value = move[name] ?? move.delta?.[name];
      const isNone = value === undefined || Math.abs(value) < 5e-5;
      return el(`span.zones-delta.${isNone ? "same" : value > 0 ? "better" : "worse"}`, { title: say(`figure_${name}`) }, `${say(`short_${name}`)} ${signed((value ?? 0) * 100, 2)}`);
    });
    return el("li", null, el("button.zones-move", {
      click: () => edit.move([id], move.to), disabled: !plan.isDraft(), "data-key": `next-${move.unit}`,
      mouseenter: () => map.pass("g", [id]), mouseleave: () => map.pass("g", []), focus: () => map.pass("g", [id]), blur: () => map.pass("g", []),
    }, el("strong", null, draw.unitName(held.sheet, place)), el("span.zones-goes", null, goes), move.mends ? el("span.zones-state-chip", null, say("mends")) : null, el("span.zones-deltas", null, figures)));
  }

  on("opened", () => {
    found = { key: "", moves: null, error: "" };
    show();
    read();
  });
  on("changed", () => {
    show();
    read();
  });
  on("tab", (name) => {
    isShown = name === "next";
    read();
  });
  zones.whenDrawn(show);
})();
