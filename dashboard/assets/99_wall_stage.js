// Which scene stands now, and what moves it on: time, the feed, an alarm, a key?
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
  let at = -1;
  let since = 0;
  let isHeld = false;
  let frames = [];
  let readAt = -Infinity;

  const scene = () => book.scenes[at];
  const asked = (name) => new URLSearchParams(window.location.search).get(name);
  const dwellMs = () => scene().dwell_s * 1000;

  /** Scenes are data that somebody may edit while the wall runs. */
  async function readScenes() {
    readAt = performance.now();
    const next = await wall.request("GET", "/api/v1/wall/scenes");
    wall.picture.notice("scenes", next.problem ? say("scenes_problem", { cause: next.problem }) : null);
    const standing = book ? scene().key : asked("scene");
    const isOther = next.version !== book?.version;
    book = next;
    if (isOther) show(Math.max(0, book.scenes.findIndex((one) => one.key === standing)));
  }

  /** Shows a scene by its place in the list, which goes round. */
  function show(place) {
    at = (place + book.scenes.length) % book.scenes.length;
    since = performance.now();
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
    const stood = performance.now() - since;
    if (wall.alarms.current()) since = Math.max(since, performance.now() - Math.max(0, dwellMs() - AFTER_ALARM_MS));
    else if (isHeld || book.scenes.length < 2) return;
    else if (stood > dwellMs()) show(at + 1);
    else if (stood > dwellMs() - PREFETCH_MS) panels.prefetch(book.scenes[(at + 1) % book.scenes.length]);
  }

  function tick() {
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

  function onNews(kind, { events, snapshot }) {
    wall.sources.changed(kind);
    if (kind === "cases" && events.length) {
      wall.ticker.take(events);
      wall.alarms.onCases(events);
    }
    if (kind === "alerts") wall.alarms.onAlerts(events);
    if (kind === "cases" && snapshot) wall.comeback.onSnapshot();
  }

  function onTicker(fresh) {
    for (const frame of frames.filter((one) => panels.is(one, "followsTicker"))) {
      panels.redraw(frame, []);
      if (!wall.alarms.current()) wall.ticker.visit(fresh, frame.panel, scene());
    }
  }

  /** An alarm has to be seen on a map: a scene without one gives way to the first that has. */
  function onAlarm(alarm) {
    if (!alarm || frames.some((frame) => panels.is(frame, "isMap"))) return;
    const place = book.scenes.findIndex((one) => one.panels.some((panel) => panel.kind === "map"));
    if (place >= 0) show(place);
  }

  function hold(isToBeHeld) {
    isHeld = isToBeHeld;
    wall.picture.notice("held", isHeld ? say("held") : null);
  }

  function onKey({ key }) {
    wall.alarms.unlock();
    if (key === "ArrowRight") show(at + 1);
    if (key === "ArrowLeft") show(at - 1);
    if (key === " ") hold(!isHeld);
  }

  function listen() {
    for (const kind of ["cases", "figures", "alerts"]) app.live.subscribe(kind, guarded((news) => onNews(kind, news)));
    wall.sources.onRead(guarded((source) => frames.filter((frame) => panels.shows(frame, source)).forEach((frame) => panels.update(frame, source))));
    wall.on("ticker", guarded(onTicker));
    wall.on("alarm", guarded(onAlarm));
    document.addEventListener("pointerdown", () => wall.alarms.unlock());
    document.addEventListener("keydown", guarded(onKey));
  }

  async function begin() {
    try {
      await wall.readCity();
      wall.picture.begin();
      wall.comeback.begin();
      hold(asked("hold") === "1");
      await readScenes();
    } catch (error) {
      wall.picture.notice("begin", say("cannot_begin", { cause: error.message }));
      window.setInterval(() => wall.comeback.reload("begin"), AGAIN_MS);
      return;
    }
    listen();
    wall.ticker.begin();
    wall.alarms.unlock();
    tick();
    window.setInterval(guarded(tick), TICK_MS);
  }

  wall.scenes = () => book;
  wall.stage = { show: (key) => show(Math.max(0, book.scenes.findIndex((one) => one.key === key))), current: () => scene().key };
  app.kit.whenDrawn(["wall-page", "wall-words", "wall-ramps", "wall-map", "wall-page-frame", "wall-page-foot"], begin);
})();
