// What frames a panel: its title with the door to its cases, its body, its source, and how old it says it is?
(function () {
  "use strict";
  const app = window.minqing;
  const { wall } = app;
  if (!wall.isHere) return;
  const { el, fill, say } = wall;
  const STATES = { live: "●", late: "◐", lost: "▲", replay: "◷" };
  const TIMELESS = new Set(["clock", "ticker", "alerts"]);

  /** @typedef {{panel: Object, scene: Object, since: number, node: Element, body: Element, foot: Element, mark: Element, isDrawn: boolean, validAt: number|null, state: string}} Frame */

  const kindOf = (frame) => wall.kinds[frame.panel.kind];
  /** Of a past moment some kinds know nothing. */
  const isEmptyPast = (frame) => wall.group.moment() !== null && Boolean(kindOf(frame).hasNoPast);
  const sourcesOf = (frame) => (isEmptyPast(frame) ? [] : kindOf(frame).sources(frame.panel, frame.scene));

  /** @param {Object} panel @param {Object} scene @returns {Frame} */
  function make(panel, scene) {
    const mark = el("span.wall-state");
    const body = el("div.wall-body");
    const foot = el("div.wall-foot-line");
    const door = doorOf(panel, scene);
    const title = el("h2", null, door ? el("a", { href: door }, wall.textOf(panel.title)) : wall.textOf(panel.title));
    const node = el("section.wall-panel", { "data-kind": panel.kind, "data-state": "late", style: `--share:${panel.share}`, "aria-label": wall.textOf(panel.title) }, el("header", null, title, mark), body, foot);
    return { panel, scene, since: performance.now(), node, body, foot, mark, isDrawn: false, validAt: null, state: "" };
  }

  /** Where the cases behind a panel are opened, by an account that may. */
  function doorOf(panel, { unit }) {
    const asked = { unit: unit.address, class: panel.classes.join(","), from: wall.day(panel.days - 1), to: wall.day(0) };
    const text = (more) => new URLSearchParams(Object.entries({ ...asked, ...more }).filter(([, value]) => value)).toString();
    if (panel.action === "alerts") return `/alerts?${text({ from: "", to: "" })}`;
    if (panel.action === "map" || (panel.action === "cases" && !wall.mayOpen())) return `/map?${text(panel.kind === "map" ? { metric: panel.metric } : {})}`;
    if (panel.action === "cases") return `/cases?${text({ queue: "all", deadline: panel.metric === "overdue" || panel.status === "overdue" ? "breached" : "", from: "", to: "" })}`;
    return null;
  }

  /**
   * Draws a frame where it is new, or where what was read is one of its sources.
   * @param {Frame} frame
   * @param {Object|null} read source that has just been read
   */
  function update(frame, read) {
    const list = sourcesOf(frame);
    const kind = kindOf(frame);
    const isRead = list.slice(0, kind.needs).every((one) => one.data !== null);
    if (isRead && (!frame.isDrawn || list.includes(read))) redraw(frame, list);
    else if (!frame.isDrawn) fill(frame.body, el("p.wall-empty", null, say("loading")));
    judge(frame, list);
  }

  function redraw(frame, list) {
    if (isEmptyPast(frame)) fill(frame.body, el("p.wall-empty", null, say("no_past")));
    else kindOf(frame).draw(frame.body, frame.panel, list, frame.scene);
    frame.isDrawn = true;
  }

  /** Until when a panel is right: its sources; without any, the feed; a clock always is. */
  function validAt(frame, list) {
    if (kindOf(frame).isTicking) return wall.serverNow();
    if (!list.length) return app.live.asOf() === null ? null : Date.parse(app.live.asOf());
    return wall.sources.validAt(list.slice(0, kindOf(frame).needs));
  }

  function stateOf(age, { late_s: late, lost_s: lost }) {
    if (age === null || age > lost * 1000) return "lost";
    return age > late * 1000 ? "late" : "live";
  }

  /** How old what a frame shows is: by the server's clock, or behind the past moment that is shown. */
  function ageOf(frame, list) {
    const past = wall.group.moment();
    if (past === null || kindOf(frame).isTicking) {
      // At midnight other addresses are asked; until they answer, what is shown is as old as it was.
      const moment = (frame.validAt = validAt(frame, list) ?? frame.validAt);
      return { past: null, moment, age: moment === null ? null : Math.max(0, wall.serverNow() - moment) };
    }
    const moment = list.length ? wall.sources.momentOf(list.slice(0, kindOf(frame).needs)) : past;
    const { as_of: first, speed } = wall.group.told();
    const behind = moment === null ? null : (past - Math.max(moment, Date.parse(first))) / Math.max(1, speed);
    return { past, moment, age: behind === null ? null : Math.max(0, behind) };
  }

  function judge(frame, list) {
    const { ages } = frame.panel;
    const { past, moment, age } = ageOf(frame, list);
    // Before the first answer a panel waits; it is not lost yet.
    const isWaiting = age === null && performance.now() - frame.since < ages.lost_s * 1000;
    const known = isWaiting ? "late" : kindOf(frame).isBroken?.() ? "lost" : stateOf(age, ages);
    const state = past !== null && known === "live" ? "replay" : known;
    if (frame.state !== state) {
      frame.state = state;
      frame.node.dataset.state = state;
      frame.mark.textContent = STATES[state];
      frame.mark.title = say(`state_${state}`);
    }
    const text = footOf(frame.panel, { past, moment, age, state });
    if (frame.foot.textContent !== text) frame.foot.textContent = text;
  }

  function periodOf(panel) {
    if (TIMELESS.has(panel.kind)) return "";
    return panel.days === 1 ? say("today") : say("days", { n: panel.days });
  }

  function whenOf({ past, moment, age, state }) {
    if (age === null) return say("not_read");
    if (past !== null) return say("as_of_past", { time: wall.pastMoment(moment) });
    return state === "live" ? say("as_of", { time: wall.clock(moment) }) : say("as_of_old", { time: wall.clock(moment), span: wall.span(age) });
  }

  function footOf(panel, told) {
    const source = panel.source ? wall.textOf(panel.source) : say(`source_${panel.kind}`);
    const when = whenOf(told);
    // What is cut off where a panel is narrow is the source, never the age.
    return [when, periodOf(panel), source].filter(Boolean).join(" · ");
  }

  wall.panels = {
    make,
    update,
    redraw,
    /** Once a second: clocks go on, ages grow. */
    tick(frame) {
      const list = sourcesOf(frame);
      if (kindOf(frame).isTicking) redraw(frame, list);
      judge(frame, list);
    },
    shows: (frame, source) => sourcesOf(frame).includes(source),
    is: (frame, trait) => Boolean(kindOf(frame)[trait]),
    /** Reads what a scene will show, before it is shown. */
    prefetch: (scene) => scene.panels.forEach((panel) => wall.kinds[panel.kind].sources(panel, scene)),
  };
})();
