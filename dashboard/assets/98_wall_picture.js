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

  wall.picture = {
    notice,
    tick() {
      const now = wall.serverNow();
      part("clock").textContent = wall.clock(now);
      dim(now);
      shift(now);
    },
    begin() {
      const { isDemo, name } = wall.city();
      part("city").textContent = name;
      part("frame").hidden = !isDemo;
      part("tag").hidden = !isDemo;
      part("tag").textContent = say("demo");
      wall.on("silent", (isSilent) => notice("sound", isSilent ? say("silent") : null));
      wall.on("graphics", tellGraphics);
      if (wall.map.graphics()) tellGraphics(wall.map.graphics());
    },
  };
})();
