// How does a time limit look: how much is left, how it stands, when it stood still?
(function () {
  "use strict";
  const { cases } = window.minqing;
  if (!cases.isHere) return;
  const { el, say } = cases;
  const SHAPES = { within: "●", approaching: "◐", breached: "▲", closed: "✓", paused: "‖" };
  const MINUTE = 60_000;
  const HOUR = 60 * MINUTE;
  const DAY = 24 * HOUR;

  /** A length of time in words, two units at most. @param {number} ms */
  function length(ms) {
    const past = Math.abs(ms);
    if (past >= DAY) return say("time_days", { d: Math.floor(past / DAY), h: Math.floor((past % DAY) / HOUR) });
    if (past >= HOUR) return say("time_hours", { h: Math.floor(past / HOUR), m: Math.floor((past % HOUR) / MINUTE) });
    if (past >= 10 * MINUTE) return say("time_minutes", { m: Math.floor(past / MINUTE) });
    return say("time_seconds", { m: Math.floor(past / MINUTE), s: String(Math.floor((past % MINUTE) / 1000)).padStart(2, "0") });
  }

  /**
   * How a limit stands now, by the server's clock.
   * @param {Object} timer of the interface
   * @returns {"within"|"approaching"|"breached"|"paused"}
   */
  function meaningOf(timer) {
    const now = cases.now();
    if (timer.done_at || now === null) return timer.state;
    if (timer.paused && timer.state !== "breached") return "paused";
    if (timer.due_at && now >= Date.parse(timer.due_at)) return "breached";
    return timer.warn_at && now >= Date.parse(timer.warn_at) ? "approaching" : timer.state === "breached" ? "breached" : "within";
  }

  /** @param {Object} timer @returns {string} what is left or over, or how it ended */
  function textOf(timer) {
    const now = cases.now();
    if (timer.done_at) return say(timer.state === "breached" ? "limit_late" : "limit_kept");
    if (!timer.due_at || now === null) return say("limit_paused");
    const left = Date.parse(timer.due_at) - now;
    return say(left >= 0 ? "limit_left" : "limit_over", { time: length(left) });
  }

  /** How a case of a list stands: by its next limit, else by its state. */
  function meaningOfRow(row) {
    if (!isOpen(row.status)) return "closed";
    if (row.timer) return meaningOf(row.timer);
    return row.overdue ? "breached" : "within";
  }

  let open = null;
  const isOpen = (status) => (open = open || new Set(JSON.parse(cases.rights().openStates))).has(status);

  /** Places of the bar in hundredths of its length. */
  function scaleOf(timer, now) {
    const start = Date.parse(timer.started_at);
    const until = timer.done_at ? Date.parse(timer.done_at) : now;
    const end = Math.max(until, timer.due_at ? Date.parse(timer.due_at) : until, start + MINUTE);
    const at = (moment) => Math.max(0, Math.min(100, ((moment - start) / (end - start)) * 100));
    return { until, at };
  }

  const part = (kind, from, to, title) => el(`i.cases-bar-${kind}`, { style: `left:${from}%;width:${Math.max(0, to - from)}%`, title });

  /** The limit as a bar: time used, time over, times that it stood still, its end. */
  function bar(timer) {
    const { until, at } = scaleOf(timer, cases.now());
    const due = timer.due_at ? Date.parse(timer.due_at) : null;
    const used = at(until);
    const end = due === null ? 100 : at(due);
    const pauses = (timer.pauses || []).map((pause) => part("pause", at(Date.parse(pause.begin)), pause.end ? at(Date.parse(pause.end)) : used, say("bar_pause", { from: cases.shortMoment(pause.begin) })));
    return el("div.cases-bar", { "data-meaning": meaningOf(timer), "aria-hidden": "true" },
      part("used", 0, Math.min(used, end)),
      due !== null && used > end ? part("over", end, used) : null,
      pauses,
      timer.warn_at ? el("i.cases-bar-warn", { style: `left:${at(Date.parse(timer.warn_at))}%` }) : null,
      due !== null ? el("i.cases-bar-due", { style: `left:${end}%` }) : null);
  }

  /** A shape and words; they go on by themselves while the limit runs. @param {Object} timer */
  function mark(timer) {
    const shape = el("span.shape", { "aria-hidden": "true" });
    const words = el("span", null);
    const node = el("span.cases-mark", null, shape, words);
    const beat = () => {
      const meaning = meaningOf(timer);
      if (node.dataset.meaning !== meaning) {
        node.dataset.meaning = meaning;
        shape.textContent = SHAPES[meaning];
      }
      const text = textOf(timer);
      if (words.textContent !== text) words.textContent = text;
    };
    beat();
    if (!timer.done_at) {
      const stop = cases.onTick(() => (node.isConnected ? beat() : stop()));
    }
    return node;
  }

  cases.limits = { SHAPES, length, meaningOf, meaningOfRow, textOf, bar, mark, isOpen };
})();
