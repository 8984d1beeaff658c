// How does the timeline name its days, and how does it play?
(function () {
  "use strict";
  const app = window.minqing;
  const DAY_MS = 86400000;
  const STEP_MS = 1100;
  const BY_HAND = "#map-preset, #map-dates, .brush";
  let timer = 0;

  const strip = () => document.getElementById("map-timeline")?.querySelector("[data-first]");
  const toDay = (text) => Date.parse(text + "T00:00:00Z");
  const toText = (ms) => new Date(ms).toISOString().slice(0, 10);

  /** Label of a thumb of the slider: the day behind its index. */
  function dayLabel(index) {
    const first = strip()?.dataset.first;
    return first ? toText(toDay(first) + index * DAY_MS) : String(index);
  }

  const zhDays = ["日", "一", "二", "三", "四", "五", "六"];
  const enDays = ["Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"];

  function weekday(date) {
    const names = document.documentElement.dataset.lang === "en" ? enDays : zhDays;
    return names[new Date(date).getDay()];
  }

  /** The reader took the days into his own hands. */
  app.endPlay = () => timer && stop();

  document.addEventListener("pointerdown", (event) => event.target.closest(BY_HAND) && app.endPlay());

  /** Moves the focus one day on; at the end of the period it starts anew. */
  function stepDay() {
    const el = strip();
    if (!el) return stop();
    const { first, last } = el.dataset;
    const [from, to] = (app.readQuery().days || "").split("..");
    const width = from ? toDay(to || from) - toDay(from) : 0;
    let start = from ? toDay(from) + DAY_MS : toDay(first);
    if (start + width > toDay(last)) start = toDay(first);
    app.patch({ days: `${toText(start)}..${toText(start + width)}` });
    return undefined;
  }

  function stop() {
    window.clearInterval(timer);
    timer = 0;
    show();
  }

  function show() {
    const button = document.getElementById("map-play");
    if (!button) return;
    const isOn = timer !== 0;
    const words = isOn ? button.dataset.stop : button.dataset.play;
    button.setAttribute("aria-pressed", String(isOn));
    button.setAttribute("aria-label", words);
    button.title = words;
  }

  const wantsStillness = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  /** Plays or stops; for a reader who wants less motion every call is one step. */
  app.togglePlay = () => {
    if (timer) return stop();
    if (wantsStillness()) return stepDay();
    timer = window.setInterval(() => !document.querySelector('[data-dimmed="true"]') && stepDay(), STEP_MS);
    stepDay();
    return show();
  };

  window.dashMantineFunctions = Object.assign({}, window.dashMantineFunctions, { dayLabel, weekday });
})();
