// How does the remote look: which walls, which scene, which area, what time, who follows, which alarms?
(function () {
  "use strict";
  const app = window.minqing;
  const { remote } = app;
  if (!remote.isHere) return;
  const { el, fill } = app.kit;
  const { held, say, direct, doing, nameOf, classOf } = remote;
  const { walls } = app;
  const SPEEDS = [0, 1, 10, 60, 120, 300, 600];
  const MARKS = { live: ["within", "●"], late: ["approaching", "◐"], lost: ["breached", "▲"] };
  /** A wall says about twice a minute that it stands. */
  const GONE_MS = 90000;
  const MAIN = "main";

  let place = null;
  /** What was set and not told yet. */
  const typed = { time: "", speed: 60 };

  const button = (name, kind, act, words, more) => el(`button.act.remote-key${kind}`, { "data-key": name, click: act, disabled: Boolean(held.busy), "aria-busy": held.busy === name ? "true" : null, ...more }, words);
  const section = (name, ...children) => el("section.remote-part", { "aria-label": say(name) }, el("h2", null, say(name)), children);

  const age = (text) => app.live.serverNow() - Date.parse(text);
  const ago = (text) => say("minutes_ago", { n: Math.max(1, Math.round(age(text) / 60000)) });

  function display(one) {
    const isGone = age(one.seen_at) > GONE_MS;
    const [meaning, shape] = isGone ? MARKS.lost : MARKS[one.state];
    const facts = isGone ? say("gone", { span: ago(one.seen_at) }) : [say(`state_${one.state}`), `${one.width}×${one.height}`, one.software ? say("software") : ""].filter(Boolean).join(" · ");
    return el("li", null, el("span.remote-mark", { "data-meaning": meaning, "aria-hidden": "true" }, shape), el("b", null, one.name), el("span.quiet", null, facts));
  }

  /** A window that was opened anew in the same place is the same wall. */
  const isReplaced = (one, all) => all.some((other) => other !== one && other.name === one.name && other.width === one.width && other.height === one.height && Date.parse(other.came_at) >= Date.parse(one.seen_at));

  function toldWords(told) {
    if (!told) return say("never_told");
    const scene = held.book?.scenes.find((one) => one.key === told.scene);
    const parts = [told.held ? say("held_at", { scene: scene?.title[remote.lang] ?? told.scene ?? say("first") }) : say("goes_round"), told.as_of ? say("past_of", { time: remote.moment(told.as_of), n: told.speed }) : "", told.incident ? say("watches", { n: told.incident }) : "", told.follows ? say("follows", { who: told.by }) : ""];
    return parts.filter(Boolean).join(" · ");
  }

  function group(one) {
    const isChosen = walls.chosen().some((key) => walls.same(key, one));
    const toggle = () => walls.choose(isChosen ? walls.chosen().filter((key) => !walls.same(key, one)) : [...walls.chosen(), one]);
    const standing = one.displays.filter((shown) => !isReplaced(shown, one.displays));
    const area = remote.lang === "en" ? one.area_name_en || one.area_name : one.area_name;
    return el("button.remote-group", { role: "checkbox", "aria-checked": String(isChosen), "data-key": `group-${one.area}-${one.name}`, click: toggle },
      el("span.remote-check", { "aria-hidden": "true" }, isChosen ? "✓" : ""),
      el("span.remote-group-name", null, el("b", null, one.name === MAIN ? say("main") : one.name), ` ${area}`),
      el("ul.remote-displays", null, standing.length ? standing.map(display) : el("li.quiet", null, say("no_display"))),
      el("span.quiet.remote-told", null, toldWords(one.told)));
  }

  function scenes() {
    const told = walls.told();
    const list = held.book.scenes;
    const now = list.findIndex((one) => one.key === told?.scene);
    const step = (by) => direct(`step-${by}`, { scene: list[(Math.max(0, now) + by + list.length) % list.length].key, incident: null });
    return section("scenes",
      el("div.remote-row", null, button("step--1", "", () => step(-1), `‹ ${say("before")}`), button("step-1", "", () => step(1), `${say("after")} ›`)),
      el("div.remote-row", null,
        button("rotate", "", () => direct("rotate", { held: false, incident: null }), say("rotate"), { "aria-pressed": String(!told?.held) }),
        button("hold", "", () => direct("hold", { held: true, scene: told?.scene ?? list[0].key }), say("hold"), { "aria-pressed": String(Boolean(told?.held)) })),
      el("div.remote-grid", null, list.map((one) => button(`scene-${one.key}`, ".remote-scene", () => direct(`scene-${one.key}`, { scene: one.key, incident: null }), one.title[remote.lang], { "aria-pressed": String(told?.scene === one.key) }))));
  }

  function areas() {
    const own = walls.chosen()[0]?.area ?? "";
    const go = (unit) => direct(`area-${unit.code}`, { area: unit.parent === null || unit.code === own ? "" : unit.code, scene: null, incident: null });
    const from = Math.max(0, held.way.findIndex((unit) => unit.code === own));
    return section("area",
      el("div.remote-row.remote-way", null, held.way.slice(from).map((unit, k, all) => button(`area-${unit.code}`, "", () => go(unit), nameOf(unit), { "aria-current": k === all.length - 1 ? "true" : null }))),
      held.parts.length ? el("select", { "data-key": "below", "aria-label": say("below"), disabled: Boolean(held.busy), change: ({ target }) => go(held.parts.find((unit) => unit.code === target.value)) },
        el("option", { value: "" }, say("below")), held.parts.map((unit) => el("option", { value: unit.code }, nameOf(unit)))) : null);
  }

  function times() {
    const told = walls.told();
    const play = () => direct("past", { as_of: typed.time, speed: typed.speed });
    return section("time",
      el("div.remote-row", null, button("now", "", () => direct("now", { as_of: "", speed: 0 }), say("now"), { "aria-pressed": String(!told?.as_of) }), button("past", "", play, say("show_past"), { disabled: Boolean(held.busy) || !typed.time, "aria-pressed": String(Boolean(told?.as_of)) })),
      el("div.remote-row", null,
        el("input", { type: "datetime-local", "data-key": "time", "aria-label": say("moment"), value: typed.time, input: ({ target }) => { typed.time = target.value; draw(); } }),
        el("select", { "data-key": "speed", "aria-label": say("speed"), change: ({ target }) => { typed.speed = Number(target.value); } }, SPEEDS.map((n) => el("option", { value: n, selected: n === typed.speed }, n ? `${n} ×` : say("still"))))));
  }

  function following() {
    const isOn = walls.isFollowing();
    return section("follow", el("p.quiet", null, say("follow_hint")), el("div.remote-row", null, button("follow", isOn ? ".strong" : "", () => doing("follow", () => walls.follow(!isOn)), say(isOn ? "follow_end" : "follow_begin"), { "aria-pressed": String(isOn) })));
  }

  function risk(one) {
    const isShown = walls.told()?.incident === one.id;
    return el("li.remote-risk", null,
      el("span.remote-risk-what", null, el("b", null, `▲ ${classOf(one.incident)}`), el("span.quiet", null, `${one.incident.unit?.name ?? say("nowhere")} · ${remote.moment(one.raised_at)}`)),
      one.incident.position === "grid" ? el("span.quiet", null, say("never_shown")) : button(`show-${one.id}`, "", () => direct(`show-${one.id}`, { incident: isShown ? null : one.id }), say(isShown ? "hide" : "show"), { "aria-pressed": String(isShown) }),
      button(`risk-${one.id}`, ".strong", () => remote.acknowledge(one), say("acknowledge")));
  }

  const alarms = () => section("alarms", el("ul.remote-risks", null, held.risks.length ? held.risks.map(risk) : el("li.quiet", null, say("no_alarms"))), el("p", null, el("a", { href: "/alerts" }, say("all_alarms"))));

  function watched() {
    const id = walls.told()?.incident;
    if (!id) return null;
    return el("p.remote-watched", { role: "status" }, say("watches", { n: id }), button("unwatch", "", () => direct("unwatch", { incident: null }), say("hide")));
  }

  function draw() {
    if (!place) return;
    const problem = held.problem ? el("p.remote-problem", { role: "alert" }, `▲ ${held.problem}`) : null;
    if (!held.book) return void fill(place, problem ?? el("p.quiet", { role: "status" }, say("loading")));
    const groups = section("walls", el("div.remote-groups", null, walls.groups().map(group)));
    fill(place, problem, watched(), groups, scenes(), areas(), following(), times(), alarms());
  }

  /** Lets the remote stand in an element. */
  function mount(node) {
    place = node;
    draw();
    remote.on("change", draw);
    return remote.begin();
  }

  remote.mount = mount;
  if (window.location.pathname === "/wall/remote") app.kit.whenDrawn(["remote-page", "remote-words"], () => mount(document.getElementById("remote-page")));
})();
