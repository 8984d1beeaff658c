// What is live? One connection to the server that comes back by itself, what it brings, and how old that is.
//
// The server numbers what it tells. A page knows the number up to which it has heard everything and asks again from there;
// where the server cannot tell what was missed, it says so, and every part of the page reads its data anew.
(function () {
  "use strict";
  const app = (window.minqing = window.minqing || {});
  const VERSION = 1;
  const FIRST_WAIT_MS = 500;
  const LONGEST_WAIT_MS = 30000;
  /** Somebody who is signed out will be led to the sign-in by the next click; a display may be let in again. */
  const SIGNED_OUT_WAIT_MS = 60000;
  /** Why the door lets nobody in; of a crowded server another page has to be closed first. */
  const REFUSALS = { 4401: "signed_out", 4403: "foreign", 4405: "not_permitted", 4430: "crowded" };
  /** The server says something every five seconds. */
  const LATE_AFTER_MS = 8000;
  const LOST_AFTER_MS = 15000;
  const LATE_LAG_MS = 5000;
  /** A connection that is being made anew counts as live for so long: a restart of the server takes a moment. */
  const GRACE_MS = 3000;
  const CHECK_MS = 1000;
  /** An attempt that is not answered for so long is given up. */
  const OPEN_MS = 20000;
  /** A tick that comes so much too late tells that the machine may have slept; windows in the background tick late, too. */
  const SLEPT_MS = 10000;

  /** @type {Map<string, Set<function(Object): void>>} */
  const listeners = new Map();
  const feed = { last: null, epoch: null, asOf: null, edition: null };
  let socket = null;
  let asked = "";
  let retry = 0;
  let tries = 0;
  let lagMs = 0;
  /** When the server was heard last, and when the page began to wait for it; by a clock that never jumps. */
  let heardAt = null;
  let heardOn = Date.now();
  /** What both clocks of this machine said then. */
  let heardBy = { steady: performance.now(), wall: Date.now() };
  let waitingSince = performance.now();
  /** When the connection was begun, and opened. */
  let begunAt = 0;
  let openedAt = 0;
  let isOpen = false;
  /** @type {string|null} */
  let refusal = null;
  let state = "late";
  /** Server time minus the time since the page was opened; of each connection the message that came fastest says it best. */
  let offsetMs = null;
  let isFirst = true;
  let ticks = { steady: performance.now(), wall: Date.now() };

  const kinds = () => [...listeners.keys()].filter((kind) => kind !== "state").sort();

  /**
   * Listens to something.
   * @param {string} kind `cases`, `figures`, `zones`, `alerts`, or `state`
   * @param {function(Object): void} act gets `{events, as_of, snapshot}`; with `snapshot` everything is to be read anew;
   *     of `state` it gets `live`, `late` or `lost`
   * @returns {function(): void} stops listening
   */
  function subscribe(kind, act) {
    if (!listeners.has(kind)) listeners.set(kind, new Set());
    listeners.get(kind).add(act);
    if (kind === "state") act(state);
    // What a page subscribes to in one go is asked for in one go.
    else window.setTimeout(refreshSubscription);
    return () => listeners.get(kind)?.delete(act);
  }

  function refreshSubscription() {
    if (!kinds().length) return;
    if (!socket && !retry) connect();
    else if (isOpen && asked !== kinds().join()) {
      // A part that listens from now on has to read its data once: nobody kept the numbers for it.
      feed.last = null;
      ask();
    }
  }

  function connect() {
    window.clearTimeout(retry);
    retry = 0;
    begunAt = performance.now();
    isFirst = true;
    const scheme = window.location.protocol === "https:" ? "wss:" : "ws:";
    const mine = (socket = new WebSocket(`${scheme}//${window.location.host}/live`));
    mine.onopen = () => {
      if (socket !== mine) return;
      isOpen = true;
      openedAt = performance.now();
      ask();
    };
    mine.onmessage = (event) => {
      if (socket === mine) hear(JSON.parse(event.data));
    };
    mine.onclose = (event) => {
      if (socket === mine) ended(event.code);
    };
  }

  function ask() {
    asked = kinds().join();
    const wanted = { type: "subscribe", kinds: kinds() };
    if (feed.last !== null) Object.assign(wanted, { last: feed.last, epoch: feed.epoch });
    socket.send(JSON.stringify(wanted));
  }

  function ended(code) {
    socket = null;
    isOpen = false;
    refusal = REFUSALS[code] ?? null;
    const usual = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries);
    const wait = refusal ? SIGNED_OUT_WAIT_MS : usual;
    tries = Math.min(tries + 1, 10);
    // Screens that lost the server at the same moment must not all come back at the same moment.
    window.clearTimeout(retry);
    retry = window.setTimeout(connect, wait * (0.5 + Math.random() / 2));
    check();
  }

  /** Lets go of a connection that is silent, or older than the sleep of this machine, and makes another one at once. */
  function again() {
    const old = socket;
    socket = null;
    isOpen = false;
    tries = 0;
    if (old) old.close();
    if (kinds().length) connect();
  }

  function hear(message) {
    if (message.version !== VERSION) return void reloadOnce();
    const now = performance.now();
    tries = 0;
    refusal = null;
    heardAt = now;
    heardOn = Date.now();
    heardBy = { steady: now, wall: heardOn };
    lagMs = message.lag_ms;
    feed.asOf = message.as_of;
    feed.edition = message.edition ?? null;
    // Before a sleep of this machine another difference was right.
    offsetMs = Math.max(isFirst ? -Infinity : offsetMs, message.server_ms - now);
    isFirst = false;
    if (message.type === "snapshot") {
      feed.last = message.upto;
      feed.epoch = message.epoch;
      for (const kind of kinds()) tell(kind, [], true);
    } else {
      follow(message);
    }
    check();
  }

  function follow(message) {
    if (feed.last === null || message.upto < feed.last) return;
    if (message.after > feed.last) return void ask();
    const before = feed.last;
    feed.last = message.upto;
    for (const kind of kinds()) {
      // What was heard already over the connection before is not told twice.
      const events = (message[kind] || []).filter((event) => !(event.entry <= before));
      if (events.length) tell(kind, events, false);
    }
  }

  /** The server was replaced by one that speaks otherwise: its page fits to it. */
  function reloadOnce() {
    const key = "minqing.live.reloaded";
    if (Date.now() - Number(window.sessionStorage.getItem(key)) < 60000) return;
    window.sessionStorage.setItem(key, String(Date.now()));
    window.location.reload();
  }

  function tell(kind, events, snapshot) {
    const news = { events, as_of: feed.asOf, snapshot };
    for (const act of [...(listeners.get(kind) || [])]) guarded(act, news);
  }

  /** One part of a page that fails must not keep the others from being told. */
  function guarded(act, news) {
    try {
      act(news);
    } catch (error) {
      console.warn("a listener of the live feed failed", error);
    }
  }

  /** How long ago the server was heard, in milliseconds; since the page was opened where it was not heard yet. */
  const silenceMs = () => performance.now() - (heardAt ?? waitingSince);

  /**
   * By how much the clock that people set has run ahead of the steady one since the server was heard.
   *
   * A machine that slept and a clock that was set forward cannot be told apart until the server says what time it is. For
   * as long as it does not, the time counts as passed: a page may call itself too old, never too young.
   */
  function leapMs() {
    if (state !== "lost") return 0;
    const leap = Date.now() - heardBy.wall - (performance.now() - heardBy.steady);
    return leap > SLEPT_MS ? leap : 0;
  }

  function judged() {
    const silence = silenceMs();
    if (heardAt === null) return silence < GRACE_MS ? "late" : "lost";
    if (silence > LOST_AFTER_MS || (!isOpen && silence > GRACE_MS)) return "lost";
    return silence > LATE_AFTER_MS || lagMs + silence > LATE_LAG_MS + LATE_AFTER_MS || lagMs > LATE_LAG_MS ? "late" : "live";
  }

  function check() {
    const next = judged();
    const isNew = next !== state;
    state = next;
    draw();
    if (isNew) for (const act of [...(listeners.get("state") || [])]) guarded(act, state);
  }

  /** Gives up a connection that says nothing. One that a machine slept over looks alive and would stay dead for minutes. */
  function mend(slept, now) {
    if (slept && Math.max(silenceMs(), now.wall - heardOn) > LATE_AFTER_MS) {
      // The silence of the sleep is nobody's fault: the first seconds after it are no loss yet.
      if (heardAt === null) waitingSince = now.steady;
      heardOn = now.wall;
      again();
    } else if (isOpen && now.steady - Math.max(heardAt ?? 0, openedAt) > LOST_AFTER_MS) {
      again();
    } else if (socket && !isOpen && now.steady - begunAt > OPEN_MS) {
      const old = socket;
      ended(1006);
      old.close();
    }
  }

  function tick() {
    const now = { steady: performance.now(), wall: Date.now() };
    const slept = Math.max(now.steady - ticks.steady, now.wall - ticks.wall) > CHECK_MS + SLEPT_MS;
    ticks = now;
    if (kinds().length) mend(slept, now);
    check();
  }

  /** Age of the data in milliseconds: the silence of the server, and how late its feed was then. */
  const age = () => silenceMs() + leapMs() + (lagMs > LATE_LAG_MS ? lagMs : 0);

  function ageInWords(ms) {
    const tag = document.documentElement.dataset.lang === "en" ? "en" : "zh-CN";
    const seconds = Math.max(0, Math.round(ms / 1000));
    const [n, unit] = seconds < 60 ? [seconds, "second"] : seconds < 3600 ? [Math.floor(seconds / 60), "minute"] : [Math.floor(seconds / 3600), "hour"];
    return new Intl.NumberFormat(tag, { style: "unit", unit, unitDisplay: "short" }).format(n);
  }

  /** The mark in the header; its words come from the server. */
  function draw() {
    const mark = document.getElementById("live-mark");
    if (!mark || !kinds().length) return;
    const words = mark.dataset;
    const text = (words[state === "lost" && refusal === "crowded" ? refusal : state] || "").replace("{age}", ageInWords(age()));
    if (words.state !== state) words.state = state;
    if (mark.textContent !== text) mark.textContent = text;
    mark.hidden = false;
  }

  window.setInterval(tick, CHECK_MS);
  window.addEventListener("online", () => { if (kinds().length && !isOpen) again(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) again(); });

  app.live = {
    subscribe,
    state: () => state,
    age,
    /** The last telling of the feed, by the server: everything up to then was heard. Null before that. */
    asOf: () => feed.asOf,
    /** Number up to which everything was heard; null before that. */
    position: () => feed.last,
    /** The edition of the program that was heard last; null before that. */
    edition: () => feed.edition,
    /** Why the door has refused the last connection: `signed_out`, `foreign`, `not_permitted`, `crowded`; null where it has not. */
    refusal: () => refusal,
    /** The server's time in milliseconds since 1970, whatever the clock of this machine says. */
    serverNow: () => (offsetMs === null ? Date.now() : performance.now() + offsetMs + leapMs()),
  };
})();
