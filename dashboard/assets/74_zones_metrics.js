// How good is the plan, how has that changed since its start, and how do its zones compare? The panel of figures.
(function () {
  "use strict";
  const zones = window.minqing.zones;
  if (!zones.isHere) return;
  const { ask, dialog, edit, el, fill, map, number, on, plan, say, signed } = zones;

  /** Figures of the plan: digits, factor for people, whether more is better (null: neither). */
  const FIGURES = {
    ratio: { digits: 1, times: 100, unit: "%", better: 1 },
    balance: { digits: 1, times: 100, unit: "%", better: 1 },
    compactness: { digits: 1, times: 100, unit: "%", better: 1 },
    workload_max_over_mean: { digits: 2, times: 1, unit: "×", better: -1 },
    unassigned: { digits: 0, times: 1, unit: "", better: -1 },
  };
  const COLUMNS = {
    no: (one) => one.no,
    workload: (one) => one.workload_share_of_mean,
    members: (one) => one.members,
    area: (one) => one.area_km2,
    roundness: (one) => one.roundness,
    similarity: (one) => one.similarity,
  };
  const order = { by: "no", isDown: false };

  function show() {
    const held = plan.current();
    if (!held) return void fill("zones-metrics", el("p.quiet.zones-hint", null, say("metrics_empty")));
    fill("zones-metrics", figuresOf(held.plan), jumpsOf(held.plan), zoneCard(held), tableOf(held.plan));
    return undefined;
  }

  function figuresOf({ figures, start_figures: start }) {
    return el("div.zones-figures", null, Object.entries(FIGURES).map(([name, { digits, times, unit, better }]) => {
      const value = figures?.[name];
      const before = start?.[name];
      const change = value === undefined || before === undefined || before === null || value === null ? null : (value - before) * times;
      const isNone = change === null || Number(Math.abs(change).toFixed(digits)) === 0;
      const meaning = isNone ? "same" : change * better > 0 ? "better" : "worse";
      return el("div.zones-figure", { title: say(`figure_${name}_title`) },
        el("span.name", null, say(`figure_${name}`)),
        el("span.value", null, value === undefined || value === null ? "—" : number(value * times, digits), el("small", null, unit)),
        el(`span.change.${meaning}`, null, change === null ? "" : isNone ? say("as_at_start") : `${change > 0 ? "▲" : "▼"} ${signed(change, digits)} ${say(meaning)}`));
    }), contiguity(figures));
  }

  function contiguity(figures) {
    const whole = figures?.contiguous;
    return el("div.zones-figure", { title: say("figure_contiguous_title") }, el("span.name", null, say("figure_contiguous")), el(`span.value.${whole ? "m-within" : "m-breached"}`, null, whole ? `✓ ${say("yes")}` : `▲ ${say("no")}`), el("span.change"));
  }

  const FAULTS = new Set(["unassigned", "broken", "overloaded", "underloaded", "too_many_members", "too_few_members", "apart", "together"]);

  /** Ways to what must still be worked on; each click leads to the next one. */
  function jumpsOf({ figures, zones: list }) {
    const faults = figures?.faults || [];
    if (!faults.length) return el("p.zones-fine.m-within", null, `✓ ${say("no_faults")}`);
    const rows = faults.slice(0, 12).map((fault) => el("button.zones-fault", { click: () => jump(fault), "data-key": `fault-${fault.kind}-${fault.zone ?? ""}` }, el("span.shape.m-breached", { "aria-hidden": "true" }, "▲"), faultWords(fault, list)));
    const more = faults.length > 12 ? el("p.quiet", null, say("more_faults", { n: faults.length - 12 })) : null;
    return el("div.zones-faults", { "data-scroll": "faults", role: "group", "aria-label": say("faults") }, rows, more);
  }

  function faultWords(fault, list) {
    const one = list.find(({ no }) => no === fault.zone);
    const where = one ? `${plan.words(one)} · ` : "";
    const values = { n: fault.count ?? (fault.units || []).length, figure: number(fault.figure, 2), bound: number(fault.bound, 2) };
    return where + say(FAULTS.has(fault.kind) ? `fault_${fault.kind}` : "fault_other", values);
  }

  function jump(fault) {
    const ids = edit.idsOf(fault.units);
    if (fault.zone !== null && fault.zone !== undefined && fault.zone >= 0) map.setActive(fault.zone);
    if (ids.length) {
      map.select(ids);
      map.flyToUnits(ids.map(map.placeOf));
    } else if (fault.zone >= 0) map.flyToZone(fault.zone);
  }

  // ---- the chosen zone -------------------------------------------------------------------------------------------

  function zoneCard({ plan: held }) {
    const one = plan.zone(map.chosen.active);
    if (!one) return el("p.quiet.zones-hint", null, say("choose_zone_hint"));
    const isDraft = plan.isDraft();
    const facts = [["code", one.code], ["team", one.team?.name], ["post", one.post ? zones.nameOf(one.post) : null], ["perimeter", `${number(one.perimeter_km, 1)} km`], ["pieces", one.pieces > 1 ? `▲ ${one.pieces}` : null]];
    return el("section.zones-zone", null,
      el("header", null, el("b.zones-no", null, one.no + 1), el("strong", null, zones.nameOf(one)), one.locked ? el("span.zones-state-chip", null, say("locked")) : null,
        el("button.tool", { click: () => map.setActive(null), "aria-label": say("let_zone_go"), title: say("let_zone_go") }, "×")),
      el("dl", null, facts.filter(([, value]) => value).flatMap(([name, value]) => [el("dt", null, say(`zone_${name}`)), el("dd", null, value)])),
      isDraft ? zoneActs(held, one) : null);
  }

  function zoneActs(held, one) {
    const act = (key, run) => el("button.act", { click: run, "data-key": `zone-${key}` }, say(key));
    const others = held.zones.filter((other) => other.no !== one.no);
    return el("div.zones-acts", null,
      act(one.locked ? "unlock" : "lock", () => edit.lockZone(one.no, !one.locked)),
      act("fill_enclosed", () => edit.fillZone(one.no)),
      act("split", () => splitDialog(one)),
      others.length ? act("merge", () => mergeDialog(one, others)) : null,
      act("edit_zone", () => editDialog(one)));
  }

  function splitDialog(one) {
    const parts = el("input", { type: "number", name: "parts", min: 2, max: Math.max(2, one.members), value: 2, required: true });
    const line = el("button.act", { click: () => (box.close(), edit.useTool("line")) }, say("split_by_line"));
    const box = dialog.ask(say("split_zone", { n: one.no + 1 }), [el("p", null, say("split_text")), dialog.field(say("split_parts"), parts), line], {
      words: say("split"), act: async () => Boolean(await edit.splitZone(one.no, Number(parts.value))) || true,
    });
  }

  function mergeDialog(one, others) {
    const held = plan.current();
    const beside = zones.sheet.zoneNeighbours(held.sheet, held.plan.zone).get(one.no) || new Set();
    const near = others.filter(({ no }) => beside.has(no));
    if (!near.length) return void zones.tell(say("no_zone_beside"), "bad");
    const other = dialog.select({ name: "other" }, near.map((zone) => [String(zone.no), plan.words(zone)]));
    dialog.ask(say("merge_zone", { n: one.no + 1 }), [el("p", null, say("merge_text")), dialog.field(say("merge_with"), other)], {
      words: say("merge"), act: async () => void (await edit.mergeZones(one.no, Number(other.value))),
    });
    return undefined;
  }

  async function editDialog(one) {
    const { id, within } = plan.current().plan;
    const posts = zones.postPicker(one, await ask("GET", `/plans/${id}/posts`).then((answer) => answer.items).catch(() => null));
    const teams = await ask("GET", `/teams?within=${encodeURIComponent(within)}`).then((answer) => answer.items || answer.teams || []).catch(() => []);
    const name = el("input", { name: "name", value: one.own_name || "", placeholder: zones.nameOf(one), maxlength: 120 });
    const team = dialog.select({ name: "team" }, [["", say("no_team")], ...teams.map(({ id, name: words, size }) => [String(id), `${words} (${size})`])], one.team ? String(one.team.id) : "");
    const more = el("details.zones-new-team", null, el("summary", null, say("new_team")), dialog.field(say("team_name"), el("input", { name: "team_name", maxlength: 120 })), dialog.field(say("team_size"), el("input", { name: "team_size", type: "number", min: 1, max: 1000, value: 6 })), dialog.field(say("team_shifts"), el("input", { name: "team_shifts", maxlength: 400, placeholder: "08:00–20:00" })), el("p.quiet", null, say("team_privacy")));
    dialog.ask(say("edit_zone_n", { n: one.no + 1 }), [dialog.field(say("zone_name"), name, say("zone_name_hint")), dialog.field(say("zone_team"), team), more, posts.node], {
      words: say("save"),
      act: async (form) => {
        let chosen = team.value ? Number(team.value) : null;
        const fresh = form.elements.team_name.value.trim();
        if (fresh) chosen = (await ask("POST", "/teams", { within, name: fresh, size: Number(form.elements.team_size.value), shifts: form.elements.team_shifts.value })).id;
        await plan.command("PATCH", `/zones/${one.no}`, { name: name.value.trim() || null, team: chosen, post: posts.code() });
      },
    });
  }

  // ---- all zones -------------------------------------------------------------------------------------------------

  function tableOf({ zones: list }) {
    const sorted = list.slice().sort((a, b) => (COLUMNS[order.by](a) ?? 0) - (COLUMNS[order.by](b) ?? 0) || a.no - b.no);
    if (order.isDown) sorted.reverse();
    const most = Math.max(1.5, ...list.map((one) => one.workload_share_of_mean || 0));
    return el("div.zones-table-box", { "data-scroll": "table" },
      el("table.zones-table", null, el("thead", null, el("tr", null, Object.keys(COLUMNS).map(head))), el("tbody", null, sorted.map((one) => row(one, most)))));
  }

  function head(name) {
    const isHere = order.by === name;
    const sort = isHere ? (order.isDown ? "descending" : "ascending") : "none";
    const turn = () => {
      Object.assign(order, { by: name, isDown: isHere ? !order.isDown : name !== "no" });
      show();
    };
    return el(`th.col-${name}`, { "aria-sort": sort, scope: "col" }, el("button", { click: turn, "data-key": `sort-${name}`, title: say(`column_${name}_title`) }, say(`column_${name}`), isHere ? (order.isDown ? " ▾" : " ▴") : ""));
  }

  function row(one, most) {
    const share = one.workload_share_of_mean;
    const bar = el("span.zones-bar-of", { style: `--w:${Math.min(1, (share || 0) / most)};--mean:${1 / most}` }, number(100 * (share || 0), 0), "%");
    const choose = () => {
      map.setActive(one.no);
      map.flyToZone(one.no);
    };
    return el(`tr${one.no === map.chosen.active ? ".chosen" : ""}`, { mouseenter: () => map.pass("g", idsOf(one.no)), mouseleave: () => map.pass("g", []) },
      el("td.col-no", null, el("button", { click: choose, "data-key": `zone-row-${one.no}`, title: `${zones.nameOf(one)} · ${say("fly_to_zone")}` }, el("b", { style: `--c:${colourOf(one.no)}` }, one.no + 1), el("span", null, zones.sheet.shortName(zones.nameOf(one))), one.locked ? el("i.zones-lock", { title: say("locked") }, "▦") : null, one.pieces > 1 ? el("i.m-breached", { title: say("not_contiguous") }, "▲") : null)),
      el("td.col-workload", null, bar), el("td", null, number(one.members)), el("td", null, number(one.area_km2, 1)), el("td", null, number(one.roundness, 2)), el("td", null, number(one.similarity, 2)));
  }

  const idsOf = (no) => plan.placesOf(no).map((place) => plan.current().sheet.ids[place]);
  const colourOf = (no) => zones.sheet.COLOURS[plan.current().colours.get(no)] || "transparent";

  for (const kind of ["opened", "changed", "chosen"]) on(kind, show);
  zones.whenDrawn(show);
})();
