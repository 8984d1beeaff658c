// Which cases are listed? Saved filters with their counts, further conditions, the list behind a figure.
(function () {
  "use strict";
  const { cases } = window.minqing;
  if (!cases.isHere) return;
  const { ask, el, fill, go, number, on, say } = cases;

  /**
   * Saved filters: what each asks for, and from which counts its own is added up.
   * @type {Object<string, {query: Object<string, string>, counts: string[]}>}
   */
  const SAVED = {
    mine_centre: { query: { queue: "open", state: "reported,filed,returned,handled" }, counts: ["new", "to_dispatch", "to_verify"] },
    mine_department: { query: { queue: "in_hand" }, counts: ["in_hand"] },
    new: { query: { queue: "new" }, counts: ["new"] },
    to_dispatch: { query: { queue: "to_dispatch" }, counts: ["to_dispatch"] },
    in_hand: { query: { queue: "in_hand" }, counts: ["in_hand"] },
    to_verify: { query: { queue: "to_verify" }, counts: ["to_verify"] },
    approaching: { query: { queue: "approaching" }, counts: ["approaching"] },
    breached: { query: { queue: "breached" }, counts: ["breached"] },
    escalated: { query: { queue: "escalated" }, counts: ["escalated"] },
    called: { query: { queue: "called" }, counts: ["called"] },
    checks: { query: { queue: "checks" }, counts: ["checks"] },
    approvals: { query: { queue: "approvals" }, counts: ["approvals"] },
    returned: { query: { queue: "returned" }, counts: ["returned"] },
    suspended: { query: { queue: "suspended" }, counts: ["suspended"] },
    merged: { query: { queue: "merged" }, counts: [] },
    open: { query: { queue: "open" }, counts: ["open"] },
    all: { query: { queue: "all" }, counts: [] },
  };
  const CENTRE = ["mine_centre", "new", "to_dispatch", "in_hand", "to_verify", "approaching", "breached", "escalated", "checks", "returned", "suspended", "merged", "open", "all"];
  /** What each role sees first, in its order; the first is what opens. */
  const BY_ROLE = {
    operator: CENTRE,
    admin: CENTRE,
    handler: ["mine_department", "called", "approaching", "breached", "escalated", "to_verify", "suspended", "open", "all"],
    leader: ["approvals", "escalated", "breached", "approaching", "new", "to_dispatch", "in_hand", "suspended", "open", "all"],
  };
  const OTHERS = ["open", "new", "to_dispatch", "in_hand", "to_verify", "approaching", "breached", "all"];
  const NARROWING = ["class", "unit", "department", "q"];
  const STATES = ["reported", "filed", "dispatched", "handling", "handled", "closed", "rejected", "returned", "rework", "suspended", "merged", "void"];
  const SHAPED = { approaching: "approaching", breached: "breached", escalated: "breached" };

  const listOfRole = () => BY_ROLE[cases.rights().role] || OTHERS;
  let counts = {};

  /** The saved filter that the address means, null where it is another question. */
  function current() {
    const held = cases.address();
    if (held.figure) return null;
    const asked = { queue: held.queue || "open", state: held.state || "", deadline: held.deadline || "" };
    return listOfRole().find((name) => {
      const { query } = SAVED[name];
      return query.queue === asked.queue && (query.state || "") === asked.state && !asked.deadline;
    }) ?? null;
  }

  function choose(name) {
    go({ state: null, deadline: null, figure: null, part: null, adjusted: null, from: null, to: null, ...SAVED[name].query });
  }

  function countOf(name) {
    const parts = SAVED[name].counts.map((key) => counts[key]);
    return parts.length && parts.every((n) => n !== undefined) ? parts.reduce((sum, n) => sum + n, 0) : null;
  }

  function showSaved() {
    const now = current();
    fill("cases-saved", listOfRole().map((name, place) => {
      const n = countOf(name);
      const shape = SHAPED[name] ? el("span.cases-mark", { "data-meaning": SHAPED[name], "aria-hidden": "true" }, cases.limits.SHAPES[SHAPED[name]]) : null;
      return el("button.cases-filter", { "data-key": name, "data-saved": name, "aria-pressed": String(name === now), "aria-keyshortcuts": place < 9 ? String(place + 1) : null, click: () => choose(name) },
        shape, say(`saved_${name}`), n === null ? null : el("b", null, number(n)));
    }));
  }

  async function readCounts() {
    const held = cases.address();
    const query = new URLSearchParams(NARROWING.filter((key) => held[key]).map((key) => [key, held[key]]));
    try {
      counts = (await ask("GET", `/api/v1/cases/queues?${query}`)).items;
    } catch {
      counts = {};
    }
    showSaved();
  }

  let waiting = 0;
  function countLater() {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(readCounts, 400);
  }

  const option = (value, words) => el("option", { value }, words);
  function select(key, words, options) {
    const node = el("select", { "data-key": `filter-${key}`, name: key, "aria-label": words, change: () => go({ [key]: node.value }) }, option("", words), options);
    node.value = cases.address()[key] || "";
    return node;
  }

  /** Units are asked for by name, pinyin or code; what is chosen is a code. */
  function unitField() {
    const list = el("datalist", { id: "cases-units" });
    const field = el("input", { type: "search", list: "cases-units", "data-key": "filter-unit", name: "unit", autocomplete: "off", "aria-label": say("filter_unit"), placeholder: say("filter_unit"), value: cases.address().unit || "" });
    let asked = 0;
    field.addEventListener("input", () => {
      window.clearTimeout(asked);
      asked = window.setTimeout(async () => {
        if (!field.value.trim()) return;
        const found = await ask("GET", `/api/v1/units/search?limit=12&q=${encodeURIComponent(field.value.trim())}`).catch(() => ({ items: [] }));
        list.replaceChildren(...found.items.map((unit) => el("option", { value: unit.code, label: cases.nameOf(unit) })));
      }, 250);
    });
    field.addEventListener("change", () => go({ unit: field.value.trim() }));
    return [field, list];
  }

  function showFilters() {
    const held = cases.address();
    const city = cases.city();
    if (held.figure) return fill("cases-filters");
    const text = el("input.cases-text", { type: "search", id: "cases-text", "data-key": "filter-q", name: "q", "aria-label": say("filter_text"), placeholder: say("filter_text"), "aria-keyshortcuts": "/", value: held.q || "" });
    text.addEventListener("change", () => go({ q: text.value.trim() }));
    const groups = city.groups.map((one) => option(one.key, cases.nameOf(one)));
    const departments = [...city.departments.values()].map((one) => option(one.key, cases.nameOf(one)));
    const sorts = ["newest", "oldest", "due"].map((key) => option(key, say(`sort_${key}`)));
    const sort = el("select", { "data-key": "filter-sort", name: "sort", "aria-label": say("sort"), change: () => go({ sort: sort.value === "newest" ? null : sort.value }) }, sorts);
    sort.value = held.sort || "newest";
    const more = el("div.cases-more", { hidden: !["state", "deadline", "class", "unit", "department"].some((key) => held[key] && !(key === "state" && current())) },
      select("state", say("filter_state"), [...(held.state?.includes(",") ? [option(held.state, say("filter_states"))] : []), ...STATES.map((key) => option(key, say(`status_${key}`)))]),
      select("deadline", say("filter_deadline"), ["within", "approaching", "breached"].map((key) => option(key, `${cases.limits.SHAPES[key]} ${say(`deadline_${key}`)}`))),
      select("class", say("filter_class"), groups), select("department", say("filter_department"), departments), unitField());
    const fold = el("button.tool", { "data-key": "filter-more", "aria-expanded": String(!more.hidden), click: () => {
      more.hidden = !more.hidden;
      fold.setAttribute("aria-expanded", String(!more.hidden));
    } }, say("filters"));
    const isNarrowed = [...NARROWING, "deadline"].some((key) => held[key]) || (held.state && !current());
    const clear = isNarrowed ? el("button.tool", { "data-key": "filter-clear", click: () => go({ class: null, unit: null, department: null, q: null, deadline: null, state: null }) }, say("filters_clear")) : null;
    fill("cases-filters", el("div.cases-filter-row", null, text, sort, fold, clear), more);
    return undefined;
  }

  const figureNames = new Map();
  /** The figure's own name comes with its value. */
  async function nameFigure() {
    const held = cases.address();
    if (!held.figure || figureNames.has(held.figure)) return;
    const query = new URLSearchParams({ figure: held.figure, ...(held.from ? { from: held.from } : {}), ...(held.to ? { to: held.to } : {}) });
    const found = await ask("GET", `/api/v1/figures?${query}`).catch(() => null);
    for (const one of found?.formulas || []) figureNames.set(one.key, cases.lang === "en" ? one.en : one.zh);
    showFigure(null);
  }

  /** The list behind a figure says so. */
  function showFigure(total) {
    const held = cases.address();
    if (!held.figure) return fill("cases-figure");
    const facts = [held.part && say(`part_${held.part === "denominator" ? "denominator" : "numerator"}`), held.unit, held.department && cases.departmentOfKey(held.department), held.from && `${held.from} – ${held.to || ""}`].filter(Boolean);
    fill("cases-figure",
      el("p", null, el("b", null, say("figure_list", { figure: figureNames.get(held.figure) || held.figure })), ` ${facts.join(" · ")}`, total === null || total === undefined ? null : ` · ${say("figure_total", { n: number(total) })}`),
      el("button.tool", { "data-key": "figure-close", click: () => choose(listOfRole()[0]) }, say("figure_close")));
    return undefined;
  }

  /** What the list says where nothing is in it. */
  function showListed({ n, hasMore, total, problem }) {
    const state = document.getElementById("cases-state");
    state.textContent = problem ? "" : hasMore && total === null ? say("listed_more", { n: number(n) }) : say("listed", { n: number(total ?? n) });
    showFigure(total ?? (hasMore ? null : n));
    if (problem) fill("cases-empty", el("p.cases-problem", { role: "alert" }, `▲ ${say("list_failed")} ${cases.wordsFor(problem)}`), el("button.act", { click: () => cases.grid.list() }, say("again")));
    else if (n === 0) {
      const name = current();
      const held = cases.address();
      const isNarrowed = [...NARROWING, "deadline"].some((key) => held[key]);
      fill("cases-empty", el("h2", null, say("empty")), el("p", null, isNarrowed ? say("empty_narrowed") : name ? say(`empty_${name}`) : say("empty_filter")));
    } else fill("cases-empty");
  }

  on("ready", () => {
    const held = cases.address();
    if (!held.queue && !held.figure) go(SAVED[listOfRole()[0]].query, { isStep: true });
    showSaved();
    showFilters();
    showFigure(null);
    nameFigure();
    readCounts();
  });
  on("address", ({ changed }) => {
    if ([...changed].every((key) => key === "case")) return;
    showSaved();
    showFilters();
    showFigure(null);
    nameFigure();
    if (NARROWING.some((key) => changed.has(key))) readCounts();
  });
  on("listed", showListed);

  cases.queue = { countLater, choosePlace: (place) => listOfRole()[place] && choose(listOfRole()[place]) };
})();
