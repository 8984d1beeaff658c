// Which scene stands now, and what moves it on: time, the feed, an alarm, a key, what the group is told?
//
// Scenes follow one another by the server's clock: from an anchor, a scene and a moment, every wall works out the same one.
(function () {
  "use strict";
  const app = window.minqing;
  const { wall } = app;
  if (!wall.isHere) return;
  const { el, fill, say, part, panels } = wall;
  const TICK_MS = 1000;
  const PREFETCH_MS = 6000;
  const SCENES_MS = 60000;
  const AGAIN_MS = 15000;
  /** After an alarm the scene that it interrupted stands for so long at least. */
  const AFTER_ALARM_MS = 5000;
  const PLACES = ["left", "centre", "right", "foot"];

  let book = null;
  /** Of which area and version the book is. */
  let edition = null;
  let at = -1;
  /** The scene that stood at a moment of the server's clock; null is the first one. */
  let anchor = { key: null, at: 0 };
  let standsUntil = 0;
  /** The past moment that was told; null is now. */
  let pastShown = null;
  let isHeld = false;
  let frames = [];
  let readAt = -Infinity;

  const scene = () => book.scenes[at];
  const asked = (name) => new URLSearchParams(window.location.search).get(name);
  const placeOf = (key) => Math.max(0, book.scenes.findIndex((one) => one.key === key));

  /** Scenes are data that somebody may edit while the wall runs; they are about the area that the wall is told to show. */
  async function readScenes() {
    readAt = performance.now();
    const area = wall.group.told()?.area ?? "";
    const next = await scenesOf(area);
    wall.picture.notice("scenes", next.problem ? say("scenes_problem", { cause: next.problem }) : null);
    const isOther = `${area} ${next.version}` !== edition;
    edition = `${area} ${next.version}`;
    book = next;
    if (isOther) show(placeNow().place);
  }

  /** An area that this wall may not see leaves it at its own. */
  async function scenesOf(area) {
    try {
      const found = await wall.request("GET", `/api/v1/wall/scenes${area ? `?unit=${encodeURIComponent(area)}` : ""}`);
      wall.picture.notice("area", null);
      return found;
    } catch (error) {
      if (!area || error.status !== 404) throw error;
      wall.picture.notice("area", say("area_unseen", { area }));
      return wall.request("GET", "/api/v1/wall/scenes");
    }
  }

  /** Where the clock says that the wall stands, and for how long it has stood there. */
  function placeNow() {
    const list = book.scenes;
    let place = anchor.key === null ? 0 : placeOf(anchor.key);
    if (isHeld) return { place, stoodMs: 0 };
    let stoodMs = Math.max(0, wall.serverNow() - anchor.at) % list.reduce((sum, one) => sum + one.dwell_s * 1000, 0);
    while (stoodMs >= list[place].dwell_s * 1000) {
      stoodMs -= list[place].dwell_s * 1000;
      place = (place + 1) % list.length;
    }
    return { place, stoodMs };
  }

  /** Shows a scene by its place in the list, and goes on from there. */
  function goTo(place) {
    const { length } = book.scenes;
    anchor = { key: book.scenes[(place + length) % length].key, at: wall.serverNow() };
    show(placeOf(anchor.key));
  }

  function show(place) {
    at = place;
    frames = scene().panels.map((panel) => panels.make(panel, scene()));
    const map = frames.find((frame) => panels.is(frame, "isMap"));
    draw(map);
    if (map) wall.map.show(map.panel, scene());
    else wall.map.forget();
    for (const frame of frames) panels.update(frame, null);
    wall.emit("scene", scene());
  }

  function draw(map) {
    const page = document.getElementById("wall-page");
    page.dataset.scene = scene().key;
    part("title").textContent = wall.textOf(scene().title);
    fill(part("scenes"), book.scenes.map((one, place) => el("li", { "aria-current": place === at ? "true" : null, title: wall.textOf(one.title) })));
    for (const place of PLACES) fillPlace(place, frames.filter((frame) => frame.panel.place === place));
    part("map").hidden = !map;
  }

  /** The map is one for all scenes: its element stays where it is, and the panel's frame goes around it. */
  function fillPlace(place, list) {
    const node = part(place);
    for (const old of [...node.querySelectorAll(":scope > .wall-panel")]) old.remove();
    node.append(...list.map((frame) => frame.node));
    node.hidden = !list.length;
    part("stage").dataset[place] = String(list.length);
  }

  function rotate() {
    if (wall.alarms.current()) standsUntil = performance.now() + AFTER_ALARM_MS;
    if (performance.now() < standsUntil) return;
    const { place, stoodMs } = placeNow();
    if (place !== at && !wall.map.isWatching()) show(place);
    else if (!isHeld && stoodMs > scene().dwell_s * 1000 - PREFETCH_MS) panels.prefetch(book.scenes[(at + 1) % book.scenes.length]);
  }

  function tick() {
    wall.group.tick();
    wall.sources.tick();
    rotate();
    frames.forEach(panels.tick);
    wall.map.tick();
    wall.alarms.tick();
    wall.picture.tick();
    wall.comeback.tick();
    if (performance.now() - readAt > SCENES_MS) readScenes().catch(() => undefined);
  }

  /** One part that fails must not stop the clock of the others. */
  function guarded(act) {
    return (...given) => {
      try {
        act(...given);
      } catch (error) {
        console.error("a part of the wall failed", error);
      }
    };
  }

  /** With the server's seconds, so that walls which stand side by side change together. */
  function beat() {
    guarded(tick)();
    window.setTimeout(beat, TICK_MS - (wall.serverNow() % TICK_MS));
  }

  function onNews(kind, { events, snapshot }) {
    if (kind === "walls") return void wall.group.onNews();
    wall.sources.changed(kind);
    if (kind === "cases" && events.length) {
      wall.ticker.take(events);
      wall.alarms.onCases(events);
    }
    if (kind === "alerts") wall.alarms.onAlerts(events);
    if (kind === "cases" && snapshot) wall.comeback.onSnapshot();
    // What has changed is read at once where it has rested.
    wall.sources.tick(false);
  }

  function onTicker(fresh) {
    // A past moment has its own.
    if (wall.group.moment() !== null) return;
    for (const frame of frames.filter((one) => panels.is(one, "followsTicker"))) {
      panels.redraw(frame, []);
      if (!wall.alarms.current() && isFree()) wall.ticker.visit(fresh, frame.panel, scene());
    }
  }

  /** The map is not somebody's to point with, and shows now. */
  const isFree = () => wall.group.moment() === null && !wall.group.told()?.incident;

  /** What is pointed at has to be seen on a map: a scene without one gives way to the first that has. */
  function showMap(row) {
    const shows = (one) => one.panels.some((panel) => panel.kind === "map") && wall.ticker.isIn(row, one.unit);
    if (shows(scene())) return;
    const place = book.scenes.findIndex(shows);
    if (place >= 0) show(place);
  }

  /** The group is told something else: another time, area, scene or case. */
  async function onTold(told) {
    const past = wall.group.moment() === null ? null : told.as_of;
    if (past !== pastShown) wall.sources.forget();
    pastShown = past;
    anchor = told ? { key: told.scene, at: Date.parse(told.starts_at) } : { key: null, at: 0 };
    standsUntil = 0;
    isHeld = Boolean(told && (told.held || told.incident));
    wall.picture.notice("held", null);
    wall.picture.notice("follows", told?.follows ? say("follows") : null);
    const before = edition;
    await readScenes();
    if (edition === before) show(placeNow().place);
    await watch(told?.incident ?? null);
  }

  async function watch(id) {
    const rows = id === null ? new Map() : await wall.ticker.readRows([id]).catch(() => new Map());
    const row = rows.get(id) ?? null;
    const isSeen = row !== null && row.lon !== null;
    if (isSeen) showMap(row);
    wall.map.watch(isSeen ? row : null);
    const words = row && say("watched", { n: row.id, class: wall.classOf(row), place: wall.placeOf(row.unit) });
    wall.picture.notice("watched", id === null ? null : words ?? say("watched_unseen", { n: id }));
  }

  function hold(isToBeHeld) {
    isHeld = isToBeHeld;
    wall.picture.notice("held", isHeld ? say("held") : null);
  }

  function onKey({ key }) {
    wall.alarms.unlock();
    if (key === "ArrowRight") goTo(at + 1);
    if (key === "ArrowLeft") goTo(at - 1);
    if (key === " ") {
      anchor = { key: scene().key, at: wall.serverNow() };
      hold(!isHeld);
    }
  }

  function listen() {
    for (const kind of ["cases", "figures", "alerts", "walls"]) app.live.subscribe(kind, guarded((news) => onNews(kind, news)));
    wall.sources.onRead(guarded((source) => frames.filter((frame) => panels.shows(frame, source)).forEach((frame) => panels.update(frame, source))));
    wall.on("ticker", guarded(onTicker));
    wall.on("alarm", guarded((alarm) => alarm && showMap(alarm.row)));
    // Until it counts there is time to read what will be shown.
    wall.on("coming", guarded((key) => panels.prefetch(book.scenes[placeOf(key)])));
    wall.on("told", (told) => onTold(told).catch((error) => console.warn("what the group is told could not be shown", error)));
    document.addEventListener("pointerdown", () => wall.alarms.unlock());
    document.addEventListener("keydown", guarded(onKey));
  }

  async function begin() {
    try {
      await wall.readCity();
      wall.picture.begin();
      wall.comeback.begin();
      hold(asked("hold") === "1");
      if (asked("scene")) anchor = { key: asked("scene"), at: wall.serverNow() };
      await readScenes();
    } catch (error) {
      wall.picture.notice("begin", say("cannot_begin", { cause: error.message }));
      window.setInterval(() => wall.comeback.reload("begin"), AGAIN_MS);
      return;
    }
    listen();
    wall.ticker.begin();
    wall.alarms.unlock();
    beat();
  }

  wall.scenes = () => book;
  wall.stage = { show: (key) => goTo(placeOf(key)), current: () => book && scene().key };
  app.kit.whenDrawn(["wall-page", "wall-words", "wall-ramps", "wall-map", "wall-page-frame", "wall-page-foot"], begin);
})();
