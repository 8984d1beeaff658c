// What does the map of the wall show, and where does it look?
(function () {
  "use strict";
  const { wall } = window.minqing;
  if (!wall.isHere) return;
  const { el, fill, say, number } = wall;
  const MAP = "wall-map";
  const HEAT_REST_MS = 120000;
  const CLASSES = 5;
  const FEWEST_CLASSES = 4;
  /** The same on every screen: what is on time in seven of ten cases is never the best colour. */
  const SHARE_BOUNDS = [0.7, 0.8, 0.9, 0.95, 1];
  const NEAR_ZOOM = 13;
  /** Units stay to be seen below the heat; the legend shows their colours as faint as the map does. */
  const UNDER_HEAT = 0.3;
  const ALONE = 0.9;
  const PULSE_MS = 20000;
  /** No flight takes so long. */
  const MOVE_MS = 3000;
  const MOST_PULSES = 40;
  /** Kept free around what is shown, in the page's rem: below, the legend stands. */
  const FREE = { top: 1.5, right: 1.5, bottom: 3, left: 1.5 };
  const LEGEND_OF_HEAT = 5;
  /** A window that is being resized is left alone until it rests. */
  const RESIZE_MS = 300;
  const isStill = window.matchMedia("(prefers-reduced-motion: reduce)");

  let shown = null;
  let base = null;
  let views = 1;
  let version = 0;
  let breaks = null;
  let viewport = null;
  let ramps = null;
  let graphics = null;
  /** The graphics have lost the map, and have not given it back. */
  let isGone = false;
  let returning = 0;
  let moving = 0;
  let resized = 0;
  let watched = null;
  /** @type {Map<number, {lon: number, lat: number, meaning: string, until: number, node: Element}>} */
  const pulses = new Map();

  const setProps = (props) => window.dash_clientside.set_props(MAP, props);
  const tiles = (key) => ({ type: "vector", tiles: [`/tiles/${key}/{z}/{x}/{y}.mvt?rev=${wall.city().revision}`], minzoom: 0, maxzoom: 14, bounds: wall.city().root.bbox, revision: String(wall.city().revision) });

  function makeBase() {
    const { levels, places } = wall.city();
    const below = levels.filter((level) => level.rank > levels[0].rank);
    const counties = [...places.values()].filter((unit) => unit.level === below[0]?.key);
    const names = counties.map((unit) => ({ type: "Feature", id: unit.id, properties: { name: wall.nameOf(unit) }, geometry: { type: "Point", coordinates: unit.label } }));
    const sources = { land: tiles("backdrop"), names: { type: "geojson", data: { type: "FeatureCollection", features: names } }, ...Object.fromEntries(below.map((level) => [level.key, tiles(`units-${level.key}`)])) };
    return { below, sources };
  }

  /** Upper bounds of classes that hold equally many of the values above zero, each once. */
  function boundsOf(values, metric) {
    if (wall.SHARES.test(metric)) return SHARE_BOUNDS;
    const sorted = values.filter((value) => Number.isFinite(value) && value > 0).sort();
    const bounds = [];
    for (let k = 1; k <= CLASSES; k += 1) {
      const bound = sorted[Math.max(0, Math.ceil((k * sorted.length) / CLASSES) - 1)];
      if (bound !== undefined && bound !== bounds.at(-1)) bounds.push(bound);
    }
    if (!sorted.length) return [1];
    return bounds.length < FEWEST_CLASSES ? stepped(sorted.at(-1)) : bounds;
  }

  /** Where most units share one small number, classes of equal size would be two or three: bounds in equal ratios instead. */
  function stepped(most) {
    const bounds = Array.from({ length: CLASSES }, (_, k) => Math.ceil(most ** ((k + 1) / CLASSES)));
    return [...new Set([1, ...bounds])].slice(-CLASSES);
  }

  function coloursFor(metric, count) {
    ramps = ramps || JSON.parse(document.getElementById("wall-ramps").textContent);
    // Of shares the low ones stand out: a wall shows where something is to be done.
    const colours = wall.SHARES.test(metric) ? [...(ramps[metric] ?? ramps.water)].reverse() : ramps[metric] ?? ramps.water;
    return Array.from({ length: count }, (_, k) => colours[count === 1 ? CLASSES - 1 : Math.round((k * (CLASSES - 1)) / (count - 1))]);
  }

  async function readValues(path, signal) {
    const answer = await fetch(path, { signal });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const bytes = await answer.arrayBuffer();
    return { as_of: answer.headers.get("X-As-Of"), firstId: Number(answer.headers.get("X-First-Id")), revision: answer.headers.get("X-Boundary-Revision"), bytes };
  }

  async function readHeat(path, signal) {
    const before = wall.shownNow();
    const body = await wall.request("GET", path, undefined, signal);
    return { ...body, as_of: new Date(before).toISOString(), stamp: Math.round(before) };
  }

  function sources(panel, scene) {
    const list = [wall.sources.source(`/api/v1/choropleth.bin?${wall.query(panel, scene, panel.days, { level: panel.level, metric: panel.metric })}`, { kinds: ["figures"], read: readValues })];
    if (panel.has_heat) list.push(wall.sources.source(`/tiles/heat.json?${heatQuery(panel, scene)}`, { kinds: ["figures"], restMs: HEAT_REST_MS, read: readHeat }));
    return list;
  }

  const heatQuery = (panel, scene) => wall.query(panel, scene, panel.days, { theme: document.documentElement.dataset.theme, lang: wall.lang });

  /** Bytes of 32-bit floats as the map takes them; infinite values are states, which the map is told apart. */
  function taken({ bytes, firstId }) {
    const floats = new Float32Array(bytes.slice(0));
    const suppressed = [];
    const filtered = [];
    for (let k = 0; k < floats.length; k += 1) {
      if (floats[k] === Infinity) suppressed.push(firstId + k);
      else if (floats[k] === -Infinity) filtered.push(firstId + k);
      if (!Number.isFinite(floats[k])) floats[k] = NaN;
    }
    const raw = new Uint8Array(floats.buffer);
    let text = "";
    for (let k = 0; k < raw.length; k += 8192) text += String.fromCharCode.apply(null, raw.subarray(k, k + 8192));
    return { floats, suppressed, filtered, data: btoa(text) };
  }

  function layers(panel) {
    const opacity = panel.has_heat ? UNDER_HEAT : ALONE;
    const units = { id: `units-${panel.level}`, kind: "unit-fill", source: panel.level, sourceLayer: `units-${panel.level}`, interactive: false, paint: { "fill-opacity": opacity } };
    const lines = base.below.slice(0, 2).map((level, place) => ({ id: `lines-${level.key}`, kind: "unit-line", source: level.key, sourceLayer: `units-${level.key}`, paint: { "line-opacity": place === 0 ? 0.9 : 0.35 } }));
    const heat = panel.has_heat && shown.heat ? [{ id: "heat", kind: "heat", source: "heat" }] : [];
    return [{ id: "land", kind: "land", source: "land", sourceLayer: "land" }, units, ...heat, ...lines, { id: "names", kind: "unit-label", source: "names", layout: { "text-size": 16 } }];
  }

  function heatSource(heat) {
    const [west, south, east, north] = heat.bounds;
    const address = new URL(heat.image);
    // The same question at another moment is another picture.
    address.searchParams.set("v", heat.stamp);
    return { type: "image", url: address.pathname + address.search, coordinates: [[west, north], [east, north], [east, south], [west, south]] };
  }

  /** Another scene: its layers and where it looks; the values follow when they are read. */
  function show(panel, scene) {
    stay();
    if (shown?.panel !== panel) breaks = null;
    shown = { panel, scene, heat: null };
    clearPulses();
    restyle();
    goBack();
    if (watched) pulse(watched, "approaching", Infinity);
  }

  function restyle() {
    base = base || makeBase();
    const props = { sources: shown.heat ? { ...base.sources, heat: heatSource(shown.heat) } : base.sources, layers: layers(shown.panel) };
    if (!shown.values) props.values = [];
    setProps(props);
  }

  function look(view) {
    views += 1;
    // They would stand beside their places while the map moves.
    wall.part("pulses").hidden = true;
    window.clearTimeout(moving);
    moving = window.setTimeout(showPulses, MOVE_MS);
    setProps({ view: { nonce: views, fly: !isStill.matches, ...view } });
  }

  function draw(body, panel, list) {
    if (!shown || shown.panel !== panel) return;
    const [values, heat] = list;
    if (heat?.data && heat.data !== shown.heat) {
      shown.heat = heat.data;
      restyle();
    }
    const { floats, suppressed, filtered, data } = taken(values.data);
    // The bounds stay as long as the scene does: a colour means the same from one push to the next.
    breaks = breaks || boundsOf(floats, panel.metric);
    version += 1;
    shown.values = true;
    const colors = coloursFor(panel.metric, breaks.length);
    setProps({ values: [{ layer: `units-${panel.level}`, firstId: values.data.firstId, version, revision: values.data.revision, data, suppressed, filtered, breaks, colors }] });
    drawLegend(body, panel, colors, { hasSuppressed: suppressed.length > 0 });
  }

  /** The legend is the same from push to push, unless the heat is a newer one. */
  function drawLegend(body, panel, colors, { hasSuppressed }) {
    const key = JSON.stringify([colors, breaks, hasSuppressed, shown.heat?.stamp]);
    if (body.dataset.legend === key) return;
    body.dataset.legend = key;
    const isShare = wall.SHARES.test(panel.metric);
    const word = (value) => (isShare ? `${number(value * 100)}%` : number(value, Number.isInteger(value) ? 0 : 1));
    const low = (k) => (k === 0 ? (isShare ? 0 : 1) : breaks[k - 1] + (isShare ? 0 : 1));
    const range = (k) => (isShare || !Number.isInteger(breaks[k]) ? `≤ ${word(breaks[k])}` : low(k) >= breaks[k] ? word(breaks[k]) : `${word(low(k))}–${word(breaks[k])}`);
    const opacity = shown.heat ? UNDER_HEAT : 1;
    const units = [
      el("span", null, el("i.wall-zero", { style: `opacity:${opacity}` }), "0"),
      ...colors.map((color, k) => el("span", null, el("i", { style: `background:${color};opacity:${opacity}` }), range(k))),
      hasSuppressed ? el("span", null, el("i.wall-withheld"), say("withheld")) : null,
    ];
    fill(body, el("div.wall-legend", null, shown.heat
      ? [el("p", null, el("b", null, say("legend_heat")), heatWords(shown.heat)), el("p", null, el("b", null, say("legend_units")), units)]
      : units));
  }

  /** The heat has its own ramp, unit and moment: it is worked out more seldom than figures. */
  function heatWords({ legend, bandwidth_m: metres, as_of: moment }) {
    const steps = legend.entries.map((entry) => el("span", null, el("i", { style: `background:${entry.colour}` }), entry.label));
    return [...steps, el("span", null, legend.unit), el("span", null, say("heat", { m: number(metres), time: wall.minute(Date.parse(moment)) }))];
  }

  const mercator = (lat) => Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360));

  /** Where a place lies on the map, in percent of its width and height; null outside. */
  function placeOn([west, south, east, north], { lon, lat }) {
    const x = (lon - west) / (east - west);
    const y = (mercator(north) - mercator(lat)) / (mercator(north) - mercator(south));
    return x < 0 || x > 1 || y < 0 || y > 1 ? null : [x * 100, y * 100];
  }

  /** Rings over the map, which costs the map nothing: they are elements of their own. */
  function pulse(row, meaning, forMs) {
    // What happens now has no place on a picture of the past, unless it interrupts it.
    if (row.lon === null || (!forMs && (!shown?.panel.has_pulses || wall.group.moment() !== null))) return;
    pulses.get(row.id)?.node.remove();
    const node = el("i.wall-pulse", { "data-meaning": meaning, "data-long": Boolean(forMs) });
    pulses.set(row.id, { lon: row.lon, lat: row.lat, until: performance.now() + (forMs ?? PULSE_MS), node });
    if (pulses.size > MOST_PULSES) drop(pulses.keys().next().value);
    wall.part("pulses").append(node);
    place(pulses.get(row.id));
  }

  function place(one) {
    if (!viewport) return;
    const at = placeOn(viewport.bounds, one);
    one.node.hidden = !at;
    if (at) one.node.style.cssText = `left:${at[0].toFixed(3)}%;top:${at[1].toFixed(3)}%`;
  }

  function drop(id) {
    pulses.get(id)?.node.remove();
    pulses.delete(id);
  }

  function clearPulses() {
    for (const id of [...pulses.keys()]) drop(id);
  }

  function tick() {
    const now = performance.now();
    for (const [id, one] of pulses) if (one.until < now) drop(id);
  }

  function moved(detail) {
    if (!detail.viewport) return;
    viewport = detail.viewport;
    showPulses();
  }

  function showPulses() {
    window.clearTimeout(moving);
    for (const one of pulses.values()) place(one);
    wall.part("pulses").hidden = false;
  }

  // The map may be ready before anything else is: what it says is heard from the beginning.
  document.addEventListener("mapview:output", ({ detail }) => moved(detail));
  document.addEventListener("mapview:status", ({ detail }) => {
    graphics = detail;
    isGone = detail.lost || (isGone && !detail.ready);
    wall.emit("graphics", detail);
  });

  /** Looks at the scene again, or at the case that the wall is told to look at. */
  function goBack() {
    if (!shown) return;
    if (watched) look({ center: [watched.lon, watched.lat], zoom: NEAR_ZOOM });
    else look({ bounds: shown.scene.unit.bbox, padding: freeAround() });
  }

  /** Pixels on each side. */
  function freeAround() {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const free = { ...FREE, bottom: shown.panel.has_heat ? LEGEND_OF_HEAT : FREE.bottom };
    return Object.fromEntries(Object.entries(free).map(([side, size]) => [side, Math.round(size * rem)]));
  }

  /** Ends a visit of a place where it is. */
  function stay() {
    window.clearTimeout(returning);
    returning = 0;
  }

  window.addEventListener("resize", () => {
    window.clearTimeout(resized);
    resized = window.setTimeout(() => { if (!returning) goBack(); }, RESIZE_MS);
  });

  /** Looks at a place until told otherwise. */
  function watch(row) {
    const isOther = row?.id !== watched?.id;
    if (watched && isOther) drop(watched.id);
    watched = row;
    if (!isOther || !shown) return;
    stay();
    goBack();
    if (watched) pulse(watched, "approaching", Infinity);
  }

  /** Heat has a moment of its own in the legend; the panel is as old as its figures. */
  wall.kinds.map = { sources, draw, isMap: true, needs: 1, isBroken: () => isGone };
  wall.map = {
    graphics: () => graphics,
    isGone: () => isGone,
    show,
    pulse,
    tick,
    watch,
    isWatching: () => watched !== null,
    /** Looks at a place for a while, then at the scene again. */
    visit(row, ms) {
      if (row.lon === null || !shown) return;
      look({ center: [row.lon, row.lat], zoom: NEAR_ZOOM });
      stay();
      returning = window.setTimeout(() => { stay(); goBack(); }, ms);
    },
    forget() {
      stay();
      shown = null;
      clearPulses();
    },
  };
})();
