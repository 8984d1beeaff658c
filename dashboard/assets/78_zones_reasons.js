// Why are the units of a zone, or two neighbours, together? Cards of reasons, and how sure they are.
(function () {
  "use strict";
  const zones = window.minqing.zones;
  if (!zones.isHere) return;
  const { ask, el, fill, number, say } = zones;
  const { button, empty, fault, follow, into, link, named, percent, progress, quiet } = zones.panels;
  const ZONE = "zones-reasons-zone";
  const PAIR = "zones-reasons-pair";
  const STABILITY = "zones-stability";
  const WIDEST = 3;
  const MOST_PAIRS = 40;
  const MOST_TRAITS = 6;
  const MOST_GROUPS = 3;

  /** @type {{plan: string, version: number, found: Object}|null} shares that were computed for the plan as it was then */
  let stability = null;
  /** @type {{plan: number|string, cancel: () => Promise<void>}|null} */
  let running = null;
  let asked = { zone: "", pair: "" };

  const open = () => zones.plan.current()?.plan;

  /** A trait as a bar: right of the middle more than usual, left of it less. */
  function bar({ title_zh: zh, title_en: en, level, gap, unit, mean, usual }) {
    const share = Math.min(Math.abs(level), WIDEST) / WIDEST / 2;
    const left = level < 0 ? 0.5 - share : 0.5;
    const written = unit === "share" ? (value) => percent(value, 1) : (value) => number(value, 1);
    return el("li.trait", { title: say("trait_hint", { level: zones.signed(level, 1), gap: number(gap, 1) }) },
      el("span.trait-name", null, named(zh, en)),
      el("span.trait-bar", { "aria-hidden": "true" }, el("i", { "data-sign": level < 0 ? "less" : "more", style: `left:${100 * left}%;width:${100 * share}%` })),
      el("span.trait-level", null, say(`trait_unit_${unit}`, { mean: written(mean), usual: written(usual) })));
  }

  /** The strongest traits; the others in a fold. */
  function traits(heading, list, none) {
    if (!list?.length) return [el("h4", null, heading), quiet(none)];
    const [shown, rest] = [list.slice(0, MOST_TRAITS), list.slice(MOST_TRAITS)];
    const more = rest.length > 0 && el("details", null, el("summary", null, say("reasons_more", { n: number(rest.length) })), el("ul.traits", null, rest.map(bar)));
    return [el("h4", null, heading), el("ul.traits", null, shown.map(bar)), more];
  }

  /** @param {Object} reason @param {HTMLElement[]} more */
  function card(title, reason, ...more) {
    return [
      el("h3", null, title),
      reason.closer_than !== undefined && reason.closer_than !== null && el("p", null, say("closer_than", { share: percent(reason.closer_than) })),
      ...traits(say("reasons_shared"), reason.shared, say("reasons_shared_none")),
      ...traits(say("reasons_differing"), reason.differing, say("reasons_differing_none")),
      ...more,
    ];
  }

  /** "together in 87 of 100" with its sign; the number of plans is known where it was computed here. */
  function together(share) {
    if (share === null || share === undefined) return null;
    const meaning = share >= 0.8 ? "within" : share >= 0.5 ? "approaching" : "breached";
    const { plans } = isFresh() ? stability.found : {};
    const words = plans ? say("together_in", { n: number(Math.round(share * plans)), of: number(plans) }) : say("together_share", { share: percent(share) });
    return el("p.together", null, zones.panels.sign(meaning), words);
  }

  const isFresh = () => stability && stability.plan === open()?.id && stability.version === open().version;

  function nearBorder(near) {
    if (!near) return null;
    const m = number(near.distance_m);
    if (near.count === null) return el("p", null, say("near_border_withheld", { m }));
    const groups = near.groups.filter((group) => group.n !== null).slice(0, MOST_GROUPS).map((group) => `${named(group.zh, group.en)} ${number(group.n)}`).join(say("list_comma"));
    return el("p", null, say("near_border", { n: number(near.count), m }), " ", groups && el("span.quiet", null, say("near_border_groups", { groups })));
  }

  function showZone(no) {
    const plan = open();
    const key = `${plan.id}:${plan.version}:${no}`;
    if (asked.zone === key) return;
    asked.zone = key;
    into(ZONE, async () => {
      const found = await ask("GET", `/plans/${plan.id}/reasons?zone=${no}`);
      const name = zones.nameOf(zones.plan.zone(no) || {}) || "";
      return card(say("reasons_zone", { n: number(no + 1), name }), found, together(found.stability), nearBorder(found.near_border), neighbours(found));
    });
  }

  /** Pairs of neighbours inside the zone, each with a card of its own; the least certain ones first, where that is known. */
  function neighbours(found) {
    const { sheet } = zones.plan.current();
    const inside = new Set(found.units.map((code) => sheet.placeOfCode.get(code)));
    const pairs = [...inside].flatMap((one) => sheet.near[one].filter((other) => other > one && inside.has(other)).map((other) => [sheet.codes[one], sheet.codes[other]]));
    if (!pairs.length) return null;
    const shares = sharesOf(pairs);
    const order = pairs.map((pair, k) => ({ pair, share: shares[k] })).sort((a, b) => (a.share ?? 2) - (b.share ?? 2));
    return el("details", null, el("summary", null, say("reasons_pairs", { n: number(pairs.length) })),
      el("ul.pair-list", null, order.slice(0, MOST_PAIRS).map(({ pair, share }) => el("li", null, link(zones.panels.host.namesOf(pair), () => showPair(...pair)), share !== undefined && el("span.quiet", null, percent(share))))));
  }

  /** @param {string[][]} pairs @returns {(number|undefined)[]} share of resampled plans in which each pair is together */
  function sharesOf(pairs) {
    if (!isFresh()) return pairs.map(() => undefined);
    const { first, second, together: shares } = stability.found;
    const known = new Map(first.flatMap((code, k) => [[`${code} ${second[k]}`, shares[k]], [`${second[k]} ${code}`, shares[k]]]));
    return pairs.map((pair) => known.get(pair.join(" ")));
  }

  function showPair(a, b) {
    const plan = open();
    const key = `${plan.id}:${plan.version}:${a}:${b}`;
    if (asked.pair === key) return;
    asked.pair = key;
    into(PAIR, async () => {
      const found = await ask("GET", `/plans/${plan.id}/reasons?pair=${encodeURIComponent(a)},${encodeURIComponent(b)}`);
      const marked = link(say("show_on_map"), () => zones.panels.host.highlight([a, b]));
      return card(zones.panels.host.namesOf([a, b]), found, together(found.stability), nearBorder(found.near_border), marked);
    });
  }

  function offerPair(codes) {
    asked.pair = "";
    if (!open()) return fill(PAIR);
    if (codes.length !== 2) return fill(PAIR, quiet(say("reasons_pick_two")));
    return fill(PAIR, button(say("reasons_ask_pair", { units: zones.panels.host.namesOf(codes) }), () => showPair(...codes), { "data-reasons": "pair" }));
  }

  function showStabilityActs() {
    const plan = open();
    if (!plan) return fill(STABILITY);
    const isOld = stability && !isFresh();
    return fill(STABILITY,
      el("h3", null, say("stability_title")), quiet(say("stability_hint")),
      isOld ? quiet(say("stability_old")) : stability && quiet(say("stability_done", { n: number(stability.found.plans), refused: number(stability.found.refused ?? 0) })),
      el("div.panel-acts", null, button(say("stability_start"), compute, { "data-stability": "start" })));
  }

  async function compute() {
    const { id, version } = open();
    try {
      const { job } = await ask("POST", `/plans/${id}/stability`, {});
      const hear = (state) => fill(STABILITY, el("h3", null, say("stability_title")), ...progress(state),
        el("div.panel-acts", null, button(say("panel_cancel"), () => running?.cancel(), { "data-key": "cancel", "data-stability": "cancel" })));
      running = follow(job, hear);
      const state = await running.ended;
      if (state.state === "done") stability = { plan: id, version, found: state.result ?? state };
      else if (state.state === "failed") throw new Error(state.cause || say("panel_failed"));
      showStabilityActs();
      asked = { zone: "", pair: "" };
      follows();
    } catch (error) {
      fill(STABILITY, fault(error, compute));
    } finally {
      running = null;
    }
  }

  function follows() {
    const plan = open();
    if (!plan) {
      asked = { zone: "", pair: "" };
      return fill(ZONE, empty(say("reasons_no_plan")));
    }
    const { active } = zones.map.chosen;
    if (active === null) {
      asked.zone = "";
      return fill(ZONE, empty(say("reasons_choose")));
    }
    return isSeen() ? showZone(active) : undefined;
  }

  /** Nothing is asked for a panel that nobody sees. */
  const isSeen = () => document.getElementById(ZONE)?.parentElement.checkVisibility();

  zones.whenDrawn(() => {
    follows();
    document.addEventListener("click", (event) => event.target.closest("[data-zones-tab]") && window.setTimeout(follows));
  });
  zones.on("opened", () => {
    stability = null;
    follows();
    showStabilityActs();
    offerPair([]);
  });
  zones.on("changed", () => {
    follows();
    if (!running) showStabilityActs();
  });
  zones.on("chosen", follows);
  zones.on("picked", offerPair);
})();
