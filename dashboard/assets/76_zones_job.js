// How does a proposal come about before the planner's eyes: started, watched, cancelled, refused with a remedy, or ready?
(function () {
  "use strict";
  const zones = window.minqing.zones;
  if (!zones.isHere) return;
  const { ask, el, fill, say, number } = zones;
  const { button, strong, link, quiet, sign, fault, percent, follow, progress, draw, hide, css } = zones.panels;
  const ID = "zones-propose";
  const CURVE_ROWS = 9;

  /** @type {{id: string, cancel: () => Promise<void>, asked: Object}|null} the job that is under way */
  let running = null;

  /** The form has its choices. */
  let isReady = false;

  const show = (name, ...children) => fill(`${ID}-${name}`, ...children);

  function showActs() {
    const acts = running
      ? [button(say("propose_cancel"), cancel, { class: "act", "data-job": "cancel" })]
      : [strong(say("propose_start"), start, { "data-job": "start", disabled: !isReady || !zones.may("edit"), title: zones.may("edit") ? null : say("panel_not_yours") })];
    show("acts", ...acts);
  }

  async function start() {
    const asked = zones.panels.proposal.read();
    show("result");
    hide(`${ID}-curve`);
    show("state", ...progress({ state: "queued" }));
    try {
      const { job } = await ask("POST", "/plans/propose", asked);
      const watched = follow(job, (state) => running?.id === job && hear(state, asked));
      running = { id: job, cancel: watched.cancel, asked };
      showActs();
      end(await watched.ended, asked, job);
    } catch (error) {
      show("state", fault(error, start));
    } finally {
      running = null;
      showActs();
    }
  }

  async function cancel() {
    document.querySelector("[data-job=cancel]").disabled = true;
    try {
      await running?.cancel();
    } catch (error) {
      show("state", fault(error));
    }
  }

  const whereOf = (asked) => ({ within: asked.within, level: asked.within_level, base: asked.base });

  /** @param {Object} state of the job @param {Object} asked */
  function hear(state, asked) {
    show("state", ...progress(state));
    if (state.curve?.length) drawCurve(state.curve, state.share);
    if (state.isBetter) zones.panels.host.showProposal(state, whereOf(asked));
  }

  /** @param {[number, number, number][]} curve share of the work, ratio, objective @param {number} share work done so far */
  function drawCurve(curve, share) {
    const points = [...curve, [Math.max(share ?? 0, curve.at(-1)[0]), curve.at(-1)[1]]];
    const [low, high] = [Math.min(...points.map((point) => point[1])), Math.max(...points.map((point) => point[1]))];
    const room = Math.max(0.1 * (high - low), 0.005);
    const trace = {
      type: "scatter", mode: "lines", x: points.map((point) => 100 * point[0]), y: points.map((point) => point[1]),
      line: { color: css("--accent"), width: 2, shape: "hv" }, hovertemplate: `%{x:.0f}%<br>${say("figure_ratio")} %{y:.4f}<extra></extra>`,
    };
    const axes = { xaxis: { title: { text: say("curve_share"), standoff: 4 }, range: [0, 101], ticksuffix: "%", tickvals: [0, 50, 100] }, yaxis: { title: { text: say("figure_ratio") }, nticks: 4, range: [Math.max(0, low - room), high + room] } };
    draw(`${ID}-curve`, [trace], { ...axes, margin: { l: 40, r: 22, t: 8, b: 36 } }, CURVE_ROWS);
  }

  function end(state, asked, job) {
    const shown = { done: showDone, refused: showRefused, cancelled: showCancelled, failed: showFailed }[state.state];
    show("state");
    if (state.curve?.length) drawCurve(state.curve, state.state === "done" ? 1 : state.share);
    shown(state, asked, job);
  }

  /** @param {Object} figures @returns {HTMLElement} the figures of a proposal as pairs */
  function facts(figures) {
    const rows = [
      ["figure_zones", number(figures.zones)], ["figure_ratio", number(figures.ratio, 3)], ["figure_compactness", number(figures.compactness, 3)],
      ["figure_workload_max_over_mean", `${number(figures.workload_max_over_mean, 2)}×`],
    ];
    return el("dl.facts", null, rows.flatMap(([key, text]) => [el("dt", null, say(key)), el("dd", null, text)]));
  }

  function showDone(state, asked, job) {
    const name = say("proposal_name", { zones: number(state.figures?.zones), seed: asked.seed });
    zones.panels.host.showProposal(state, whereOf(asked));
    const acts = [strong(say("propose_open"), () => open(job, asked, name), { "data-job": "open" }), button(say("propose_to_tray"), () => zones.panels.tray.add({ kind: "job", id: job, name }), { "data-job": "tray" })];
    show("result", el("section.result-card", null,
      el("h3", null, sign("closed"), name),
      quiet(say("proposal_of", { seed: asked.seed, seconds: asked.seconds })), state.figures && facts(state.figures),
      state.added?.length > 0 && quiet(say("proposal_added", { units: zones.panels.host.namesOf(state.added) })),
      el("div.panel-acts", null, acts),
      link(say("proposal_back"), zones.panels.host.leaveProposal)));
  }

  async function open(job, asked, name) {
    try {
      const plan = await ask("POST", "/plans", { name, within: asked.within, base: asked.base, from: { job }, parameters: asked });
      await zones.plan.open(plan.id);
    } catch (error) {
      document.getElementById(`${ID}-result`).append(fault(error));
    }
  }

  /** The rule, the units, the remedy, and one button for the smallest change that would help. */
  function showRefused(state) {
    const refusal = state.refusal || {};
    const units = refusal.units || [];
    if (units.length) zones.panels.host.highlight(units);
    const told = engineWords(refusal);
    show("result", el("section.result-card.refused", { role: "alert" },
      el("h3", null, sign("breached"), say("refused_title")),
      el("p", null, el("strong", null, say(`rule_${refusal.rule}`))), told.isOwn && el("p", null, refusal.reason),
      units.length > 0 && el("p", null, link(say("refused_units", { n: number(units.length), units: zones.panels.host.namesOf(units) }), () => zones.panels.host.highlight(units))),
      told.isOwn && el("p", null, refusal.remedy), remedyButton(refusal), told.details));
  }

  /** The engine tells its figures in English; on a Chinese page they stand in a fold. */
  function engineWords({ reason, remedy }) {
    if (zones.lang === "en") return { isOwn: true, details: null };
    const words = el("div", { lang: "en" }, quiet(reason), quiet(remedy));
    return { isOwn: false, details: el("details", null, el("summary", null, say("refused_details")), words) };
  }

  function remedyButton(refusal) {
    const relaxation = refusal.relaxation;
    if (!relaxation) return null;
    const apply = () => {
      zones.panels.proposal.relax(relaxation.field, relaxation.value);
      start();
    };
    return el("div.panel-acts", null, strong(say("refused_apply", { change: wordsOf(relaxation) }), apply, { "data-job": "relax" }));
  }

  /** @param {{field: string, value: *}} relaxation */
  function wordsOf({ field, value }) {
    if (value === null || Array.isArray(value)) return say(`relax_drop`, { rule: say(`relax_${field}`) });
    return `${say(`relax_${field}`)} → ${field === "tolerance" ? `±${percent(Math.ceil(value * 1000) / 1000, 1)}` : number(value, Number.isInteger(value) ? 0 : 1)}`;
  }

  function showCancelled(state, asked, job) {
    show("result", quiet(say(state.zone ? "job_cancelled_with_plan" : "job_cancelled_text")));
    if (state.zone && state.figures) showDone(state, asked, job);
  }

  function showFailed(state) {
    show("result", fault(new Error(state.cause || say("panel_failed")), start));
  }

  zones.whenDrawn(showActs);
  zones.on("form", () => {
    isReady = true;
    showActs();
  });
})();
