// What has just happened? Reports, filings, breached limits and closings, the newest first.
(function () {
  "use strict";
  const { wall } = window.minqing;
  if (!wall.isHere) return;
  const { el, say } = wall;
  /** What the feed calls it, and what the ticker calls it. */
  const ACTS = { report: "report", file: "file", breach: "breach", close: "close", solve_on_spot: "close" };
  const MARKS = { report: ["within", "●"], file: ["approaching", "◐"], breach: ["breached", "▲"], close: ["closed", "✓"] };
  const HELD = 24;
  const AT_FIRST = 8;
  const REST_MS = 900;
  const VISIT_MS = 7000;
  const PAST_DAYS = 30;

  /** @type {{key: string, act: string, at: number, row: Object}[]} */
  let items = [];
  let waiting = [];
  let isReading = false;
  let isBegun = false;
  let begunAt = 0;
  let visitedAt = 0;

  /** Takes what a push tells, each event of a case once, and never more than there is room for. */
  function take(events) {
    for (const event of events) {
      const act = ACTS[event.act];
      if (!act || event.id === null) continue;
      waiting = waiting.filter((one) => one.id !== event.id || one.act !== act);
      waiting.push({ id: event.id, act, at: Date.parse(event.at) });
    }
    waiting = waiting.slice(-HELD);
    readWaiting();
  }

  async function readWaiting() {
    if (isReading || !waiting.length) return;
    isReading = true;
    const batch = waiting;
    waiting = [];
    try {
      const rows = await readRows([...new Set(batch.map((one) => one.id))]);
      add(batch.flatMap((one) => (rows.has(one.id) ? [{ key: `${one.id}-${one.act}`, act: one.act, at: one.at, row: rows.get(one.id) }] : [])));
    } catch {
      // What could not be read now is read with the next push, and panels tell how old they are.
      waiting = [...batch, ...waiting].slice(-HELD);
    }
    window.setTimeout(() => {
      isReading = false;
      readWaiting();
    }, REST_MS);
  }

  async function readRows(ids) {
    const body = await wall.request("GET", `/api/v1/incidents?${new URLSearchParams({ ids: ids.join(","), from: wall.city().firstDay, limit: String(ids.length) })}`);
    return new Map(body.items.map((row) => [row.id, row]));
  }

  function add(fresh) {
    if (!fresh.length) return;
    const keys = new Set(fresh.map((one) => one.key));
    items = [...fresh.reverse(), ...items.filter((one) => !keys.has(one.key))].slice(0, HELD);
    for (const one of fresh) wall.map.pulse(one.row, MARKS[one.act][0]);
    wall.emit("ticker", fresh);
  }

  const asReport = (row) => ({ key: `${row.id}-report`, act: "report", at: Date.parse(row.reported_at), row });

  /** Before anything has happened the newest reports stand there. */
  async function begin() {
    if (isBegun) return;
    isBegun = true;
    begunAt = begunAt || wall.serverNow();
    try {
      const body = await wall.request("GET", `/api/v1/incidents?limit=${AT_FIRST}`);
      const known = new Set(items.map((one) => one.row.id));
      items = [...items, ...body.items.filter((row) => !known.has(row.id)).map(asReport)];
      wall.emit("ticker", []);
    } catch {
      isBegun = false;
    }
  }

  const isIn = (row, unit) => !unit.address || (row.unit?.code ?? "").startsWith(unit.code);
  const listed = (panel, scene) => items.filter((one) => panel.acts.includes(one.act) && isIn(one.row, scene.unit));

  function line(one) {
    return el("li.wall-tick", { "data-key": one.key }, wall.mark(MARKS[one.act]), el("span.wall-when", null, wall.clock(one.at)), el("b", null, say(`act_${one.act}`)),
      el("span.wall-name", null, `${wall.classOf(one.row)} · ${wall.placeOf(one.row.unit)}`), el("span.wall-who", null, one.row.department ? wall.departmentOf(one.row.department) : ""));
  }

  wall.kinds.ticker = {
    followsTicker: true,
    /** Of a past moment the newest reports of then. */
    sources: (panel, scene) => (wall.group.moment() === null ? [] : [wall.sources.source(`/api/v1/incidents?${wall.query(panel, scene, PAST_DAYS, { limit: panel.rows })}`, { kinds: [], restMs: REST_MS })]),
    draw(body, panel, [past], scene) {
      const shown = past ? past.data.items.map(asReport) : listed(panel, scene).slice(0, panel.rows);
      wall.rows(body, panel, shown.map(line), say("none_since", { time: wall.minute(begunAt || wall.serverNow()) }));
    },
  };

  /** The map shows the newest of them, at most so often as the panel says, and then the scene again. */
  function visit(fresh, panel, scene) {
    const now = performance.now();
    const target = panel.fly_s && fresh.find((one) => panel.acts.includes(one.act) && isIn(one.row, scene.unit) && one.row.lon !== null);
    if (!target || now - visitedAt < panel.fly_s * 1000) return;
    visitedAt = now;
    wall.map.visit(target.row, VISIT_MS);
    wall.map.pulse(target.row, MARKS[target.act][0], VISIT_MS);
  }

  wall.ticker = { take, begin, visit, readRows, isIn };
})();
