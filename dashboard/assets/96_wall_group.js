// What is this wall told to show, with all others of its group? It says that it stands, and hears what counts from when on.
//
// What is told counts from a moment of the server's clock that lies a little ahead: all walls of the group change together.
(function () {
  "use strict";
  const app = window.minqing;
  const { wall } = app;
  if (!wall.isHere) return;
  const { say } = wall;
  const SAY_MS = 30000;
  const RETRY_MS = 5000;
  const KEY = "minqing.wall.page";
  /** A past that has come so near to now is now. */
  const NOW_MS = 1500;

  const name = new URLSearchParams(window.location.search).get("group") ?? "";
  let told = null;
  let applied = null;
  let saidAt = -Infinity;
  let isSaying = false;
  let isWanted = false;
  let timer = 0;
  let wasPast = false;

  /** The same window is the same display, also after it has loaded itself anew. */
  function page() {
    const kept = window.sessionStorage.getItem(KEY) ?? app.kit.newKey();
    window.sessionStorage.setItem(KEY, kept);
    return kept;
  }

  function standing() {
    const ratio = window.devicePixelRatio || 1;
    const pixels = (length) => Math.min(32768, Math.max(1, Math.round(length * ratio)));
    return { page: page(), group: name, scene: wall.stage.current() ?? "", state: app.live.state(), width: pixels(window.innerWidth), height: pixels(window.innerHeight), software: wall.map.graphics()?.webgl === "software" };
  }

  /** Says that the wall stands; the answer is what its group is told, also where the feed was not heard. */
  async function sayStanding() {
    isWanted = isSaying;
    if (isSaying) return;
    isSaying = true;
    saidAt = performance.now();
    try {
      const answer = await wall.request("POST", "/api/v1/wall/displays", standing());
      wall.picture.notice("group", null);
      take(answer.told);
    } catch (error) {
      saidAt = performance.now() - SAY_MS + RETRY_MS;
      if (error instanceof app.kit.Refused && error.status < 500 && error.status !== 401) wall.picture.notice("group", say("group_refused", { cause: error.message }));
    } finally {
      isSaying = false;
      if (isWanted) sayStanding();
    }
  }

  function take(next) {
    const isSame = next?.starts_at === told?.starts_at && next?.revision === told?.revision;
    told = next;
    if (isSame) return;
    window.clearTimeout(timer);
    if (told?.scene) wall.emit("coming", told.scene);
    const wait = told ? Date.parse(told.starts_at) - wall.serverNow() : 0;
    // Nothing that is told lies further ahead; a clock that is not known yet must not put it off.
    timer = window.setTimeout(apply, Math.min(Math.max(wait, 0), RETRY_MS));
  }

  function apply() {
    applied = told;
    wasPast = moment() !== null;
    wall.emit("told", applied);
  }

  /** The past moment that is shown, in milliseconds since 1970; null where it is now. */
  function moment() {
    if (!applied?.as_of) return null;
    const gone = Math.max(0, wall.serverNow() - Date.parse(applied.starts_at));
    const then = Date.parse(applied.as_of) + applied.speed * gone;
    return then > wall.serverNow() - NOW_MS ? null : then;
  }

  function tick() {
    if (performance.now() - saidAt > SAY_MS) sayStanding();
    const isPast = moment() !== null;
    if (isPast === wasPast) return;
    wasPast = isPast;
    wall.emit("told", applied);
  }

  wall.group = {
    tick,
    moment,
    sayStanding,
    told: () => applied,
    /** Of this wall's group, something else is told. */
    onNews: () => sayStanding(),
  };
})();
