// What is known of the open case? Its head, how far it is, its time limits, its facts, and everything that happened to it.
//
// Events: `case` (another case, or the same as it stands now; null where none is open).
(function () {
  "use strict";
  const { cases } = window.minqing;
  if (!cases.isHere) return;
  const { ask, el, emit, fill, go, limits, number, on, say } = cases;
  const PATH = "/api/v1/cases";
  /** The way of a case, and which moment of the incident tells that it came there. */
  const WAY = [["reported", "reported_at"], ["filed", "filed_at"], ["dispatched", "dispatched_at"], ["handled", "handled_at"], ["closed", "closed_at"]];

  /** @type {Object|null} as the interface tells it */
  let open = null;
  let asking = null;

  const idAsked = () => cases.address().case || null;

  /** Reads the open case; what is typed in forms stays, as it lies outside of what is drawn here. */
  async function read() {
    const id = idAsked();
    asking?.abort();
    if (!id) return take(null);
    const { signal } = (asking = new AbortController());
    const place = document.getElementById("cases-case");
    place.dataset.busy = "true";
    try {
      take(await ask("GET", `${PATH}/${encodeURIComponent(id)}`, undefined, signal));
    } catch (error) {
      if (signal.aborted) return undefined;
      if (open && String(open.incident.id) === id && !(error instanceof cases.Refused)) cases.tell(cases.wordsFor(error), "bad");
      else missing(error);
    } finally {
      if (!signal.aborted) delete place.dataset.busy;
    }
    return undefined;
  }

  function missing(error) {
    open = null;
    emit("case", null);
    const words = error.status === 404 ? say("case_unknown") : cases.wordsFor(error);
    fill("cases-case", el("div.cases-none", null, el("h2", null, say("case_failed")), el("p", null, words), el("button.act", { click: read }, say("again"))));
  }

  function take(found) {
    open = found;
    if (!found) {
      fill("cases-case", el("div.cases-none", null, el("h2", null, say("none_open")), el("p", null, say("none_open_hint"))));
      emit("case", null);
      return undefined;
    }
    const place = document.getElementById("cases-case");
    if (place.dataset.case !== String(found.incident.id) || !document.getElementById("cases-acts")) {
      place.dataset.case = String(found.incident.id);
      place.replaceChildren(...["cases-head", "cases-acts", "cases-act", "cases-limits", "cases-facts", "cases-timeline"].map((id) => el("section", { id })));
      place.scrollTop = 0;
    }
    show();
    emit("case", found);
    return undefined;
  }

  function show() {
    fill("cases-head", head());
    fill("cases-limits", el("h2", null, say("limits")), limitRows());
    fill("cases-facts", el("h2", null, say("facts")), facts());
    fill("cases-timeline", el("h2", null, say("timeline")), el("ol.cases-events", null, [...open.events].reverse().map(event)));
  }

  function head() {
    const { incident, state } = open;
    const next = open.timers.filter((timer) => !timer.done_at && timer.due_at).sort((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at))[0];
    const marks = [
      state.exempt && say("mark_exempt"), state.grade === "major" && say("mark_major"), state.supervised && say("mark_supervised", { n: state.supervised }),
      state.escalated && say("mark_escalated", { n: state.escalated }), state.reworked && say("mark_reworked", { n: state.reworked }), state.returned && say("mark_returned", { n: state.returned }),
      state.reopened && say("mark_reopened", { n: state.reopened }), state.level > 1 && say("mark_level", { n: state.level }), state.check && say(`stage_${state.check}`),
      state.extension_asked && say("mark_extension", { n: number(state.extension_asked, 1) }), state.appeal && say(`mark_appeal_${state.appeal}`),
    ].filter(Boolean);
    return [
      el("div.cases-title", null, el("h1", null, cases.classOf(incident)), el("span.cases-chip", { "data-status": state.status }, say(`status_${state.status}`)),
        next ? el("span.cases-next", null, limits.mark(next), el("span.quiet", null, say(`stage_${next.stage}`))) : null,
        el("span.spring"), el("span.quiet", null, say("case_no", { id: incident.id })),
        el("button.tool", { "data-key": "close-case", title: say("case_leave"), "aria-label": say("case_leave"), click: () => go({ case: null }) }, "×")),
      incident.text ? el("p.cases-prose", null, incident.text) : el("p.quiet", null, say("no_text")),
      marks.length ? el("p.cases-marks", null, marks.map((words) => el("span.cases-chip", null, words))) : null,
      state.merged_into ? el("p", null, say("merged_into"), " ", caseLink(state.merged_into)) : null,
      open.merged.length ? el("p", null, say("merged_here"), " ", open.merged.map((id) => [caseLink(id), " "])) : null,
      way(),
    ];
  }

  function caseLink(id) {
    return el("button.link", { click: () => go({ case: id }) }, `#${id}`);
  }

  /** How far the case is: the steps of its way with their moments and what lay between. */
  function way() {
    const { incident, state } = open;
    let before = null;
    const steps = WAY.map(([name, key]) => {
      const at = incident[key];
      const took = at && before ? Date.parse(at) - Date.parse(before) : null;
      if (at) before = at;
      return el("li", { class: at ? "past" : null, "aria-current": isNow(name, state.status) ? "step" : null },
        el("b", null, say(`status_${name}`)), el("span", null, at ? cases.shortMoment(at) : "—"), el("span.quiet", null, took === null || took < 0 ? "" : `+${limits.length(took)}`));
    });
    return el("ol.cases-way", { "aria-label": say("way") }, steps);
  }

  const STANDS_AT = { returned: "filed", handling: "dispatched", rework: "dispatched", suspended: "dispatched" };
  const isNow = (name, status) => (STANDS_AT[status] || status) === name;

  function limitRows() {
    if (!open.timers.length) return el("p.quiet", null, say("limits_none"));
    const rows = open.timers.map((timer) => el("li.cases-limit", null,
      el("span.name", null, say(`stage_${timer.stage}`), " ", el("span.quiet", null, amount(timer))), limits.bar(timer), limits.mark(timer),
      el("span.quiet", null, timer.due_at ? say("limit_until", { at: cases.shortMoment(timer.due_at) }) : stands(timer))));
    const told = open.told.length ? el("p.cases-told", null, say("told", { to: open.told.map(rung).join(" → ") })) : null;
    return [el("ol.cases-limit-list", null, rows), told, open.days_known ? null : el("p.quiet", null, say("days_unknown"))];
  }

  /** Until when a limit stands still, where that is known. */
  const stands = (timer) => (timer.stage === "handling" && open.state.suspended_until ? say("limit_paused_until", { at: cases.shortMoment(open.state.suspended_until) }) : say("limit_paused"));

  const RUNGS = new Set(["department", "county", "city"]);
  /** Whom a step of the ladder tells; a city may name its own. */
  const rung = (key) => (RUNGS.has(key) ? say(`rung_${key}`) : key);

  const amount = (limit) => say(`clock_${limit.clock}`, { n: number(limit.amount, limit.amount % 1 ? 1 : 0) });

  function facts() {
    const { incident, located, state } = open;
    const rows = [
      ["where", located.slice(1).map((unit) => unit.name).join(" › ") || say("unassigned")], ["address", incident.address], ["department", cases.departmentName(state.department_id)],
      ["severity", incident.severity], ["reported", cases.moment(incident.reported_at)], ["source", incident.source && (cases.city().sources.get(incident.source) || incident.source)],
      ["due", incident.due_at && cases.moment(incident.due_at)], ["close_reason", state.close_reason && (reasonNames().has(state.close_reason) ? say(`reason_${state.close_reason}`) : state.close_reason)],
      ["called", state.called.map((id) => cases.departmentName(id) + (state.missing.includes(id) ? ` ${say("not_come")}` : "")).join("、")], ["mediation", state.mediation && say(`outcome_${state.mediation}`)], ["external", incident.external_id],
    ].filter(([, value]) => value !== null && value !== undefined && value !== "");
    return el("dl.cases-dl", null, rows.flatMap(([name, value]) => [el("dt", null, say(`fact_${name}`)), el("dd", null, value)]));
  }

  const reasonNames = () => new Set(cases.forms.REASONS);

  /** One thing that happened: when, what, who, and with which facts. */
  function event(one) {
    const said = Object.entries(one.facts).flatMap(([name, value]) => factWords(name, value));
    const who = [one.who || say("who_program"), one.who && one.role ? say(`role_${one.role}`) : null, one.department_id ? cases.departmentName(one.department_id) : null].filter(Boolean).join(" · ");
    return el("li.cases-event", { "data-seq": one.seq },
      el("time", { datetime: one.at, title: cases.moment(one.at) }, cases.shortMoment(one.at)), el("b", null, say(`act_${one.act}`)), el("span.who", null, who), said.length ? el("p", null, said) : null);
  }

  const text = (name, value) => [el("span.cases-fact", null, el("i", null, say(`field_${name}`)), " ", value)];
  /** How each fact is told; what has no entry is for programs. */
  const TELLS = {
    note: (v) => text("note", v), reason: (v) => text("reason", v), result: (v) => text("result", v),
    department: (v) => text("department", cases.departmentName(v)), departments: (v) => text("departments", [v].flat().map(cases.departmentName).join("、")),
    hours: (v) => text("hours", number(v, v % 1 ? 1 : 0)), until: (v) => text("until", cases.moment(v)), found: (v) => text("found", say(v ? "yes" : "no")),
    into: (v) => [el("span.cases-fact", null, el("i", null, say("field_into")), " ", caseLink(v))], close_reason: (v) => text("close_reason", reasonNames().has(v) ? say(`reason_${v}`) : v),
    outcome: (v) => text("outcome", say(`outcome_${v}`)), grade: (v) => text("grade", say(`grade_${v}`)), limit: (v) => (v && v.clock ? text("limit", amount(v)) : []),
    to: (v) => text("to", rung(v)), due_at: (v) => text("due_at", cases.moment(v)), status: (v) => text("status", say(`status_${v}`)), grid: (v) => text("grid", String(v)),
  };
  const factWords = (name, value) => (value === null || value === "" || !TELLS[name] ? [] : TELLS[name](value));

  let waiting = 0;
  /**
   * Cases have changed, whoever did it: the open one and the list are read anew in place.
   * @param {(number|string)[]} ids
   */
  function changed(ids) {
    const known = new Set(ids.map(String));
    if (open && known.has(String(open.incident.id)) && !waiting) {
      waiting = window.setTimeout(() => {
        waiting = 0;
        read();
      }, 200);
    }
    cases.grid.refresh();
    cases.queue.countLater();
  }

  on("ready", read);
  on("address", ({ changed: keys }) => keys.has("case") && read());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && cases.city()) changed(open ? [open.incident.id] : []);
  });

  Object.assign(cases, { changed, current: () => open, readCase: read });
})();
