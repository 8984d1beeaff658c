// How are rankings, loads, alerts and cases drawn, and the clock?
(function () {
  "use strict";
  const { wall } = window.minqing;
  if (!wall.isHere) return;
  const { el, fill, say, number, nameOf, query, summary } = wall;
  const SLOW_MS = 30000;
  const LIST_MS = 2000;
  /** A list of one or two is not blown up to fill its panel. */
  const FEWEST_ROWS = 4;
  const LIGHTS = { green: ["within", "●"], yellow: ["approaching", "◐"], red: ["breached", "▲"] };
  const BY = { unit: "child", department: "department", class: "class" };
  const FIELDS = { reported: "n", open: "open", overdue: "overdue", closed: "closed" };
  const STATES = { open: ["breached", "▲"], acknowledged: ["approaching", "◐"] };

  /** Rows share the height of the panel, so that nothing has to be scrolled. */
  function rows(body, panel, children, none = say("none")) {
    body.style.setProperty("--rows", Math.min(panel.rows, Math.max(FEWEST_ROWS, children.length)));
    fill(body, children.length ? el("ol.wall-rows", null, children) : el("p.wall-empty", null, none));
  }

  const bar = (share, part) => el("span.wall-bar", { "aria-hidden": "true" }, el("i", { style: `width:${(share * 100).toFixed(1)}%` }), part ? el("i.wall-bar-part", { style: `width:${(part * 100).toFixed(1)}%` }) : null);
  const mark = ([meaning, shape]) => el("span.wall-mark", { "data-meaning": meaning }, shape);

  function ranked(panel, source) {
    if (panel.metric === "score") return source.data.items.filter((one) => one.rank !== null).slice(0, panel.rows).map((one) => ({ name: nameOf(one), value: one.score, light: LIGHTS[one.light] }));
    const field = FIELDS[panel.metric];
    return source.data.items.filter((one) => one[field] > 0).sort((a, b) => b[field] - a[field]).slice(0, panel.rows).map((one) => ({ name: nameOf(one), value: one[field] }));
  }

  wall.kinds.ranking = {
    sources: (panel, scene) => [panel.metric === "score"
      ? wall.sources.source(`/api/v1/league?${query(panel, scene, panel.days, { by: panel.by })}`, { kinds: ["figures"], restMs: SLOW_MS })
      : summary(panel, scene, panel.days, BY[panel.by])],
    draw(body, panel, [source]) {
      const list = ranked(panel, source);
      const most = panel.metric === "score" ? 100 : Math.max(1, ...list.map((one) => one.value));
      rows(body, panel, list.map((one, place) => el("li", null, el("span.wall-rank", null, String(place + 1)), el("span.wall-name", null, one.name), bar(one.value / most), el("b", null, number(one.value, panel.metric === "score" ? 1 : 0)), one.light ? mark(one.light) : null)));
    },
  };

  wall.kinds.load = {
    sources: (panel, scene) => [summary(panel, scene, panel.days, "department")],
    draw(body, panel, [source]) {
      const list = source.data.items.filter((one) => one.open > 0).sort((a, b) => b.open - a.open).slice(0, panel.rows);
      const most = Math.max(1, ...list.map((one) => one.open));
      rows(body, panel, list.map((one) => el("li", null, el("span.wall-name", null, nameOf(one)), bar(one.open / most, one.overdue / most), el("b", null, number(one.open)), el("span.wall-over", null, one.overdue ? `▲${number(one.overdue)}` : ""))));
    },
  };

  /** Who answers for a risk, in words. */
  function ownerOf(risk) {
    if (risk.owner_department) return wall.departmentOf(risk.owner_department);
    if (risk.owner_role) return say(`role_${risk.owner_role}`);
    return risk.incident.department ? wall.departmentOf(risk.incident.department) : say("no_owner");
  }

  const rulesOf = (risk) => risk.fired.map((one) => wall.city().rules.get(one.rule)?.[wall.lang] ?? one.rule).join(wall.lang === "en" ? "; " : "；");

  wall.kinds.alerts = {
    hasNoPast: true,
    sources: (panel, scene) => [wall.sources.source(`/api/v1/risks?${new URLSearchParams({ state: "open,acknowledged", unit: scene.unit.address, class: panel.classes.join(","), limit: panel.rows })}`, { kinds: ["alerts"] })],
    draw(body, panel, [source]) {
      rows(body, panel, source.data.items.slice(0, panel.rows).map((risk) => el("li.wall-tall", null, mark(STATES[risk.state] ?? STATES.open),
        el("span.wall-name", null, el("b", null, wall.classOf(risk.incident)), el("small", null, `${wall.placeOf(risk.incident.unit)} · ${rulesOf(risk)}`)),
        el("span.wall-end", null, el("span", null, ownerOf(risk)), el("small", null, say("ago", { span: wall.span(wall.serverNow() - Date.parse(risk.raised_at)) }))))));
    },
  };

  wall.kinds.cases = {
    sources: (panel, scene) => [wall.sources.source(`/api/v1/incidents?${query(panel, scene, panel.days, { status: panel.status, limit: panel.rows })}`, { kinds: ["cases"], restMs: LIST_MS })],
    draw(body, panel, [source]) {
      rows(body, panel, source.data.items.slice(0, panel.rows).map((row) => el("li.wall-tall", null, mark(row.overdue ? ["breached", "▲"] : ["within", "●"]),
        el("span.wall-name", null, el("b", null, wall.classOf(row)), el("small", null, wall.placeOf(row.unit))),
        el("span.wall-end", null, el("span", null, row.department ? wall.departmentOf(row.department) : say("no_department")), el("small", null, `${say(`status_${row.status}`)} · ${wall.minute(Date.parse(row.reported_at))}`)))));
    },
  };

  /** The shift on duty at a time of day; before the first one of the day the last of the day before goes on. */
  function shiftAt(time) {
    const { shifts } = wall.scenes();
    return [...shifts].reverse().find((shift) => shift.starts_at <= time) ?? shifts.at(-1);
  }

  wall.kinds.clock = {
    isTicking: true,
    sources: () => [],
    draw(body) {
      const now = wall.serverNow();
      const { shifts } = wall.scenes();
      const shift = shiftAt(wall.minute(now));
      const next = shifts[(shifts.indexOf(shift) + 1) % shifts.length];
      fill(body, el("div.wall-value.wall-time", null, el("b", null, wall.clock(now))), el("div.wall-note", null, wall.date(now)),
        el("div.wall-note", null, say("shift", { name: wall.textOf(shift.name), until: next.starts_at })));
    },
  };

  Object.assign(wall, { rows, mark, ownerOf, rulesOf });
})();
