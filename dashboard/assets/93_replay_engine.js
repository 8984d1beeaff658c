// How is a period played back? What happened to its cases, a clock that runs over it, and what there was at each moment.
//
// Knows no page and no map: whoever shows a replay (the map page, a wall) listens to it and draws.
(function () {
  "use strict";
  const app = (window.minqing = window.minqing || {});
  const PAGE = 5000;
  const FIRST_PAGE = 3000;
  const TICK_MS = 125;
  const STILL_TICK_MS = 1000;
  /** A window in the background ticks late; the replay does not leap for it. */
  const LONGEST_TICK_MS = 1000;
  const RATES = [1, 10, 60, 120, 300, 600];
  const HOUR_MS = 3600000;
  /** A limit is near in its last fifth. */
  const APPROACHING_SHARE = 0.8;
  /** A closed case stays on the map for so long: of the replay's time, and of the viewer's. */
  const LINGER_MS = HOUR_MS / 2;
  const LINGER_WATCHED_MS = 4000;
  const AGES_MS = [HOUR_MS, 4 * HOUR_MS, 24 * HOUR_MS, 72 * HOUR_MS];
  /** What a case is at a moment; also its place in the list of colours. */
  const MEANINGS = ["within", "approaching", "overdue", "handled", "closed"];
  const [WITHIN, APPROACHING, OVERDUE, HANDLED, CLOSED] = [0, 1, 2, 3, 4];
  const isStill = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  /** @typedef {{id: number, phase: string, kind: string, at: number, until: number, due: number, reported: number, class: number, lon: ?number, lat: ?number}} Span moments in milliseconds since 1970 */

  /** Spans of time in columns, by beginning. */
  class Spans {
    constructor() {
      this.n = 0;
      this.columns = { id: [], phase: [], kind: [], at: [], until: [], due: [], reported: [], class: [], lon: [], lat: [] };
      this.seen = new Set();
    }

    /** @param {Object} body answer of /api/v1/replay */
    add(body) {
      const start = Date.parse(body.start);
      const given = body.spans;
      for (let k = 0; k < given.id.length; k += 1) {
        const moment = (value, missing) => (value === null ? missing : start + value);
        const row = [
          given.id[k], body.phases[given.phase[k]], body.kinds[given.kind[k]], moment(given.at[k]), moment(given.until[k], Infinity),
          moment(given.due[k], Infinity), moment(given.reported[k]), given.class[k], given.lon[k], given.lat[k],
        ];
        // A page that was asked for twice adds nothing.
        const key = `${row[0]}:${row[3]}`;
        if (this.seen.has(key)) continue;
        this.seen.add(key);
        Object.values(this.columns).forEach((column, place) => column.push(row[place]));
        this.n += 1;
      }
    }

    /** What a span means at a moment within it. */
    meaning(k, t) {
      const c = this.columns;
      if (c.phase[k] === "overdue") return OVERDUE;
      if (c.phase[k] === "handled") return HANDLED;
      if (c.phase[k] === "closed") return CLOSED;
      const due = c.due[k];
      return due !== Infinity && t >= c.reported[k] + APPROACHING_SHARE * (due - c.reported[k]) ? APPROACHING : WITHIN;
    }

    /** How many of the bounds of age it has passed, 0 to 4. */
    age(k, t) {
      const age = t - this.columns.reported[k];
      let passed = 0;
      while (passed < AGES_MS.length && age >= AGES_MS[passed]) passed += 1;
      return passed;
    }

    /**
     * What there is at a moment.
     * @param {number} t
     * @param {number} lingerMs for how long closed cases stay
     * @returns {{open: number, approaching: number, overdue: number, handled: number, opened: number, closed: number, rows: number[]}}
     *     counts, and the places of what is to be drawn; `opened` and `closed` since the period began
     */
    moment(t, start, lingerMs) {
      const c = this.columns;
      const counts = [0, 0, 0, 0, 0];
      const rows = [];
      let opened = 0;
      let closed = 0;
      for (let k = 0; k < this.n && c.at[k] <= t; k += 1) {
        const isClosed = c.phase[k] === "closed";
        if (c.at[k] >= start) {
          if (c.kind[k] === "opened") opened += 1;
          if (isClosed && c.kind[k] !== "changed") closed += 1;
        }
        if (c.until[k] <= t || (isClosed && t >= c.at[k] + lingerMs)) continue;
        counts[this.meaning(k, t)] += 1;
        rows.push(k);
      }
      const [within, approaching, overdue, handled] = counts;
      return { open: within + approaching + overdue + handled, approaching, overdue, handled, opened, closed, rows };
    }

    /** Reports, closings and passed deadlines by equal parts of the period. */
    marks(start, end, parts) {
      const c = this.columns;
      const found = { opened: new Array(parts).fill(0), closed: new Array(parts).fill(0), overdue: new Array(parts).fill(0) };
      for (let k = 0; k < this.n; k += 1) {
        if (c.at[k] < start || c.at[k] >= end || c.kind[k] === "changed") continue;
        const part = Math.floor(((c.at[k] - start) / (end - start)) * parts);
        if (c.kind[k] === "opened") found.opened[part] += 1;
        if (c.phase[k] === "closed") found.closed[part] += 1;
        if (c.phase[k] === "overdue") found.overdue[part] += 1;
      }
      return found;
    }

    /** The event before or after a moment; null where there is none. */
    eventBeside(t, step) {
      const c = this.columns;
      let found = null;
      for (let k = 0; k < this.n; k += 1) {
        if (c.kind[k] === "changed") continue;
        if (step > 0 && c.at[k] > t) return c.at[k];
        if (step < 0 && c.at[k] < t) found = c.at[k];
      }
      return found;
    }
  }

  class Replay {
    /** @param {function(string, AbortSignal): Promise<Object>} ask gets an answer of this server by its address */
    constructor(ask) {
      this.ask = ask;
      this.listeners = app.kit.newEvents();
      this.spans = new Spans();
      Object.assign(this, { start: 0, end: 0, t: 0, rate: RATES[2], playing: false, loadedTo: 0, complete: false, failed: "", zone: "UTC", wasLoaded: false, leavesOutSensitive: false });
    }

    /** @param {"data"|"time"|"state"} kind data were loaded; the moment moved; something began, stopped or failed */
    on(kind, act) {
      this.listeners.on(kind, act);
    }

    /**
     * Loads a period, page by page; what is there can be played already.
     * @param {Object<string, string>} query from, to, within, level, class of /api/v1/replay
     * @param {?number} at moment to begin with; else the beginning
     */
    async load(query, at) {
      this.stopLoading();
      this.pause();
      const mine = (this.loading = new AbortController());
      Object.assign(this, { query, spans: new Spans(), complete: false, failed: "", wasLoaded: false, loadedTo: 0, cursor: null });
      this.listeners.emit("state");
      await this.follow(mine, null, at);
    }

    /** Goes on where loading broke off. */
    retry() {
      const mine = (this.loading = new AbortController());
      this.failed = "";
      this.listeners.emit("state");
      return this.follow(mine, this.cursor, this.wasLoaded ? this.t : null);
    }

    async follow(mine, from, at) {
      let cursor = from;
      try {
        do {
          const asked = Object.entries({ ...this.query, cursor, limit: this.wasLoaded ? PAGE : FIRST_PAGE }).filter(([, value]) => value);
          const body = await this.ask(`/api/v1/replay?${new URLSearchParams(asked)}`, mine.signal);
          if (mine.signal.aborted) return;
          this.take(body, at);
          cursor = this.cursor = body.next;
        } while (cursor);
      } catch (error) {
        if (mine.signal.aborted) return;
        this.failed = error.status ? `HTTP ${error.status}` : "unreachable";
        this.pause();
        this.listeners.emit("state");
      }
    }

    take(body, at) {
      this.spans.add(body);
      const last = this.spans.columns.at[this.spans.n - 1];
      if (!this.wasLoaded) {
        Object.assign(this, { start: Date.parse(body.start), end: Date.parse(body.end), zone: body.time_zone, wasLoaded: true, leavesOutSensitive: body.leaves_out_sensitive });
        this.t = Math.min(Math.max(at ?? this.start, this.start), this.end);
      }
      this.complete = body.next === null;
      this.loadedTo = this.complete ? this.end : Math.max(this.start, last ?? this.start);
      this.listeners.emit("data");
      this.listeners.emit("time");
    }

    stopLoading() {
      this.loading?.abort();
      this.loading = null;
    }

    /** Whether the moment shown lies where nothing is loaded yet. */
    get waits() {
      return !this.complete && this.t >= this.loadedTo;
    }

    play() {
      if (!this.wasLoaded || this.playing) return;
      if (this.t >= this.end) this.t = this.start;
      this.playing = true;
      this.last = performance.now();
      this.timer = window.setInterval(() => this.tick(), isStill() ? STILL_TICK_MS : TICK_MS);
      this.listeners.emit("state");
    }

    pause() {
      window.clearInterval(this.timer);
      if (!this.playing) return;
      this.playing = false;
      this.listeners.emit("state");
    }

    toggle() {
      if (this.playing) this.pause();
      else this.play();
    }

    tick() {
      const now = performance.now();
      const passed = Math.min(now - this.last, isStill() ? 2 * STILL_TICK_MS : LONGEST_TICK_MS);
      this.last = now;
      const reach = this.complete ? this.end : Math.min(this.end, this.loadedTo);
      const next = Math.min(this.t + passed * this.rate, reach);
      if (next !== this.t) {
        this.t = next;
        this.listeners.emit("time");
      }
      if (this.t >= this.end) this.pause();
    }

    /** @param {number} t kept within the period */
    seek(t) {
      if (!this.wasLoaded) return;
      this.t = Math.min(Math.max(t, this.start), this.end);
      this.last = performance.now();
      this.listeners.emit("time");
    }

    /** Jumps by a fiftieth of the period, at least a minute. */
    jump(step) {
      this.seek(this.t + step * Math.max(60000, (this.end - this.start) / 50));
    }

    /** @param {1|-1} step to the next or previous event */
    toEvent(step) {
      const found = this.spans.eventBeside(this.t, step);
      if (found !== null) this.seek(found);
    }

    /** @param {1|-1} step to the next faster or slower rate */
    change(step) {
      const place = Math.min(Math.max(RATES.indexOf(this.rate) + step, 0), RATES.length - 1);
      this.rate = RATES[place];
      this.listeners.emit("state");
    }

    /** What there is now; see Spans.moment. */
    now() {
      return this.spans.moment(this.t, this.start, Math.max(LINGER_MS, LINGER_WATCHED_MS * this.rate));
    }

    close() {
      this.stopLoading();
      this.pause();
      Object.assign(this, { spans: new Spans(), wasLoaded: false, complete: false, failed: "" });
    }
  }

  app.replay = { Replay, Spans, RATES, MEANINGS };
})();
