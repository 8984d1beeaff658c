// What would past cases have meant in the zones of this plan, and does it really do better than another?
(function () {
  "use strict";
  const zones = window.minqing.zones;
  if (!zones.isHere) return;
  const { ask, el, fill, number, say, setProps } = zones;
  const { button, css, draw, fault, follow, hide, percent, progress, quiet, sign, strong, valueOf } = zones.panels;
  const ID = "zones-what-if";
  const DAY_MS = 86400000;
  const REPLAY_DAYS = 182;
  const ROWS = { least: 12, each: 1.35, weeks: 11 };
  const SHIFT_COLOURS = ["#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#0072b2", "#d55e00", "#999999"];
  /** Digits of each figure that is compared. */
  const DIGITS = { balance: 3, peak: 1, distance_m: 0 };

  /** @type {{cancel: () => Promise<void>}|null} */
  let running = null;

  const open = () => zones.plan.current()?.plan;
  const show = (name, ...children) => fill(`${ID}-${name}`, ...children);
  const toText = (ms) => new Date(ms).toISOString().slice(0, 10);

  function showActs() {
    if (!open()) return show("state", zones.panels.empty(say("what_if_no_plan")));
    return show("state", el("div.panel-acts", null, strong(say("what_if_start"), start, { "data-what-if": "start" })));
  }

  function clear() {
    show("result");
    hide(`${ID}-load`);
    hide(`${ID}-weeks`);
  }

  /** Rival plans, and the last weeks with cases, once for each plan. */
  async function offer() {
    clear();
    showActs();
    const plan = open();
    if (!plan) return;
    try {
      const [list, city] = await Promise.all([ask("GET", `/plans?within=${encodeURIComponent(plan.within)}&base=${plan.base}`), ask("GET", "/api/v1/levels")]);
      const data = (list.items || list.plans || list).filter((other) => other.id !== plan.id).map((other) => ({ value: String(other.id), label: `${other.name} · ${say(`state_${other.state}`)}` }));
      setProps(`${ID}-against`, { data, value: null });
      if (!valueOf(`${ID}-dates`)?.[1] && city.last_day) {
        setProps(`${ID}-dates`, { value: [toText(Date.parse(`${city.last_day}T00:00:00Z`) - (REPLAY_DAYS - 1) * DAY_MS), city.last_day] });
      }
    } catch (error) {
      show("state", fault(error, offer));
    }
  }

  function question() {
    const [first, last] = valueOf(`${ID}-dates`) || [];
    const shifts = String(valueOf(`${ID}-shifts`) || "").split(/[\s,，、;；]+/).filter(Boolean);
    const against = valueOf(`${ID}-against`);
    return { since: first, until: last && toText(Date.parse(`${last}T00:00:00Z`) + DAY_MS), shifts, against: against ? Number(against) : null };
  }

  async function start() {
    const plan = open();
    clear();
    show("state", ...progress({ state: "queued" }));
    try {
      const { job } = await ask("POST", `/plans/${plan.id}/replay`, question());
      running = follow(job, (state) =>
        show("state", ...progress(state), el("div.panel-acts", null, button(say("panel_cancel"), () => running?.cancel(), { "data-key": "cancel", "data-what-if": "cancel" }))));
      const state = await running.ended;
      showActs();
      if (state.state === "failed") throw new Error(state.cause || say("panel_failed"));
      if (state.state === "done" && open()?.id === plan.id) showResult(state.result ?? state);
      else if (state.state !== "done") show("result", quiet(say(`job_${state.state}`)));
    } catch (error) {
      show("state", fault(error, start));
    } finally {
      running = null;
    }
  }

  /** @param {Object} found see POST /plans/{id}/replay */
  function showResult(found) {
    const heaviest = found.zones.reduce((a, b) => (b.work > a.work ? b : a), found.zones[0]);
    const peak = found.zones.flatMap((zone) => zone.peak.map((value, k) => ({ value, zone, shift: found.shifts[k], day: zone.peak_day[k] }))).reduce((a, b) => (b.value > a.value ? b : a));
    const rows = [
      ["what_if_cases", say("what_if_cases_of", { n: number(found.cases), outside: number(found.outside) })],
      ["what_if_heaviest", say("what_if_zone_n", { zone: nameOf(heaviest), n: number(heaviest.work) })],
      ["what_if_peak", say("what_if_peak_of", { zone: nameOf(peak.zone), n: number(peak.value), day: peak.day, shift: peak.shift })],
      ["what_if_distance", found.distance_m === null ? say("what_if_no_posts") : say("what_if_metres", { mean: number(found.distance_m), far: number(found.far_m) })],
    ];
    show("result",
      found.comparison && el("div.verdicts", null, el("h4", null, say("verdict_title")), found.comparison.map(verdict)),
      el("dl.facts", null, rows.flatMap(([key, text]) => [el("dt", null, say(key)), el("dd", null, text)])),
      details(found));
    drawLoad(found);
    drawWeeks(found);
  }

  const nameOf = (zone) => say("zone_short", { n: zone.no + 1, name: zones.nameOf(zone) || "" });

  /** One figure of both plans in plain words, with interval and share of resamples. */
  function verdict(row) {
    const meaning = { better: "within", worse: "breached", undecided: "approaching", too_short: "approaching" }[row.verdict];
    const digits = DIGITS[row.figure] ?? 2;
    const holes = {
      figure: say(`duel_${row.figure}`), a: number(row.a, digits), b: number(row.b, digits), difference: number(row.difference, digits),
      low: number(row.interval[0], digits), high: number(row.interval[1], digits), share: percent(row.b_better), weeks: number(row.weeks),
    };
    return el("p.verdict", { "data-verdict": row.verdict }, sign(meaning), el("span", null, el("strong", null, say(`verdict_${row.verdict}`, holes)), " ", say(row.verdict === "too_short" ? "verdict_weeks" : "verdict_figures", holes)));
  }

  /** Load of each zone, the heaviest on top, one colour for each shift. */
  function drawLoad(found) {
    const order = [...found.zones].sort((a, b) => a.work - b.work);
    const traces = found.shifts.map((shift, k) => ({
      type: "bar", orientation: "h", name: shift, y: order.map(nameOf), x: order.map((zone) => zone.load[k]),
      marker: { color: SHIFT_COLOURS[k % SHIFT_COLOURS.length] },
      customdata: order.map((zone) => [zone.peak[k], zone.peak_day[k]]),
      hovertemplate: `%{y} · ${shift}<br>${say("what_if_mean_load")} %{x:.2f}<br>${say("what_if_highest")} %{customdata[0]:,} (%{customdata[1]})<extra></extra>`,
    }));
    const layout = {
      barmode: "stack", bargap: 0.3, showlegend: true, legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0, title: { text: say("what_if_shift") } },
      xaxis: { title: { text: say("what_if_load_axis") } }, yaxis: { type: "category", gridcolor: "rgba(0,0,0,0)" }, margin: { l: 10, r: 10, t: 40, b: 40 },
    };
    draw(`${ID}-load`, traces, layout, Math.max(ROWS.least, 6 + ROWS.each * order.length));
  }

  /** Balance by week: highest load of a zone over the mean; a rival's line is dashed. */
  function drawWeeks(found) {
    const line = (weeks, name, colour, dash) => ({
      type: "scatter", mode: "lines+markers", name, x: weeks.first_day, y: weeks.balance, line: { color: colour, width: 2, dash }, marker: { size: 4 },
      hovertemplate: `%{x|%Y-%m-%d}<br>${name} %{y:.2f}<extra></extra>`,
    });
    const rival = found.against && valueOf(`${ID}-against`, "data")?.find((row) => Number(row.value) === found.against.plan)?.label;
    const traces = [line(found.weeks, say("what_if_this_plan"), css("--accent")), ...(found.against ? [line(found.against.weeks, rival || say("what_if_other_plan"), css("--approaching"), "dot")] : [])];
    const layout = {
      showlegend: Boolean(found.against), legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 }, margin: { l: 40, r: 10, t: 34, b: 40 },
      xaxis: { type: "date", tickformat: "%m-%d", nticks: 6 }, yaxis: { title: { text: say("what_if_balance_axis") }, nticks: 5 },
    };
    draw(`${ID}-weeks`, traces, layout, ROWS.weeks);
  }

  function details(found) {
    const head = ["what_if_zone", "what_if_work", "what_if_top", "what_if_mean_m", "what_if_far_m"].map((key) => el("th", { scope: "col" }, say(key)));
    const rows = found.zones.map((zone) => el("tr", null, el("th", { scope: "row" }, nameOf(zone)), el("td", null, number(zone.work)), el("td", null, number(Math.max(...zone.peak))), el("td", null, number(zone.distance_m)), el("td", null, number(zone.far_m))));
    return el("details", null, el("summary", null, say("what_if_table")), el("div.table-box", null, el("table.plain-table", null, el("thead", null, el("tr", null, head)), el("tbody", null, rows))));
  }

  zones.whenDrawn(offer);
  zones.on("opened", () => {
    running?.cancel().catch(() => undefined);
    offer();
  });
})();
