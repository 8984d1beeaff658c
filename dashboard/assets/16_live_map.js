// How do the figures and the newest incidents of the map page stay current? They are asked for again when the feed says so.
(function () {
  "use strict";
  const app = (window.minqing = window.minqing || {});
  if (window.location.pathname !== "/map") return;
  const REST_MS = 5000;
  const DAY_MS = 86400000;

  let isDue = false;
  let rest = 0;
  let turn = 0;

  /** Whether the period may hold today, and no past moment is shown: in doubt yes, since cities lie in other time zones than some browsers. */
  function holdsToday() {
    const { to, as_of: past } = app.readQuery();
    if (past) return false;
    return !to || Date.parse(to) + 2 * DAY_MS > app.live.serverNow();
  }

  function refresh() {
    rest = 0;
    if (!isDue || document.hidden || !holdsToday() || !document.getElementById("map-side")) return;
    isDue = false;
    rest = window.setTimeout(refresh, REST_MS);
    turn += 1;
    // Nobody asked for this refresh, so nothing is dimmed while it runs.
    document.getElementById("map-side").dataset.quiet = "true";
    window.dash_clientside.set_props("map-live", { data: turn });
  }

  function due() {
    isDue = true;
    if (!rest) refresh();
  }

  app.live.subscribe("figures", due);
  app.live.subscribe("cases", due);
  document.addEventListener("visibilitychange", () => { if (!rest) refresh(); });
  // What the visitor asks for is dimmed again while it is worked out.
  for (const kind of ["click", "change", "keydown", "popstate"]) {
    window.addEventListener(kind, () => delete document.getElementById("map-side")?.dataset.quiet, true);
  }
})();
