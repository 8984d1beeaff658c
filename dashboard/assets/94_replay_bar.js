// With what is a replay driven? Its bar: play, scrubber with event marks, speed, counts; and its keys.
(function () {
  "use strict";
  const app = (window.minqing = window.minqing || {});
  const WORDS = "replay-words";
  const STEPS = 2000;
  const SIGNS = { open: "●", approaching: "◐", overdue: "▲", handled: "◆" };
  const MARK_PX = 4;

  /** Writes a moment in the city's time. */
  function momentWriter(zone) {
    const options = { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" };
    const format = new Intl.DateTimeFormat("en-CA", options);
    return (ms) => {
      const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
      return `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}:${part.second}`;
    };
  }

  /**
   * Builds the bar of a replay into an empty element.
   * @param {HTMLElement} host
   * @param {Object} replay see 93_replay_engine.js
   * @param {function(): void} onClose
   * @returns {{keys: function(KeyboardEvent): boolean, write: function(number): string, say: function(Object): void}}
   */
  function newBar(host, replay, onClose) {
    const { el, fill, number, wordsOf } = app.kit;
    const say = wordsOf(WORDS);
    let write = momentWriter("UTC");
    const button = (name, sign, act, key) => el(`button.replay-button.replay-${name}`, { title: key ? `${say(name)} (${key})` : say(name), "aria-label": say(name), click: act }, sign);
    const play = button("play", "", () => replay.toggle());
    const time = el("time.replay-time", null);
    const rate = el("span.replay-rate", { role: "status" });
    const range = el("input.replay-range", { type: "range", min: 0, max: STEPS, value: 0, step: 1, "aria-label": say("scrub"), input: () => replay.seek(replay.start + (range.value / STEPS) * (replay.end - replay.start)) });
    const canvas = el("canvas.replay-marks", { role: "img", "aria-label": say("marks"), title: say("marks") });
    const state = el("span.replay-state", { role: "status" });
    const counts = el("dl.replay-counts", null);
    const figures = Object.fromEntries(
      ["open", "approaching", "overdue", "handled", "opened", "closed"].map((name) => [name, el("dd", { "data-count": name }, "–")]),
    );
    counts.append(...Object.entries(figures).map(([name, dd]) => el(`div.replay-count.replay-count-${name}`, null, el("dt", null, SIGNS[name] ? el("span.replay-sign", { "aria-hidden": "true" }, SIGNS[name]) : null, say(name)), dd)));
    fill(
      host,
      el("div.replay-row", null, play, button("back", "", () => replay.toEvent(-1), "Shift+←"), button("forward", "", () => replay.toEvent(1), "Shift+→"), time, el("span.replay-rates", null, button("slower", "−", () => replay.change(-1), "−"), rate, button("faster", "+", () => replay.change(1), "+")), counts, state, button("close", "×", onClose, "Esc")),
      el("div.replay-track", null, canvas, range),
      el("p.replay-keys.quiet", null, say("keys")),
    );

    // A press with the pointer leaves the keys with the player: space after it plays, and does not press again.
    host.addEventListener("click", (event) => {
      if (event.detail && event.target.closest(".replay-button")) play.focus({ preventScroll: true });
    });

    /** Bars of the events: reports upwards, closings downwards, passed deadlines in red on top of the reports. */
    function drawMarks() {
      const { width, height } = canvas.getBoundingClientRect();
      if (!width || !replay.wasLoaded) return;
      const scale = window.devicePixelRatio || 1;
      canvas.width = width * scale;
      canvas.height = height * scale;
      const pen = canvas.getContext("2d");
      pen.scale(scale, scale);
      const parts = Math.max(1, Math.floor(width / MARK_PX));
      const found = replay.spans.marks(replay.start, replay.end, parts);
      const most = Math.max(1, ...found.opened, ...found.closed, ...found.overdue);
      const css = getComputedStyle(document.documentElement);
      const middle = height * 0.6;
      const bar = (values, name, up) => {
        pen.fillStyle = css.getPropertyValue(`--${name}`).trim();
        values.forEach((value, part) => {
          const tall = (value / most) * (up ? middle : height - middle);
          if (value) pen.fillRect(part * (width / parts), up ? middle - tall : middle, width / parts - 1, Math.max(1, tall));
        });
      };
      bar(found.opened, "accent", true);
      bar(found.overdue, "breached", true);
      bar(found.closed, "closed", false);
    }

    function showTime() {
      if (!replay.wasLoaded) return;
      const text = write(replay.t);
      time.textContent = text;
      time.dateTime = new Date(replay.t).toISOString();
      range.value = String(Math.round(((replay.t - replay.start) / (replay.end - replay.start)) * STEPS));
      range.setAttribute("aria-valuetext", text);
      const at = `${((replay.t - replay.start) / (replay.end - replay.start)) * 100}%`;
      if (host.style.getPropertyValue("--at") !== at) host.style.setProperty("--at", at);
    }

    function showState() {
      play.dataset.on = String(replay.playing);
      play.setAttribute("aria-label", say(replay.playing ? "pause" : "play"));
      play.title = `${say(replay.playing ? "pause" : "play")} (${app.kit.tag === "en" ? "Space" : "空格"})`;
      rate.textContent = `${replay.rate}×`;
      rate.setAttribute("aria-label", say("rate", { n: replay.rate }));
      const share = replay.wasLoaded ? Math.round(((replay.loadedTo - replay.start) / Math.max(1, replay.end - replay.start)) * 100) : 0;
      host.style.setProperty("--loaded", `${share}%`);
      host.dataset.state = replay.failed ? "failed" : replay.complete ? "ready" : "loading";
      if (replay.failed) fill(state, say("failed", { reason: replay.failed === "unreachable" ? say("unreachable") : replay.failed }), " ", el("button.link", { click: () => replay.retry() }, say("again")));
      else if (!replay.complete) state.textContent = say("loading", { share: `${share}%` });
      else state.textContent = replay.spans.n ? "" : say("none");
    }

    /** @param {Object} moment what Replay.now() gives, with `drawn` and `unplaced` */
    function tell(moment) {
      for (const [name, dd] of Object.entries(figures)) {
        const text = number(moment[name]);
        if (dd.textContent !== text) dd.textContent = text;
      }
      if (replay.failed || !replay.complete) return;
      const notes = [];
      if (moment.drawn < moment.rows.length - moment.unplaced) notes.push(say("sampled", { n: number(moment.drawn) }));
      if (moment.unplaced) notes.push(say("unplaced", { n: number(moment.unplaced) }));
      const text = replay.spans.n ? notes.join(" · ") : say("none");
      if (state.textContent !== text) state.textContent = text;
    }

    const KEYS = {
      " ": () => replay.toggle(),
      ArrowLeft: (event) => (event.shiftKey ? replay.toEvent(-1) : replay.jump(-1)),
      ArrowRight: (event) => (event.shiftKey ? replay.toEvent(1) : replay.jump(1)),
      "+": () => replay.change(1),
      "=": () => replay.change(1),
      "-": () => replay.change(-1),
      Home: () => replay.seek(replay.start),
      End: () => replay.seek(replay.end),
      Escape: onClose,
    };

    /** @returns {boolean} whether the key drove the replay */
    function keys(event) {
      const act = KEYS[event.key];
      if (!act) return false;
      act(event);
      return true;
    }

    replay.on("data", () => {
      write = momentWriter(replay.zone);
      drawMarks();
      showState();
    });
    replay.on("time", showTime);
    replay.on("state", showState);
    new ResizeObserver(drawMarks).observe(canvas);
    new MutationObserver(drawMarks).observe(document.documentElement, { attributes: true, attributeFilter: ["data-mantine-color-scheme"] });
    showState();
    return { keys, tell, write: (ms) => write(ms) };
  }

  app.replay.newBar = newBar;
  app.replay.momentWriter = momentWriter;
})();
