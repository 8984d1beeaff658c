// Which scene stands now, what are its panels, and how old does each of them say it is?
(function () {
  "use strict";
  const app = window.minqing;
  const { wall } = app;
  if (!wall.isHere) return;
  const { el, fill, say, part } = wall;
  const doc = document;
  const TICK_MS = 1000;
  const PREFETCH_MS = 6000;
  const SCENES_MS = 60000;
  /** The picture moves by so much of the height, a step a minute, so that no pixel keeps one colour for days. */
  const SHIFT_SHARE = 0.004;
  const SHIFT_STEPS = [[0, 0], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1]];
  const STATES = { live: "●", late: "◐", lost: "▲" };
  const PLACES = ["left", "centre", "right", "foot"];

  let book = null;
  let at = -1;
  let since = 0;
  let isHeld = false;
  /** @type {{panel: Object, node: Element, body: Element, foot: Element, mark: Element, isDrawn: boolean, state: string}[]} */
  let frames = [];
  const notices = new Map();
  let readAt = -Infinity;

  const scene = () => book.scenes[at];
  const key = () => new URLSearchParams(window.location.search).get("scene");

  // --- scenes -------------------------------------------------------------------------------------------------------

  async function readScenes() {
    readAt = performance.now();
    const next = await wall.request("GET", "/api/v1/wall/scenes");
    notice("scenes", next.problem ? say("scenes_problem", { cause: next.problem }) : null);
    const isOther = !book || next.version !== book.version;
    const standing = book ? scene()?.key : key();
    book = next;
    if (!isOther) return;
    const place = book.scenes.findIndex((one) => one.key === standing);
    show(Math.max(0, place));
  }

  /** A place in the list of scenes; it goes round. */
  function show(place) {
    at = ((place % book.scenes.length) + book.scenes.length) % book.scenes.length;
    since = performance.now();
    draw();
  }

  const ahead = () => book.scenes[(at + 1) % book.scenes.length];
  const isDue = () => !isHeld && book.scenes.length > 1 && performance.now() - since > scene().dwell_s * 1000;

  function rotate() {
    if (wall.alarms.current()) {
      since = performance.now() - Math.max(0, scene().dwell_s - 5) * 1000;
      return;
    }
    if (isDue()) show(at + 1);
    else if (!isHeld && performance.now() - since > scene().dwell_s * 1000 - PREFETCH_MS) for (const panel of ahead().panels) sourcesOf(panel, ahead());
  }

  // --- panels -------------------------------------------------------------------------------------------------------

  const sourcesOf = (panel, of) => wall.kinds[panel.kind].sources(panel, of);

  function makeFrame(panel) {
    const mark = el("span.wall-state");
    const body = el("div.wall-body");
    const foot = el("div.wall-foot-line");
    const door = doorOf(panel);
    const title = el("h2", null, door ? el("a", { href: door }, wall.textOf(panel.title)) : wall.textOf(panel.title));
    const node = el("section.wall-panel", { "data-kind": panel.kind, "data-state": "late", style: `--share:${panel.share}`, "aria-label": wall.textOf(panel.title) }, el("header", null, title, mark), body, foot);
    return { panel, node, body, foot, mark, isDrawn: false, state: "" };
  }

  /** Where the cases behind a panel are opened, by an account that may. */
  function doorOf(panel) {
    const { unit } = scene();
    const asked = { unit: unit.address, class: panel.classes.join(","), from: wall.day(panel.days - 1), to: wall.day(0) };
    const text = (more) => new URLSearchParams(Object.entries({ ...asked, ...more }).filter(([, value]) => value)).toString();
    if (panel.action === "alerts") return `/alerts?${text({ from: "", to: "" })}`;
    if (panel.action === "map" || (panel.action === "cases" && !wall.mayOpen())) return `/map?${text(panel.kind === "map" ? { metric: panel.metric } : {})}`;
    if (panel.action === "cases") return `/cases?${text({ queue: "all", deadline: panel.metric === "overdue" ? "breached" : "", from: "", to: "" })}`;
    return null;
  }

  function draw() {
    frames = scene().panels.map(makeFrame);
    part("title").textContent = wall.textOf(scene().title);
    fill(part("scenes"), book.scenes.map((one, place) => el("li", { "aria-current": place === at ? "true" : null, title: wall.textOf(one.title) })));
    const map = frames.find((frame) => wall.kinds[frame.panel.kind].isMap);
    for (const place of PLACES) drawPlace(place, frames.filter((frame) => frame.panel.place === place), map);
    doc.getElementById("wall-page").dataset.scene = scene().key;
    doc.getElementById("wall-page").dataset.hasMap = String(Boolean(map));
    if (map) wall.map.show(map.panel, scene());
    else wall.map.forget();
    for (const frame of frames) update(frame, true);
    wall.emit("scene", scene());
  }

  /** The map is one for all scenes: its element stays where it is, and the panel's frame goes around it. */
  function drawPlace(place, list, map) {
    const node = part(place);
    for (const old of [...node.querySelectorAll(":scope > .wall-panel")]) old.remove();
    for (const frame of list) node.append(frame.node);
    node.hidden = !list.length;
    part("stage").dataset[place] = String(list.length);
    if (place === "centre") part("map").hidden = !map;
  }

  function update(frame, isNew) {
    const kind = wall.kinds[frame.panel.kind];
    const list = sourcesOf(frame.panel, scene());
    const isRead = list.every((one) => one.data !== null) || (kind.isMap && list[0].data !== null);
    if (isRead && (isNew || !frame.isDrawn || list.some((one) => one === update.by))) {
      kind.draw(frame.body, frame.panel, list, scene());
      frame.isDrawn = true;
    } else if (!frame.isDrawn && isNew) fill(frame.body, el("p.wall-empty", null, say("loading")));
    judge(frame, list);
  }

  /** A source was read: the panels that show it are drawn again. */
  function onRead(source) {
    if (!book) return;
    update.by = source;
    for (const frame of frames) if (sourcesOf(frame.panel, scene()).includes(source)) update(frame, false);
    update.by = null;
  }

  // --- honesty ------------------------------------------------------------------------------------------------------

  /** Until when a panel is right: its sources; without any, the feed, or nothing for the clock. */
  function validAt(frame, list) {
    if (wall.kinds[frame.panel.kind].isTicking) return wall.serverNow();
    if (!list.length) return app.live.asOf() === null ? null : Date.parse(app.live.asOf());
    return wall.sources.validAt(list);
  }

  function stateOf(age, { late_s: late, lost_s: lost }) {
    if (age === null || age > lost * 1000) return "lost";
    return age > late * 1000 ? "late" : "live";
  }

  function judge(frame, list) {
    const { panel } = frame;
    const moment = validAt(frame, list);
    const age = moment === null || !Number.isFinite(moment) ? null : Math.max(0, wall.serverNow() - moment);
    // Before the first answer a panel waits; it is not lost.
    const isWaiting = age === null && performance.now() - since < panel.ages.lost_s * 1000;
    const state = isWaiting ? "late" : stateOf(age, panel.ages);
    if (frame.state !== state) {
      frame.state = state;
      frame.node.dataset.state = state;
      frame.mark.textContent = STATES[state];
      frame.mark.title = say(`state_${state}`);
    }
    const text = footOf(panel, moment, age, state);
    if (frame.foot.textContent !== text) frame.foot.textContent = text;
  }

  function periodOf(panel) {
    if (["clock", "ticker", "alerts"].includes(panel.kind)) return "";
    return panel.days === 1 ? say("today") : say("days", { n: panel.days });
  }

  function footOf(panel, moment, age, state) {
    const source = panel.source ? wall.textOf(panel.source) : say(`source_${panel.kind}`);
    const when = age === null ? say("not_read") : state === "live" ? say("as_of", { time: wall.clock(moment) }) : say("as_of_old", { time: wall.clock(moment), span: wall.span(age) });
    return [source, periodOf(panel), when].filter(Boolean).join(" · ");
  }

  // --- the whole wall -----------------------------------------------------------------------------------------------

  function notice(name, text) {
    if ((notices.get(name) ?? null) === text) return;
    if (text) notices.set(name, text);
    else notices.delete(name);
    fill(part("notices"), [...notices.values()].map((words) => el("span", null, words)));
  }

  function tellGraphics({ webgl }) {
    notice("graphics", webgl === "software" ? say("software") : webgl === "none" ? say("no_graphics") : null);
  }

  function isNight(time) {
    const { night } = book;
    if (!night) return false;
    return night.starts_at <= night.ends_at ? time >= night.starts_at && time < night.ends_at : time >= night.starts_at || time < night.ends_at;
  }

  function dim() {
    const dark = isNight(wall.minute(wall.serverNow()));
    part("night").hidden = !dark;
    if (dark) part("night").style.opacity = String(book.night.dimmed_by);
  }

  function shift() {
    const [x, y] = SHIFT_STEPS[Math.floor(wall.serverNow() / 60000) % SHIFT_STEPS.length];
    const step = Math.round(window.innerHeight * SHIFT_SHARE);
    doc.getElementById("wall-page").style.setProperty("--shift", `${x * step}px, ${y * step}px`);
  }

  function frameUp() {
    const { isDemo, name } = wall.city();
    part("city").textContent = name;
    part("frame").hidden = !isDemo;
    part("frame").dataset.kind = "demo";
    fill(part("frame"), isDemo ? el("span", null, say("demo")) : null);
  }

  function tick() {
    if (!book) return;
    wall.sources.tick();
    rotate();
    for (const frame of frames) {
      const kind = wall.kinds[frame.panel.kind];
      const list = sourcesOf(frame.panel, scene());
      if (kind.isTicking) kind.draw(frame.body, frame.panel, list, scene());
      judge(frame, list);
    }
    part("clock").textContent = wall.clock(wall.serverNow());
    wall.map.tick();
    wall.alarms.tick();
    dim();
    shift();
    if (performance.now() - readAt > SCENES_MS) readScenes().catch(() => undefined);
  }

  function guarded(act) {
    return (...given) => {
      try {
        return act(...given);
      } catch (error) {
        // One part that fails must not stop the clock of the others.
        console.error("a part of the wall failed", error);
        return undefined;
      }
    };
  }

  function listen() {
    for (const kind of ["cases", "figures", "alerts"]) {
      app.live.subscribe(kind, guarded(({ events, snapshot }) => {
        wall.sources.changed(kind);
        if (kind === "cases" && events.length) {
          wall.ticker.take(events);
          wall.alarms.onCases(events);
        }
        if (kind === "alerts") {
          if (snapshot) wall.alarms.catchUp();
          else wall.alarms.onAlerts(events);
          wall.alarms.heard();
        }
      }));
    }
    wall.sources.onRead(guarded(onRead));
    wall.on("ticker", guarded((fresh) => {
      for (const frame of frames.filter((one) => wall.kinds[one.panel.kind].followsTicker)) {
        wall.kinds.ticker.draw(frame.body, frame.panel, [], scene());
        frame.isDrawn = true;
        if (!wall.alarms.current()) wall.ticker.visit(fresh, frame.panel, scene());
      }
    }));
    // An alarm has to be seen on a map: a scene without one gives way to the first that has.
    wall.on("alarm", (alarm) => {
      if (alarm && !frames.some((frame) => wall.kinds[frame.panel.kind].isMap)) show(Math.max(0, book.scenes.findIndex((one) => one.panels.some((panel) => panel.kind === "map"))));
    });
    wall.on("graphics", tellGraphics);
    if (wall.map.graphics()) tellGraphics(wall.map.graphics());
    wall.on("silent", (isSilent) => notice("sound", isSilent ? say("silent") : null));
    doc.addEventListener("pointerdown", () => wall.alarms.unlock());
    doc.addEventListener("keydown", onKey);
  }

  function onKey({ key: pressed }) {
    wall.alarms.unlock();
    if (pressed === "ArrowRight") show(at + 1);
    if (pressed === "ArrowLeft") show(at - 1);
    if (pressed === " ") {
      isHeld = !isHeld;
      notice("held", isHeld ? say("held") : null);
    }
  }

  wall.scenes = () => book;
  wall.stage = { show: (name) => show(Math.max(0, book.scenes.findIndex((one) => one.key === name))), current: () => scene()?.key };

  async function begin() {
    try {
      await wall.readCity();
      listen();
      isHeld = new URLSearchParams(window.location.search).get("hold") === "1";
      if (isHeld) notice("held", say("held"));
      frameUp();
      await readScenes();
      wall.ticker.begin();
      if (wall.alarms.isSilent()) notice("sound", say("silent"));
      window.setInterval(guarded(tick), TICK_MS);
      tick();
    } catch (error) {
      notice("begin", say("cannot_begin", { cause: error.message }));
      window.setTimeout(() => window.location.reload(), 15000);
    }
  }

  app.kit.whenDrawn(["wall-page", "wall-words", "wall-ramps", "wall-map", "wall-page-frame", "wall-page-foot"], begin);
})();
