// How does the page of cases follow what others do? Rows, counts and the open case are read anew in place.
(function () {
  "use strict";
  const app = (window.minqing = window.minqing || {});
  const cases = app.cases;
  if (!cases?.isHere) return;
  /** A queue in which much happens is not read anew more often. */
  const REST_MS = 2000;

  const ids = new Set();
  let isDue = false;
  let rest = 0;

  const openId = () => cases.current?.()?.incident.id ?? null;

  function refresh() {
    rest = 0;
    // A window that nobody looks at reads everything when it is looked at again.
    if (!isDue || document.hidden || !cases.city?.()) return;
    const changed = [...ids];
    ids.clear();
    isDue = false;
    rest = window.setTimeout(refresh, REST_MS);
    cases.changed(changed);
  }

  app.live.subscribe("cases", ({ events, snapshot }) => {
    if (snapshot && openId() !== null) ids.add(openId());
    for (const event of events) ids.add(event.id);
    isDue = true;
    if (!rest) refresh();
  });
})();
