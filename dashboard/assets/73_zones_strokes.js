// How are zones changed on the map? Clicks, shapes and strokes become moves; a hover tells beforehand what a move does.
(function () {
  "use strict";
  const zones = window.minqing.zones;
  if (!zones.isHere) return;
  const { ask, el, emit, fill, map, on, plan, say, sheet: draw, signed } = zones;
  const { chosen } = map;
  const PREVIEW_MS = 120;
  const CUT_MS = 6000;
  const BRUSHES = { fine: 2, middle: 12, wide: 28 };
  const state = { isPainting: false, cutTimer: 0, brush: "fine" };

  /** The body of a move to where strokes go now; null where that is nowhere. */
  function moveOf(ids, target) {
    const to = target === undefined ? targetNow() : target;
    const units = map.codesOf(ids);
    return to === undefined || !units.length ? null : { units, to };
  }

  /** @returns {number|"new"|null|undefined} */
  function targetNow() {
    if (chosen.target === "new") return "new";
    if (chosen.target === "none") return null;
    return chosen.active === null ? undefined : chosen.active;
  }

  /** Units that are not yet where they are to go. */
  function astray(ids, to) {
    const { zone } = plan.current().plan;
    const no = to === null ? -1 : to;
    return ids.filter((id) => to === "new" || zone[map.placeOf(id)] !== no);
  }

  /**
   * Moves units and goes on with the zone that they went to.
   * @param {Iterable<number>} ids
   * @param {number|"new"|null} [target] default: the active zone, a new one or none
   */
  async function move(ids, target) {
    if (!requireDraft()) return false;
    const to = target === undefined ? targetNow() : target;
    if (to === undefined) {
      zones.tell(say("choose_zone_first"), "bad");
      return false;
    }
    const body = moveOf(astray([...ids], to), to);
    if (!body) return false;
    const answer = await plan.command("POST", "/moves", body);
    if (!answer) return false;
    clearRefusal();
    if (to === "new") followNew(body.units);
    map.select([]);
    return true;
  }

  /** A new zone is the one to go on with. */
  function followNew(codes) {
    const held = plan.current();
    map.setActive(held.plan.zone[held.sheet.placeOfCode.get(codes[0])]);
  }

  function requireDraft() {
    if (plan.isDraft()) return true;
    const held = plan.current();
    if (held) zones.tell(say(zones.may("edit") ? "not_a_draft" : "may_not_edit"), "bad");
    return false;
  }

  async function lockUnits(ids) {
    const held = plan.current();
    const codes = map.codesOf(ids);
    if (!codes.length || !requireDraft()) return;
    const isLocking = !codes.every((code) => held.lockedUnits.has(code));
    await plan.command("POST", "/locks", { units: Object.fromEntries(codes.map((code) => [code, isLocking])) });
  }

  const lockZone = (no, isLocked) => requireDraft() && plan.command("POST", "/locks", { zones: { [no]: isLocked } });
  const fillZone = (no) => requireDraft() && plan.command("POST", "/fill", { zone: no });
  const splitZone = (no, parts) => requireDraft() && plan.command("POST", "/split", { zone: no, parts });

  /** One's own last step; what others did since stays, and then taking it back is a step of its own. */
  async function undo() {
    const before = plan.current()?.plan.steps?.done ?? 0;
    if (!requireDraft() || before === 0) return;
    const answer = await plan.command("POST", "/undo");
    if (answer?.steps?.done > before) zones.tell(say("undone_alone"), "good");
  }

  const redo = () => requireDraft() && plan.current().plan.steps?.redoable !== 0 && plan.command("POST", "/redo");

  async function mergeZones(into, other) {
    if (!requireDraft()) return;
    const places = plan.placesOf(into);
    if (await plan.command("POST", "/merge", { zones: [into, other] })) {
      clearRefusal();
      map.setActive(plan.current().plan.zone[places[0]]);
    }
  }

  async function splitByLine(line) {
    if (chosen.active === null) return void zones.tell(say("choose_zone_first"), "bad");
    if (requireDraft() && (await plan.command("POST", "/split", { zone: chosen.active, line }))) clearRefusal();
    return undefined;
  }

  /** Steps back or forth until this many are done, whoever made them. */
  async function goTo(done) {
    for (let now = plan.current().plan.steps.done; now !== done; now = plan.current().plan.steps.done) {
      if (!(await plan.command("POST", now > done ? "/undo" : "/redo", { whose: "anyone" }))) return;
    }
  }

  // ---- what a move would do --------------------------------------------------------------------------------------

  /** One question under way; of those that come meanwhile only the latest is asked. */
  const asking = { isBusy: false, next: null, timer: 0, key: "" };

  function preview(ids) {
    const to = targetNow();
    const held = plan.current();
    const goes = held && to !== undefined && ids.length ? astray(ids, to) : [];
    const key = goes.length ? `${held.plan.version}:${to}:${goes.join()}` : "";
    if (key === asking.key) return;
    asking.key = key;
    clearTimeout(asking.timer);
    if (!key) {
      asking.next = null;
      showPreview(null);
      return;
    }
    asking.next = { key, ids: goes, to, version: held.plan.version, id: held.plan.id };
    asking.timer = setTimeout(askNext, PREVIEW_MS);
  }

  async function askNext() {
    if (asking.isBusy || !asking.next) return;
    const asked = asking.next;
    asking.next = null;
    asking.isBusy = true;
    try {
      const body = { version: asked.version, units: map.codesOf(asked.ids), to: asked.to };
      const answer = await ask("POST", `/plans/${asked.id}/preview`, body);
      if (asked.key === asking.key) showPreview(answer, asked);
    } catch {
      if (asked.key === asking.key) showPreview(null);
    } finally {
      asking.isBusy = false;
      if (asking.next) askNext();
    }
  }

  const FIGURES = [["ratio", 4, 1], ["balance", 3, 1], ["compactness", 4, 1]];

  /** The change of one figure, with a sign for better or worse beside the colour. */
  function figure(name, delta, digits) {
    const isNone = Number(Math.abs(delta ?? 0).toFixed(digits)) === 0;
    const meaning = isNone ? "same" : delta > 0 ? "better" : "worse";
    const shape = { same: "·", better: "▲", worse: "▼" }[meaning];
    return el(`span.zones-delta.${meaning}`, null, `${say(`figure_${name}`)} `, el("b", null, signed(delta, digits)), el("i", { "aria-hidden": "true" }, ` ${shape}`));
  }

  function showPreview(answer, asked) {
    map.pass("x", answer?.refused ? idsOf(answer.refused.units) : []);
    if (!answer) return void fill("zones-preview");
    const what = el("span.zones-preview-what", null, movedWords(asked.ids, asked.to));
    if (answer.refused) {
      fill("zones-preview", what, el("span.m-breached", null, "▲ ", reasonWords(answer.refused)));
      return undefined;
    }
    const delta = answer.delta || {};
    const whole = delta.contiguous ?? answer.figures?.contiguous;
    fill("zones-preview", what, ...FIGURES.map(([name, digits]) => figure(name, delta[name], digits)),
      el(`span.${whole === false ? "m-breached" : "m-within"}`, null, whole === false ? `▲ ${say("not_contiguous")}` : `✓ ${say("contiguous")}`));
    return undefined;
  }

  function movedWords(ids, to) {
    const held = plan.current();
    const place = map.placeOf(ids[0]);
    const name = ids.length === 1 ? draw.unitName(held.sheet, place) : say("n_units", { n: ids.length });
    const grouped = chosen.level !== held.sheet.base.key && ids.length > 1 ? `${draw.groupName(held.sheet, place, chosen.level)} (${name})` : name;
    if (to === "new") return `${grouped} → ${say("new_zone")}`;
    if (to === null) return `${grouped} → ${say("no_zone")}`;
    return `${grouped} → ${say("zone_n", { n: to + 1 })}`;
  }

  // ---- what was refused ------------------------------------------------------------------------------------------

  const idsOf = (codes) => {
    const held = plan.current();
    return (codes || []).map((code) => held.sheet.ids[held.sheet.placeOfCode.get(code)]).filter((id) => id !== undefined);
  };
  const REASONS = ["cuts", "fence", "locked", "apart", "together", "bounds", "empty", "not_adjacent", "of_others", "built_on"];

  function reasonWords(refused) {
    return REASONS.includes(refused.reason) ? say(`refused_${refused.reason}`, { n: (refused.units || []).length }) : refused.text || refused.cause || refused.detail || say("refused_other");
  }

  function showRefusal(problem) {
    const units = idsOf(problem.units);
    map.pass("b", []);
    map.pass("x", units);
    clearTimeout(state.cutTimer);
    state.cutTimer = setTimeout(clearRefusal, CUT_MS);
    const { sheet } = plan.current();
    const names = units.slice(0, 6).map((id) => draw.unitName(sheet, map.placeOf(id))).join("、");
    const more = units.length > 6 ? say("and_more", { n: units.length - 6 }) : "";
    const lookAt = units.length ? el("button.link", { click: () => map.flyToUnits(units.map(map.placeOf)) }, say("show_units")) : null;
    fill("zones-refusal",
      el("strong", null, "▲ ", say("not_moved")),
      el("p", null, reasonWords(problem)),
      names ? el("p.quiet", null, names, more) : null,
      el("div.zones-acts", null, lookAt, el("button.link", { click: clearRefusal }, say("close"))),
    );
  }

  function clearRefusal() {
    clearTimeout(state.cutTimer);
    map.pass("x", []);
    fill("zones-refusal");
  }

  // ---- the map answers -------------------------------------------------------------------------------------------

  const isUnits = (layer) => layer === draw.FILL;

  function onOutput({ detail }) {
    if (!plan.current()) return;
    if (detail.clicked) onClick(detail.clicked);
    if (detail.selected) onSelected(detail.selected);
    if (detail.hovered) onHover(detail.hovered);
    if (detail.stroke) onStroke(detail.stroke);
    if (detail.drawn) splitByLine(detail.drawn.line);
    if (detail.tool) showTool(detail.tool);
  }

  /** A click takes the unit, or its village or town; with shift it moves it at once. */
  function onClick({ layer, id, shiftKey }) {
    if (!isUnits(layer)) return void map.select([]);
    const ids = map.grown([id]);
    if (shiftKey) return void move(ids);
    map.select(ids);
    return undefined;
  }

  /** The map adds and removes single units; what goes with them on the chosen level follows. */
  function onSelected({ layer, ids, how }) {
    if (how === "clear" || !isUnits(layer)) return void map.select([]);
    const now = new Set(ids);
    const gone = new Set(map.grown([...chosen.units].filter((id) => !now.has(id))));
    const come = map.grown(ids.filter((id) => !chosen.units.has(id)));
    map.select([...ids.filter((id) => !gone.has(id)), ...come]);
    return undefined;
  }

  function onHover({ layer, id }) {
    if (chosen.tool === "paint") return;
    preview(isUnits(layer) && plan.isDraft() ? map.grown([id]) : []);
  }

  function onBrush({ detail: { step, layer, ids } }) {
    if (!plan.current() || chosen.tool !== "paint") return;
    const taken = isUnits(layer) ? map.grown(ids) : [];
    if (step === "cancel") return void map.pass("b", []);
    if (step !== "up") map.pass("b", taken);
    preview(plan.isDraft() ? taken : []);
  }

  async function onStroke({ layer, ids }) {
    preview([]);
    if (isUnits(layer)) await move(map.grown(ids));
    map.pass("b", []);
  }

  // ---- tools and keys --------------------------------------------------------------------------------------------

  function useTool(tool) {
    zones.setProps(map.MAP, { tool, brushPx: BRUSHES[state.brush] * remPx() });
    showTool(tool);
  }

  const remPx = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

  function setBrush(name) {
    state.brush = name;
    useTool("paint");
    emit("chosen", chosen);
  }

  function showTool(tool) {
    chosen.tool = tool;
    const row = document.getElementById("zones-tools");
    row.dataset.on = tool;
    for (const button of row.querySelectorAll("[data-zones-tool]")) button.setAttribute("aria-pressed", String(button.dataset.zonesTool === tool));
    document.getElementById("zones-brush-hint").textContent = tool === "pan" ? "" : say(`hint_${tool}`);
    preview([]);
    map.pass("b", []);
    emit("chosen", chosen);
  }

  const isTyping = () => /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName) && document.activeElement.type !== "checkbox";
  const isDialogOpen = () => Boolean(document.querySelector("dialog[open]"));

  const KEYS = {
    v: () => useTool("pan"),
    b: () => useTool("box"),
    l: () => useTool("lasso"),
    p: () => useTool("paint"),
    k: () => useTool("line"),
    n: () => chosen.units.size && move(chosen.units, "new"),
    x: () => chosen.units.size && lockUnits(chosen.units),
    m: () => chosen.units.size && move(chosen.units),
    a: () => chosen.units.size && activateSelected(),
    Enter: () => chosen.units.size && move(chosen.units),
    Delete: () => chosen.units.size && move(chosen.units, null),
    Escape: stepBack,
  };

  /** The zone of the first selected unit is the one that strokes go to. */
  function activateSelected() {
    const no = plan.current().plan.zone[map.placeOf([...chosen.units][0])];
    if (no >= 0) map.setActive(no);
  }

  function stepBack() {
    if (document.getElementById("zones-refusal").childElementCount) return clearRefusal();
    if (chosen.tool !== "pan") return useTool("pan");
    if (chosen.units.size) return map.select([]);
    return chosen.active === null ? undefined : map.setActive(null);
  }

  /** The planner's keys come before those of the page: the same letters mean other tools there. */
  function onKey(event) {
    if (isTyping() || isDialogOpen() || !plan.current()) return;
    const letter = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      const act = letter === "z" ? (event.shiftKey ? redo : undo) : letter === "y" ? redo : null;
      if (!act) return;
      event.preventDefault();
      act();
      return;
    }
    if (event.altKey) return;
    // Enter presses the button that has the focus, and on the map takes the unit under the cross.
    if (event.key === "Enter" && document.activeElement?.closest("button, a, summary, .mqmv-by-keyboard")) return;
    const act = KEYS[event.key] || KEYS[letter];
    if (!act) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    act();
  }

  on("refused", showRefusal);
  on("changed", () => preview([]));
  on("opened", () => {
    fill("zones-preview");
    fill("zones-refusal");
  });

  zones.whenDrawn(() => {
    document.addEventListener("mapview:output", (event) => event.target.id === map.MAP && onOutput(event));
    document.addEventListener("mapview:brush", (event) => event.target.id === map.MAP && onBrush(event));
    document.addEventListener("keydown", onKey, true);
    document.addEventListener("click", (event) => {
      const tool = event.target.closest("[data-zones-tool]");
      if (tool) useTool(tool.dataset.zonesTool);
    });
  });

  Object.assign(zones, {
    edit: { move, lockUnits, lockZone, fillZone, splitZone, mergeZones, undo, redo, goTo, useTool, setBrush, brush: () => state.brush, idsOf, targetNow, BRUSHES },
  });
})();
