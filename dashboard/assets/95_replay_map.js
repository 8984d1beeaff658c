// What is played back on the map page, and what does the page show meanwhile? The frame, the player over the map, `as_of`.
(function () {
  "use strict";
  const app = (window.minqing = window.minqing || {});
  if (window.location.pathname !== "/map") return;
  const MAP = "map-view";
  const POINTS = "replay";
  const HIDDEN = ["incidents", "bins"];
  const SIGN_ZOOM = 12.5;
  const MOST_DRAWN = 6000;
  /** Figures and colours follow the playback; so often at most, and never before the last answer is there. */
  const FOLLOW_MS = 4000;
  const SETTLE_MS = 350;
  const DRAW_MS = 240;
  const DAY_MS = 86400000;
  const LONGEST_DAYS = 92;
  const { Replay, MEANINGS } = app.replay;
  const COLOURS = { within: "within", approaching: "approaching", overdue: "breached", handled: "accent", closed: "closed" };
  /** A point alone is the sign of what is within its limit. */
  const SIGNS = ["", "◐", "▲", "◆", "✓"];

  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);
  const replay = new Replay((address, signal) => app.kit.request("GET", address, undefined, signal));
  let bar = null;
  let isOpen = false;
  let asked = "";
  let drawnAt = 0;
  let drawTimer = 0;
  let drawn = "";
  let followTimer = 0;
  let followedAt = 0;
  let followed = "";

  const toAsOf = (ms) => new Date(Math.floor(ms / 1000) * 1000).toISOString().replace(".000Z", "Z");

  /** The past moment of the address, as the server understands it; NaN until it has answered. */
  function pastMoment() {
    const text = app.readQuery().as_of;
    const told = app.context?.past;
    if (!text) return NaN;
    // Without an offset it is the city's time, which only the server knows.
    return told?.asked === text ? Date.parse(told.as_of) : /T.*(Z|[+ -]\d\d:?\d\d)$/.test(text) ? Date.parse(text.replace(" ", "+")) : NaN;
  }

  /** The frame tells that a past moment is shown, from the first picture on. */
  function showFrame() {
    const past = app.readQuery().as_of;
    const isPast = isOpen || Boolean(past);
    if (isPast) root.dataset.replay = "on";
    else delete root.dataset.replay;
    const time = byId("replay-moment");
    if (!time || !isPast) return;
    const ms = isOpen && replay.wasLoaded ? replay.t : pastMoment();
    const zone = replay.wasLoaded ? replay.zone : app.context?.zone;
    const text = zone && !Number.isNaN(ms) ? app.replay.momentWriter(zone)(ms) : "";
    if (time.textContent !== text) time.textContent = text;
  }

  /** What is to be played: unit, classes and days that the page shows; of long periods the last days. */
  function question() {
    const query = app.readQuery();
    const { from, to } = app.context || {};
    const [first, last] = (query.days || `${from}..${to}`).split("..");
    const end = last || first;
    const earliest = new Date(Date.parse(end) - (LONGEST_DAYS - 1) * DAY_MS).toISOString().slice(0, 10);
    return { from: first < earliest ? earliest : first, to: end, within: query.unit, level: query.unit ? query.at : "", class: query.class };
  }

  function open() {
    const host = byId("replay-bar");
    if (!host || isOpen || !app.context?.from) return;
    isOpen = true;
    host.hidden = false;
    bar = bar || newBar(host);
    app.endPlay?.();
    pin();
    read();
    host.querySelector(".replay-play").focus();
  }

  /** The period stays what it is: without days in the address it would end on the day that is shown. */
  function pin() {
    const query = app.readQuery();
    if (!query.from || !query.to) app.patch({ from: app.context.from, to: app.context.to, days: query.days });
  }

  function newBar(host) {
    const made = app.replay.newBar(host, replay, end);
    // What lies at the lower edge of the map moves above the player.
    new ResizeObserver(() => {
      const rem = parseFloat(getComputedStyle(root).fontSize);
      host.parentElement.style.setProperty("--below", `${host.offsetHeight ? host.offsetHeight + rem * 0.75 : 0}px`);
    }).observe(host);
    replay.on("data", () => draw(true));
    replay.on("time", () => {
      showFrame();
      draw(false);
      if (!replay.playing) settle();
    });
    replay.on("state", () => {
      if (!replay.playing && replay.wasLoaded) settle();
    });
    return made;
  }

  /** Loads what the page's question asks for now; the moment stays where it lies within. */
  function read() {
    const wanted = question();
    asked = JSON.stringify(wanted);
    const past = pastMoment();
    replay.load(wanted, replay.wasLoaded ? replay.t : Number.isNaN(past) ? null : past);
    showFrame();
  }

  /** Back to the present. */
  function end() {
    isOpen = false;
    asked = "";
    window.clearTimeout(followTimer);
    window.clearTimeout(drawTimer);
    replay.close();
    const host = byId("replay-bar");
    const hadKeys = host?.contains(document.activeElement);
    if (host) host.hidden = true;
    if (hadKeys) document.querySelector('[data-action="replay"]')?.focus({ preventScroll: true });
    drawn = "";
    setProps(MAP, { extra: { sources: {}, layers: [], hide: [] } });
    app.patch({ as_of: null });
    showFrame();
  }

  /** Draws at most a few times a second, and the last picture always. */
  function draw(isNew) {
    window.clearTimeout(drawTimer);
    const wait = isNew ? 0 : DRAW_MS - (performance.now() - drawnAt);
    if (wait <= 0) paint();
    else drawTimer = window.setTimeout(paint, wait);
    if (replay.playing && performance.now() - followedAt > FOLLOW_MS) follow();
  }

  function feature(k, t) {
    const c = replay.spans.columns;
    const meaning = replay.spans.meaning(k, t);
    return { type: "Feature", id: c.id[k], properties: { m: meaning, a: replay.spans.age(k, t), name: SIGNS[meaning] }, geometry: { type: "Point", coordinates: [c.lon[k], c.lat[k]] } };
  }

  /** Of too many cases always the same share is drawn, so that none flickers; overdue ones come first. */
  function chosen(rows) {
    if (rows.length <= MOST_DRAWN) return rows;
    const c = replay.spans.columns;
    const overdue = rows.filter((k) => c.phase[k] === "overdue").slice(0, MOST_DRAWN / 2);
    const share = (MOST_DRAWN - overdue.length) / (rows.length - overdue.length);
    const rest = rows.filter((k) => c.phase[k] !== "overdue" && (c.id[k] * 2654435761) % 4294967296 < share * 4294967296);
    return [...rest, ...overdue];
  }

  function layers() {
    const css = getComputedStyle(root);
    const colours = MEANINGS.map((name) => css.getPropertyValue(`--${COLOURS[name]}`).trim());
    const bounds = MEANINGS.map((_, place) => place);
    const size = (base) => ["+", base, ["*", 0.9, ["get", "a"]]];
    const isClosed = ["==", ["get", "m"], 4];
    const paint = {
      "circle-radius": ["interpolate", ["linear"], ["zoom"], 8, size(1.8), 12, size(3.2), 16, size(6)],
      "circle-opacity": ["case", isClosed, 0.35, 0.95],
      "circle-stroke-opacity": ["case", isClosed, 0.35, 1],
      "circle-stroke-width": ["case", ["==", ["get", "m"], 2], 1.6, 0.6],
    };
    return [
      { id: POINTS, kind: "points", source: POINTS, property: "m", breaks: bounds, colors: colours, paint },
      { id: "replay-signs", kind: "unit-label", source: POINTS, property: "name", minzoom: SIGN_ZOOM, layout: { "text-size": ["interpolate", ["linear"], ["zoom"], 12, size(6), 16, size(10)], "text-allow-overlap": true, "text-ignore-placement": true }, paint: { "text-color": css.getPropertyValue("--ground").trim(), "text-halo-width": 0 } },
    ];
  }

  function paint() {
    if (!isOpen || !replay.wasLoaded) return;
    drawnAt = performance.now();
    const c = replay.spans.columns;
    const moment = replay.now();
    const placed = moment.rows.filter((k) => c.lon[k] !== null);
    const shown = chosen(placed);
    bar.tell({ ...moment, drawn: shown.length, unplaced: moment.rows.length - placed.length });
    const features = shown.map((k) => feature(k, replay.t));
    const text = `${root.dataset.mantineColorScheme}|${features.map((one) => `${one.id}.${one.properties.m}${one.properties.a}`).join()}`;
    if (text === drawn) return;
    drawn = text;
    setProps(MAP, { extra: { sources: { [POINTS]: { type: "geojson", data: { type: "FeatureCollection", features } } }, layers: layers(), hide: HIDDEN } });
  }

  /** Figures and colours of the page come to the moment. */
  function follow() {
    window.clearTimeout(followTimer);
    if (!isOpen || !replay.wasLoaded) return;
    const asOf = toAsOf(replay.t);
    if (asOf === followed && app.readQuery().as_of === asOf) return;
    if (replay.playing && document.querySelector('[data-dimmed="true"]')) return;
    followed = asOf;
    followedAt = performance.now();
    if (replay.playing && byId("map-side")) byId("map-side").dataset.quiet = "true";
    app.patch({ as_of: asOf });
  }

  function settle() {
    window.clearTimeout(followTimer);
    followTimer = window.setTimeout(follow, SETTLE_MS);
  }

  /** A case on the map opens as it stood. */
  function openCase(id) {
    replay.pause();
    app.patch({ as_of: toAsOf(replay.t), panel: `incident:${id}` });
  }

  const isTyping = (node) => node && (node.isContentEditable || /^(TEXTAREA|SELECT)$/.test(node.tagName) || (node.tagName === "INPUT" && node.type !== "range" && node.type !== "radio"));
  const isOnMap = (node) => Boolean(node?.closest?.(".maplibregl-canvas, .mqmv-host"));
  const isOnControl = (node) => Boolean(node?.closest?.("button, a, summary, [role=slider]")) && !node.closest(".replay-bar");

  // Before the keys of the page, some of which are the same.
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (!isOpen) {
        if (event.key.toLowerCase() === "r" && !event.shiftKey && byId("replay-bar")) open();
        return;
      }
      if (isOnMap(event.target) && event.key.startsWith("Arrow")) return;
      // What lies on top is closed first.
      if (event.key === "Escape" && (app.readQuery().panel || (app.tool && app.tool !== "pan"))) return;
      if (event.key === " " && isOnControl(event.target)) return;
      if (event.key === " " && event.target.closest?.(".replay-button") && !event.target.closest(".replay-play")) return;
      if (bar.keys(event)) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
    },
    true,
  );

  document.addEventListener("click", (event) => {
    const action = event.target.closest("[data-action]")?.dataset.action;
    if (action === "replay") isOpen ? end() : open();
    if (action === "replay-end") end();
  });

  window.addEventListener("minqing:published", () => {
    showFrame();
    if (isOpen) window.setTimeout(reread, SETTLE_MS);
  });
  window.addEventListener("popstate", () => window.setTimeout(showFrame));
  window.addEventListener("minqing:context", () => {
    showFrame();
    reread();
  });
  new MutationObserver(() => paint()).observe(root, { attributes: true, attributeFilter: ["data-mantine-color-scheme"] });
  app.kit.whenDrawn(["replay-moment"], showFrame);
  showFrame();
  app.kit.whenDrawn([MAP], () => byId(MAP).addEventListener("mapview:output", ({ detail }) => {
    if (isOpen && detail.clicked?.layer === POINTS && detail.clicked.id !== null) openCase(detail.clicked.id);
  }));

  /** Another unit, class or period was chosen while the player is open. */
  function reread() {
    if (!isOpen || !app.context?.from) return;
    if (JSON.stringify(question()) !== asked) read();
  }

  app.replay.onMap = { open, end, player: replay };
})();
