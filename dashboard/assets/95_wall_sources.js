// How old is what a panel shows? Each address is read once for all panels, again when the feed tells of a change.
//
// What was read is right up to the moment of the reading, and from then on as long as the feed, which tells of every change,
// tells of none: `validAt` is that moment. While the feed is silent it stands still, and panels grow late, then lost.
(function () {
  "use strict";
  const app = window.minqing;
  const { wall } = app;
  if (!wall.isHere) return;
  /** Without any change an address is read again after so long: deadlines pass without anybody acting. */
  const IDLE_MS = 60000;
  const RETRY_MS = 5000;
  const REST_MS = 900;
  /** Reading takes at most one part in so many of the time: a server that is slow is asked less often. */
  const REST_TIMES = 8;
  /** In ticks, of which there is one a second: a machine that slept over an hour has not left its panels for an hour. */
  const KEPT_TICKS = 600;
  const SHOWN_TICKS = 3;
  const WAIT_MS = 20000;
  /** Past moments that lie so near to each other are one. */
  const STEP_MS = 1000;

  /** @typedef {{path: string, kinds: string[], restMs: number, tookMs: number, data: Object|null, moment: number|null, readAt: number|null, validAt: number|null, isReading: boolean, since: number, error: Object|null, unused: number}} Source */
  /** @type {Map<string, Source>} */
  const sources = new Map();
  /** How many changes of each kind were told. */
  const told = { cases: 0, figures: 0, alerts: 0 };
  const readers = new Set();

  const changesOf = (source) => source.kinds.reduce((sum, kind) => sum + told[kind], 0);

  /**
   * The source of an address; made, and read, where it is new.
   * @param {string} path
   * @param {{kinds: string[], restMs?: number, read?: function(string, AbortSignal): Promise<Object>}} how kinds of the feed that change it, the least time between two readings
   */
  function source(path, how) {
    let found = sources.get(path);
    if (!found) {
      found = { path, kinds: how.kinds, restMs: how.restMs ?? REST_MS, tookMs: 0, read: how.read ?? readJson, data: null, moment: null, readAt: null, validAt: null, isReading: false, since: 0, seen: -1, error: null, triedAt: -Infinity, unused: 0 };
      sources.set(path, found);
    }
    found.unused = 0;
    if (found.data === null && !found.isReading && performance.now() - found.triedAt > RETRY_MS) read(found);
    return found;
  }

  const readJson = (path, signal) => wall.request("GET", path, undefined, signal);

  /** The address at the moment that is shown. */
  function addressAt(path, moment) {
    if (moment === null) return path;
    return `${path}${path.includes("?") ? "&" : "?"}${new URLSearchParams({ as_of: new Date(moment).toISOString() })}`;
  }

  async function read(one) {
    one.isReading = true;
    one.triedAt = performance.now();
    const seen = changesOf(one);
    const moment = wall.group.moment();
    const abort = new AbortController();
    const timer = window.setTimeout(() => abort.abort(), WAIT_MS);
    try {
      one.data = await one.read(addressAt(one.path, moment), abort.signal);
      one.moment = moment;
      one.seen = seen;
      one.readAt = Date.parse(one.data.as_of);
      one.validAt = Math.max(one.validAt ?? 0, one.readAt);
      one.error = null;
      tell(one);
    } catch (error) {
      one.error = error;
    } finally {
      window.clearTimeout(timer);
      one.tookMs = performance.now() - one.triedAt;
      one.isReading = false;
      one.triedAt = performance.now();
    }
  }

  function tell(one) {
    for (const act of [...readers]) act(one);
  }

  const restOf = (one) => Math.max(one.error ? RETRY_MS : one.restMs, REST_TIMES * one.tookMs);

  /** Moves on what is still right, and reads what is not; `isBeat` where a second has gone by. */
  function tick(isBeat = true) {
    const now = performance.now();
    const asOf = app.live.asOf();
    const heard = asOf === null ? null : Date.parse(asOf);
    const moment = wall.group.moment();
    for (const one of sources.values()) {
      if (isBeat) one.unused += 1;
      if (one.unused > KEPT_TICKS) { sources.delete(one.path); continue; }
      const isSame = moment === null ? one.seen === changesOf(one) : one.moment !== null && Math.abs(one.moment - moment) < STEP_MS;
      if (moment === null && isSame && heard !== null && one.validAt !== null && heard > one.validAt) one.validAt = heard;
      if (one.isReading || one.unused > SHOWN_TICKS) continue;
      const rested = now - one.triedAt;
      if ((!isSame && rested > restOf(one)) || (moment === null && rested > IDLE_MS) || (one.error && rested > RETRY_MS)) read(one);
    }
  }

  function changed(kind) {
    told[kind] += 1;
  }

  wall.sources = {
    source,
    tick,
    changed,
    /** Another time is shown: nothing that was read is of it. */
    forget: () => sources.clear(),
    /** Of which past moments these are; null where one was never read. */
    momentOf: (list) => list.reduce((least, one) => (one.moment === null || least === null ? null : Math.min(least, one.moment)), Infinity),
    /** Calls back when an address was read. */
    onRead: (act) => readers.add(act),
    /** Until when all of these are right; null where one was never read. */
    validAt: (list) => list.reduce((least, one) => (one.validAt === null || least === null ? null : Math.min(least, one.validAt)), Infinity),
  };
})();
