// How does the wall come back by itself, and what did it miss? Cuts, sleeps, a lost map, a program that was renewed.
(function () {
  "use strict";
  const app = window.minqing;
  const { wall } = app;
  if (!wall.isHere) return;
  const { say } = wall;
  /** For so long the wall says what it missed. */
  const TOLD_MS = 120000;
  /** A browser gives a lost map back in a moment; else a new page has one. */
  const MAP_MS = 10000;
  /** A feed that stands still for so long is an interruption, though the connection may stand. */
  const SILENT_MS = 10000;
  /** For the same reason a page is loaded anew once in this time: what it does not mend must not blink for ever. */
  const REST_MS = { edition: 3600000, map: 60000, begin: 0 };
  const TRY_MS = 5000;
  /** Walls that hear of a renewed program at the same moment do not all load it at the same moment. */
  const SPREAD_MS = 4000;
  const LEFT = "minqing.wall.left";
  const PAGE = 20000;
  const MOST_PAGES = 5;
  const MOST_ALARMS = 500;
  /** As many of what the feed could not tell are handed on; the ticker has room for no more. */
  const MOST_HANDED_ON = 24;
  /** A feed that is flooded says again and again that it cannot tell. */
  const PAUSE_MS = 5000;
  /** What has started the browser listens for this; see deploy/minqing-wall.sh. */
  const SIGN = "minqing: the wall stands";
  const SIGN_MS = 30000;
  /** What the interface calls what happened, and what the feed does. */
  const ACTS = { opened: "report", overdue: "breach", closed: "close" };
  const own = document.documentElement.dataset.edition;

  /** The feed has told everything up to this moment of the server. */
  let upto = null;
  let isAway = false;
  /** The feed could not tell what was missed. */
  let isUntold = false;
  let isReading = false;
  let readAt = -Infinity;
  let ending = 0;
  let mapLostAt = null;
  let renewsAt = null;
  let triedAt = -Infinity;
  let signedAt = -Infinity;

  const asOf = () => (app.live.asOf() === null ? null : Date.parse(app.live.asOf()));
  const noted = () => JSON.parse(window.sessionStorage.getItem(LEFT) ?? "{}");
  const note = (what) => window.sessionStorage.setItem(LEFT, JSON.stringify(what));

  /** A page that is loaded while nobody serves it, or to a display that is signed out, would never come back. */
  const isServed = () => fetch("/api/v1/wall/scenes", { cache: "no-store" }).then((answer) => answer.ok, () => false);

  /**
   * Loads the page anew as soon as it is served; the next page says why, and what was missed meanwhile.
   * @param {"edition"|"map"|"begin"} why
   * @param {string} [of] the edition; each is tried by itself
   */
  async function reload(why, of = "") {
    if (performance.now() - triedAt < TRY_MS) return;
    triedAt = performance.now();
    const left = noted();
    const [name, now] = [why + of, wall.serverNow()];
    if (now - (left.tries?.[name] ?? -Infinity) < REST_MS[why] || !(await isServed())) return;
    note({ upto, why, tries: { ...left.tries, [name]: now } });
    window.location.reload();
  }

  /** What a page before this one left when it loaded itself anew. */
  function takeUp() {
    const { upto: before = null, why = null, tries } = noted();
    note({ tries });
    if (!why) return;
    wall.picture.notice("renewed", say(`renewed_${why}`));
    window.setTimeout(() => wall.picture.notice("renewed", null), TOLD_MS);
    upto = before;
    isAway = isUntold = before !== null;
  }

  /** All that happened in a period, as the interface tells it; null where it is too much to be read. */
  async function readHappened(from, to) {
    const happened = [];
    let cursor = "";
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const asked = new URLSearchParams({ from: new Date(from).toISOString(), to: new Date(to).toISOString(), limit: PAGE, cursor });
      const { spans, kinds, start, next } = await wall.request("GET", `/api/v1/replay?${asked}`);
      spans.id.forEach((id, k) => {
        const act = ACTS[kinds[spans.kind[k]]];
        // What had begun before is told as well, because it went on.
        if (act && spans.at[k] >= 0) happened.push({ id, act, at: new Date(Date.parse(start) + spans.at[k]).toISOString() });
      });
      if (!next) return happened;
      cursor = next;
    }
    return null;
  }

  async function countAlarms(from, to) {
    const { items } = await wall.request("GET", `/api/v1/risks?limit=${MOST_ALARMS}`);
    return items.filter((risk) => Date.parse(risk.raised_at) > from && Date.parse(risk.raised_at) <= to).length;
  }

  function tellMissed(from, to, happened, alarms) {
    const period = { span: wall.span(to - from), from: wall.clock(from), to: wall.clock(to) };
    const count = (act) => wall.number(happened.filter((one) => one.act === act).length);
    wall.picture.notice("gap", happened
      ? say("missed", { ...period, reports: count("report"), closed: count("close"), overdue: count("breach"), alarms: wall.number(alarms) })
      : say("gap", period));
    window.clearTimeout(ending);
    ending = window.setTimeout(() => wall.picture.notice("gap", null), TOLD_MS);
  }

  /** Everything is live again: says what was missed, and hands on what the feed could not tell. */
  async function comeBack() {
    const to = asOf();
    if (isReading || to === null || upto === null || performance.now() - readAt < PAUSE_MS) return;
    const [from, wasUntold] = [upto, isUntold];
    isReading = true;
    readAt = performance.now();
    [isAway, isUntold, upto] = [false, false, to];
    wall.picture.notice("away", null);
    tellMissed(from, to, null, 0);
    try {
      const [happened, alarms] = await Promise.all([readHappened(from, to), countAlarms(from, to)]);
      tellMissed(from, to, happened, alarms);
      if (wasUntold && happened) {
        wall.ticker.take(happened.slice(-MOST_HANDED_ON));
        wall.alarms.onBreaches(happened.filter((one) => one.act === "breach"));
      }
      if (wasUntold) await wall.alarms.catchUp(from);
    } catch (error) {
      console.warn("what was missed cannot be read", error);
    } finally {
      isReading = false;
    }
  }

  function onState(state) {
    if (state === "lost" && upto !== null) isAway = true;
  }

  /** The server cannot tell what came since the last message: another epoch, too much, or too long ago. */
  function onSnapshot() {
    isUntold = upto !== null;
  }

  function awayWords() {
    const refusal = app.live.refusal();
    if (refusal) return say(`refused_${refusal}`);
    if (!isAway || app.live.state() === "live") return null;
    const since = asOf() ?? upto;
    return say("away", { from: wall.clock(since), span: wall.span(wall.serverNow() - since) });
  }

  /** Gives a lost map time to come back by itself. */
  function watchMap() {
    mapLostAt = wall.map.isGone() ? (mapLostAt ?? performance.now()) : null;
    wall.picture.notice("map", mapLostAt === null ? null : say("map_lost"));
    if (mapLostAt !== null && performance.now() - mapLostAt > MAP_MS && !wall.alarms.current()) reload("map");
  }

  /** The page of another edition than the server's is loaded anew, but never over an alarm. */
  function renew() {
    const edition = app.live.edition();
    if (!own || !edition || edition === own) renewsAt = null;
    else renewsAt = renewsAt ?? performance.now() + Math.random() * SPREAD_MS;
    if (renewsAt !== null && performance.now() > renewsAt && !wall.alarms.current()) reload("edition", edition);
  }

  /** The page's clock goes, and nobody has to come in by the key again. */
  function giveSign() {
    if (performance.now() - signedAt < SIGN_MS || app.live.refusal() === "signed_out") return;
    signedAt = performance.now();
    console.info(SIGN);
  }

  function tick() {
    const heard = asOf();
    // A machine that slept may hear the feed again before this is asked.
    if (upto !== null && Math.max(wall.serverNow(), heard) - upto > SILENT_MS) isAway = true;
    if (!isAway && !isUntold) upto = heard;
    else if (app.live.state() === "live" && wall.serverNow() - heard < SILENT_MS) comeBack();
    wall.picture.notice("away", awayWords());
    renew();
    watchMap();
    giveSign();
  }

  wall.comeback = {
    tick,
    onSnapshot,
    reload,
    begin() {
      takeUp();
      app.live.subscribe("state", onState);
    },
  };
})();
