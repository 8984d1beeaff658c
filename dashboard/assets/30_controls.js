// How do the filter controls and the state follow each other? Callbacks of Dash that run in the browser.
(function () {
  "use strict";
  const app = window.minqing;
  const noUpdate = () => window.dash_clientside.no_update;
  const DAY_MS = 86400000;

  const toDay = (text) => Date.parse(text + "T00:00:00Z");
  const toText = (ms) => new Date(ms).toISOString().slice(0, 10);

  /** A control changed: only what differs from its default goes into the address. */
  function choose(key, fallback) {
    return (value) => {
      if (value === undefined) return undefined;
      app.patch({ [key]: value === fallback ? null : value });
      return undefined;
    };
  }

  /**
   * @param {string} preset days as text, or "" while none fits
   * @param {{last: string}|null} context what the server said about the period
   */
  function choosePreset(preset, context) {
    if (!preset || !context || preset === context.preset) return undefined;
    const last = toDay(context.newest);
    app.endPlay();
    app.patch({ from: toText(last - (Number(preset) - 1) * DAY_MS), to: toText(last), days: null });
    return undefined;
  }

  // The callback of Dash waits for answers under way, and their values would overwrite the choice: the choice itself counts.
  document.addEventListener("change", (event) => {
    if (event.target.type === "radio" && event.target.closest("#map-preset")) choosePreset(event.target.value, app.context);
  });

  function chooseDates(dates, context) {
    if (!dates || !dates[0] || !dates[1] || !context) return undefined;
    if (dates[0] === context.from && dates[1] === context.to) return undefined;
    app.endPlay();
    app.patch({ from: dates[0], to: dates[1], days: null });
    return undefined;
  }

  /**
   * @param {[number, number]} range places of days within the period
   * @param {{first: string, last: string, range: [number, number]}|null} span what the server set; its own answer is no choice
   */
  function chooseDays(range, span) {
    if (!range || !span || (range[0] === span.range[0] && range[1] === span.range[1])) return undefined;
    const first = toDay(span.first);
    const last = Math.round((toDay(span.last) - first) / DAY_MS);
    const isWhole = range[0] === 0 && range[1] >= last;
    app.patch({ days: isWhole ? null : `${toText(first + range[0] * DAY_MS)}..${toText(first + range[1] * DAY_MS)}` });
    return undefined;
  }

  /** A bar of the class chart filters by its class and lists its incidents, or lets it go; so does a day of the line. */
  function chooseChart() {
    const { triggered_id: chart, triggered } = window.dash_clientside.callback_context;
    const point = triggered[0]?.value?.points?.[0];
    if (!point || !chart) return undefined;
    const isHeld = chart.name === "by_class" && app.readQuery().class === point.customdata;
    if (isHeld) app.patch({ class: null });
    else if (chart.name === "by_class") app.patch({ class: point.customdata, panel: "list:all" });
    else app.patch({ days: String(point.x).slice(0, 10), panel: "list:all" });
    return undefined;
  }

  const RATIOS = ["per_km2", "per_1000"];

  /** The measure is part of the metric: only what was reported can be related to area or people. */
  function chooseMetric(value) {
    const now = app.readQuery().metric;
    if (value && !(value === "reported" && RATIOS.includes(now))) app.patch({ metric: value === "reported" ? null : value });
    return undefined;
  }

  function chooseMeasure(value) {
    const now = app.readQuery().metric || "reported";
    if (value && (now === "reported" || RATIOS.includes(now) || value !== "reported")) app.patch({ metric: value === "reported" ? null : value });
    return undefined;
  }

  /** The first picture of the map is there: now the charts may load their library. */
  function whenReady(status, known) {
    if (!status || !(status.ready || status.error || status.webgl === "none") || known) return noUpdate();
    return { rem: parseFloat(getComputedStyle(document.documentElement).fontSize) };
  }

  /** The server found what was clicked on the map. */
  function applyAnswer(answer) {
    if (answer && answer.patch) app.patch(answer.patch);
    return undefined;
  }

  /** State → controls, after Back, Forward or a shared address. */
  function followState(question, layers) {
    const q = question || {};
    const l = layers || {};
    const metric = q.metric || "reported";
    const isRatio = RATIOS.includes(metric);
    const shown = (l.show || "").split(",").filter(Boolean);
    return [q.class || null, isRatio ? "reported" : metric, isRatio ? metric : "reported", q.level || "", q.scheme || "quantile", l.layer || "auto", shown];
  }

  function followContext(context) {
    app.context = context;
    window.dispatchEvent(new Event("minqing:context"));
    // The tree is drawn by the same answer; its selected unit must not lie out of sight.
    window.setTimeout(() => document.querySelector(".node.selected")?.scrollIntoView({ block: "nearest" }), 60);
    if (!context || !context.from) return [noUpdate(), noUpdate()];
    return [context.preset || "", [context.from, context.to]];
  }

  const followTheme = (theme) => {
    const name = (theme && theme.theme) || "dark";
    return [name, name];
  };

  /** The map tells which tool is on, after a key or Escape too. */
  const followTool = (tool) => {
    app.showTool(tool || "pan");
    return undefined;
  };

  app.showTool = (tool) => {
    app.tool = tool;
    const bar = document.getElementById("map-tools");
    if (!bar) return;
    bar.dataset.on = tool;
    for (const button of bar.querySelectorAll("[data-tool]")) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
  };

  const followExport = (exported) => {
    app.exported(exported);
    return undefined;
  };

  const closePanel = (opened) => {
    if (opened === false && app.readQuery().panel) app.patch({ panel: null });
    return undefined;
  };

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    map_page: {
      chooseClass: choose("class", null),
      chooseLevel: choose("level", ""),
      chooseDensity: choose("layer", "auto"),
      chooseScheme: choose("scheme", "quantile"),
      chooseOverlays: (values) => {
        app.patch({ show: [...(values || [])].sort().join(",") });
        return undefined;
      },
      choosePreset, chooseDates, chooseDays, chooseMetric, chooseMeasure, chooseChart, applyAnswer,
      followState, followContext, followTheme, followTool, followExport, closePanel, whenReady,
    },
  });
})();
