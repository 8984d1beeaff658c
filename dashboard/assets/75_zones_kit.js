// What do the panels of the planner share: buttons, faults, jobs that are watched, charts in the look of the page?
(function () {
  "use strict";
  const zones = window.minqing.zones;
  if (!zones.isHere) return;
  const { el, say, ask, number } = zones;
  const ENDED = new Set(["done", "refused", "cancelled", "failed"]);
  const FIRST_WAIT_MS = 120;
  const LONGEST_WAIT_MS = 600;

  const button = (label, act, attributes) => el("button.act", { click: act, ...attributes }, label);
  const strong = (label, act, attributes) => el("button.act.strong", { click: act, ...attributes }, label);
  const link = (label, act, attributes) => el("button.link", { click: act, ...attributes }, label);
  const quiet = (text) => el("p.quiet", null, text);
  const empty = (text) => el("div.chart-empty.panel-empty", null, text);
  const sign = (meaning) => el(`span.shape.m-${meaning}`, { "aria-hidden": "true" }, { within: "●", approaching: "◐", breached: "▲", closed: "✓" }[meaning]);

  /** What happened and what to do. @param {Error} error @param {() => void} [again] */
  function fault(error, again) {
    const text = error instanceof TypeError ? say("panel_offline") : error.message;
    return el("div.panel-fault", { role: "alert" }, sign("breached"), el("p", null, text), again && link(say("panel_again"), again));
  }

  /** Draws into a place, or says what went wrong there. @param {string} id @param {() => Promise<Node[]>} work */
  async function into(id, work) {
    const place = document.getElementById(id);
    const round = (place.panelRound = (place.panelRound || 0) + 1);
    place.dataset.dimmed = "true";
    let children;
    try {
      children = await work();
    } catch (error) {
      children = [fault(error, () => into(id, work))];
    }
    if (place.panelRound !== round) return;
    delete place.dataset.dimmed;
    zones.fill(place, ...children);
  }

  /** A value of a Dash component as it is now. */
  const valueOf = (id, prop = "value") => window.dash_component_api.getLayout(id)?.props?.[prop];

  const percent = (share, digits = 0) => (share === null || share === undefined ? "—" : `${number(100 * share, digits)}%`);
  /** The name of something in the language of the reader. */
  const named = (zh, en) => (zones.lang === "en" ? en || zh : zh || en);
  const sleep = (ms) => new Promise((done) => window.setTimeout(done, ms));

  /**
   * Asks for a job until it has ended.
   * @param {string} job
   * @param {(state: Object) => void} hear called with every answer
   * @returns {{ended: Promise<Object>, cancel: () => Promise<void>}}
   */
  function follow(job, hear) {
    const path = `/jobs/${encodeURIComponent(job)}`;
    async function run() {
      // The zones come with a better plan only.
      let best = { plans: 0, units: null, zone: null };
      for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, wait * 1.4)) {
        const state = await ask("GET", `${path}?after=${best.plans}`);
        const isBetter = Boolean(state.zone);
        if (isBetter) best = { plans: state.plans, units: state.units, zone: state.zone };
        const told = { ...state, ...best, isBetter };
        hear(told);
        if (ENDED.has(state.state)) return told;
        await sleep(wait);
      }
    }
    return { ended: run(), cancel: () => ask("DELETE", path) };
  }

  /** @param {Object} state of a job @returns {HTMLElement[]} a bar and the words beside it */
  function progress(state) {
    const isMoving = state.state === "running" || state.state === "done";
    const line = say(`job_${state.state}`, { place: state.place_in_queue ?? 0, share: percent(state.share ?? 0) });
    const bar = el("progress.job-bar", { max: 1, value: isMoving ? state.share ?? 0 : null, "aria-label": line });
    return [bar, el("p.job-line", null, line)];
  }

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  /** Look of a chart in the theme of the page. @param {Object} more of the layout */
  function chartLayout(more) {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const axis = { gridcolor: css("--line"), zerolinecolor: css("--line-strong"), fixedrange: true, automargin: true };
    return {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", autosize: true, dragmode: false,
      font: { family: css("--font").replaceAll('"', ""), size: 0.75 * rem, color: css("--ink-2") },
      margin: { l: 2.6 * rem, r: 0.5 * rem, t: 0.5 * rem, b: 2 * rem },
      hoverlabel: { bgcolor: css("--raised"), bordercolor: css("--line-strong"), font: { color: css("--ink"), size: 0.8125 * rem } },
      showlegend: false, ...more, xaxis: { ...axis, ...more.xaxis }, yaxis: { ...axis, ...more.yaxis },
    };
  }

  /** @param {string} id of a dcc.Graph @param {Object[]} data @param {Object} layout @param {number} rows height in rem */
  function draw(id, data, layout, rows) {
    zones.setProps(id, { figure: { data, layout: chartLayout(layout) }, style: { height: `${rows}rem` } });
  }

  const hide = (id) => zones.setProps(id, { style: { display: "none" } });

  zones.panels = { button, strong, link, quiet, empty, sign, fault, into, valueOf, percent, named, follow, progress, draw, hide, css };
})();
