// What holds for the whole picture, whatever the scene: notices, demo frame, dimming at night, the shift against burn-in?
(function () {
  "use strict";
  const { wall } = window.minqing;
  if (!wall.isHere) return;
  const { el, fill, say, part } = wall;
  /** The picture moves by so much of the height, a step a minute, so that no pixel keeps one colour for days. */
  const SHIFT_SHARE = 0.004;
  const SHIFT_STEPS = [[0, 0], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1]];
  const MINUTE_MS = 60000;

  /** @type {Map<string, string>} */
  const notices = new Map();

  /** Says something beside the title; one text for each name, null takes it away. */
  function notice(name, text) {
    if ((notices.get(name) ?? null) === text) return;
    if (text) notices.set(name, text);
    else notices.delete(name);
    fill(part("notices"), [...notices].map(([key, words]) => el("span", { "data-name": key }, words)));
  }

  function tellGraphics({ webgl }) {
    notice("graphics", webgl === "software" ? say("software") : webgl === "none" ? say("no_graphics") : null);
  }

  function isNight({ starts_at: from, ends_at: to }, time) {
    return from <= to ? time >= from && time < to : time >= from || time < to;
  }

  function dim(now) {
    const { night } = wall.scenes();
    const isDark = night !== null && isNight(night, wall.minute(now));
    part("night").hidden = !isDark;
    if (isDark) part("night").style.opacity = String(night.dimmed_by);
  }

  function shift(now) {
    const [x, y] = SHIFT_STEPS[Math.floor(now / MINUTE_MS) % SHIFT_STEPS.length];
    const step = Math.round(window.innerHeight * SHIFT_SHARE);
    document.getElementById("wall-page").style.setProperty("--shift", `${x * step}px, ${y * step}px`);
  }

  /** The frame and the plate that keep a demo city, and a past moment, from being taken for what is live. */
  function mark() {
    const past = wall.group.moment();
    const { isDemo } = wall.city();
    part("frame").hidden = past === null && !isDemo;
    part("tag").hidden = past === null && !isDemo;
    document.getElementById("wall-page").dataset.time = past === null ? "now" : "past";
    if (past === null) return void (part("tag").textContent = isDemo ? say("demo") : "");
    const { speed } = wall.group.told();
    const when = speed ? say("replay_at_speed", { time: wall.pastMoment(past), n: speed }) : say("replay", { time: wall.pastMoment(past) });
    part("tag").textContent = isDemo ? `${when} · ${say("demo")}` : when;
  }

  wall.picture = {
    notice,
    tick() {
      if (wall.group.moment() !== null) mark();
      const now = wall.serverNow();
      part("clock").textContent = wall.clock(now);
      dim(now);
      shift(now);
    },
    begin() {
      part("city").textContent = wall.city().name;
      mark();
      wall.on("told", mark);
      wall.on("silent", (isSilent) => notice("sound", isSilent ? say("silent") : null));
      wall.on("graphics", tellGraphics);
      if (wall.map.graphics()) tellGraphics(wall.map.graphics());
    },
  };
})();
