// How is a plan drawn? From its sheet (units, tree, lines between units) to sources, layers, values and marks of a map.
(function () {
  "use strict";
  const zones = window.minqing.zones;
  if (!zones.isHere) return;

  /**
   * @typedef {Object} Sheet
   * @property {number[]} ids of the units, rising
   * @property {Map<string, number>} placeOfCode
   * @property {Map<number, number>} placeOfId
   * @property {number[][]} near places of the neighbours of each unit
   * @property {{first: number[], second: number[]}} borders
   */

  /** The same as in `dashboard/zoning/zone_colours.py`: light tones that colour-blind eyes tell apart. */
  const COLOURS = ["#77aadd", "#ee8866", "#bbcc33", "#ffaabb", "#44bb99", "#eedd88", "#aa7fc4", "#99ddff", "#aaaa00", "#dd6677"];
  const OPACITY = { dark: 0.72, light: 0.85 };
  const MANY = 1200;
  /** What nearly all names end with says nothing on the map. */
  const COMMON_END = /(联防片区|\s*joint-defence zone)(?=\s*\d*$)/i;
  const FILL = "zones";
  const LINES = "zone-borders";

  /** @type {Map<string, Promise<Sheet>>} */
  const sheets = new Map();
  /** Pictures drawn so far, by whomever: a map ignores an older one. */
  let pictures = 0;

  /** @param {{within: string, level?: string, base: string}} asked @returns {Promise<Sheet>} */
  function readSheet(asked) {
    const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value)).toString();
    if (!sheets.has(query)) {
      const coming = zones.ask("GET", `/sheet?${query}`).then(oneOfEach);
      sheets.set(query, coming);
      coming.catch(() => sheets.delete(query));
    }
    return sheets.get(query);
  }

  /** The same units asked for in two ways are one sheet: the map keeps its sources. @type {Map<string, Sheet>} */
  const prepared = new Map();

  function oneOfEach(sheet) {
    const key = [sheet.within.level, sheet.within.code, sheet.base.key, sheet.boundary_revision].join(" ");
    if (!prepared.has(key)) prepared.set(key, prepare(sheet));
    return prepared.get(key);
  }

  function prepare(sheet) {
    const { first, second } = sheet.borders;
    const near = sheet.ids.map(() => []);
    for (let k = 0; k < first.length; k += 1) {
      near[first[k]].push(second[k]);
      near[second[k]].push(first[k]);
    }
    const placeOfCode = new Map(sheet.codes.map((code, place) => [code, place]));
    const placeOfId = new Map(sheet.ids.map((id, place) => [id, place]));
    const levelOf = new Map(sheet.above.map((unit) => [unit.id, unit]));
    return Object.assign(sheet, { near, placeOfCode, placeOfId, levelOf, lines: lineFeatures(sheet) });
  }

  /** The lines between units as GeoJSON; the id of a feature is the place of its pair, from 1. */
  function lineFeatures({ borders, step }) {
    const features = borders.lines.map((lines, pair) => ({
      type: "Feature", id: pair + 1, properties: {}, geometry: { type: "MultiLineString", coordinates: lines.map((line) => points(line, step)) },
    }));
    return { type: "FeatureCollection", features };
  }

  function points(steps, step) {
    const found = [];
    let x = 0;
    let y = 0;
    for (let k = 0; k < steps.length; k += 2) {
      x += steps[k];
      y += steps[k + 1];
      found.push([x * step, y * step]);
    }
    return found;
  }

  /** Places of all units that share the unit of a level above with this one; itself alone on the base level. */
  function groupOf(sheet, place, levelKey) {
    if (levelKey === sheet.base.key) return [place];
    const above = sheet.paths[place].find((id) => sheet.levelOf.get(id)?.level === levelKey);
    if (above === undefined) return [place];
    return sheet.paths.flatMap((path, other) => (path.includes(above) ? [other] : []));
  }

  /** @returns {string} name of the unit of a level above that the place lies in, or its own */
  function groupName(sheet, place, levelKey) {
    const above = levelKey === sheet.base.key ? undefined : sheet.paths[place].find((id) => sheet.levelOf.get(id)?.level === levelKey);
    return above === undefined ? unitName(sheet, place) : zones.nameOf(sheet.levelOf.get(above));
  }

  function unitName(sheet, place) {
    return (zones.lang === "en" && sheet.names_en[place]) || sheet.names[place];
  }

  /** A name for a narrow column: what English ones end with takes the room of what tells them apart. */
  const shortName = (name) => (zones.lang === "en" ? name.replace(COMMON_END, "") : name);

  /** Numbers of the zones beside each zone. @param {number[]} zone number by place, −1 for none */
  function zoneNeighbours(sheet, zone) {
    const found = new Map();
    const note = (a, b) => {
      if (!found.has(a)) found.set(a, new Set());
      found.get(a).add(b);
    };
    const { first, second } = sheet.borders;
    for (let k = 0; k < first.length; k += 1) {
      const a = zone[first[k]];
      const b = zone[second[k]];
      if (a === b || a < 0 || b < 0) continue;
      note(a, b);
      note(b, a);
    }
    return found;
  }

  /**
   * A colour for each zone, never that of a zone beside it. A zone keeps the colour it had, as long as it can.
   * @param {Map<number, number>} held colour by zone before
   * @returns {Map<number, number>} place in COLOURS by zone number
   */
  function colourZones(sheet, zone, held) {
    const beside = zoneNeighbours(sheet, zone);
    const numbers = [...new Set(zone)].filter((no) => no >= 0).sort((a, b) => (beside.get(b)?.size || 0) - (beside.get(a)?.size || 0) || a - b);
    const colours = new Map();
    const takenBy = (no) => new Set([...(beside.get(no) || [])].map((other) => colours.get(other)));
    for (const no of numbers) if (held.has(no) && !takenBy(no).has(held.get(no))) colours.set(no, held.get(no));
    const used = COLOURS.map((_, colour) => [...colours.values()].filter((other) => other === colour).length);
    for (const no of numbers) {
      if (colours.has(no)) continue;
      const taken = takenBy(no);
      const free = COLOURS.map((_, colour) => colour).filter((colour) => !taken.has(colour));
      // With more zones round one than there are colours, the rarest colour is taken: numbers and borders still tell them apart.
      const colour = (free.length ? free : COLOURS.map((_, k) => k)).sort((a, b) => used[a] - used[b] || a - b)[0];
      colours.set(no, colour);
      used[colour] += 1;
    }
    return colours;
  }

  const theme = () => (document.documentElement.getAttribute("data-mantine-color-scheme") === "light" ? "light" : "dark");

  /** Sources and layers of a map of the sheet; the same sheet gives the same objects, so that nothing is loaded anew. */
  function drawSheet(sheet) {
    if (sheet.drawn?.theme === theme()) return sheet.drawn;
    const revision = String(sheet.boundary_revision);
    const tiles = (key) => ({ type: "vector", tiles: [`/tiles/${key}/{z}/{x}/{y}.mvt?rev=${revision}`], minzoom: 0, maxzoom: 14, bounds: sheet.bounds, revision });
    const { key } = sheet.base;
    const ids = sheet.ids.length === sheet.base.count ? undefined : sheet.ids;
    const layerOf = { source: "units", sourceLayer: `units-${key}`, ids };
    const names = { "text-size": 12, "text-offset": [0, 2], "text-padding": 2 };
    const numbers = { "text-size": 17, "text-allow-overlap": true, "text-padding": 0 };
    sheet.drawn = {
      theme: theme(),
      sources: { land: tiles("backdrop"), units: tiles(`units-${key}`), lines: { type: "geojson", data: sheet.lines } },
      layers: [
        { id: "land", kind: "land", source: "land", sourceLayer: "land" },
        { id: FILL, kind: "zone-fill", ...layerOf, paint: { "fill-opacity": OPACITY[theme()] } },
        { id: "unit-lines", kind: "unit-line", ...layerOf, minzoom: sheet.ids.length > MANY ? 11 : 0, paint: { "line-opacity": 0.45 } },
        { id: LINES, kind: "zone-border", source: "lines", interactive: false },
        { id: "zone-names", kind: "unit-label", source: "zone-labels", property: "name", layout: names },
        { id: "zone-numbers", kind: "unit-label", source: "zone-labels", property: "number", layout: numbers, paint: { "text-halo-width": 2.2 } },
      ],
    };
    return sheet.drawn;
  }

  /** Base64 of little-endian floats: colour by unit id, NaN where the unit is in no zone. */
  function coloursOf(sheet, zone, colours) {
    const first = sheet.ids[0] ?? 0;
    const view = new DataView(new ArrayBuffer(4 * ((sheet.ids.at(-1) ?? first) - first + 1)));
    for (let k = 0; k < view.byteLength; k += 4) view.setFloat32(k, NaN, true);
    zone.forEach((no, place) => no >= 0 && view.setFloat32(4 * (sheet.ids[place] - first), colours.get(no), true));
    const bytes = new Uint8Array(view.buffer);
    let text = "";
    for (let k = 0; k < bytes.length; k += 8192) text += String.fromCharCode(...bytes.subarray(k, k + 8192));
    return btoa(text);
  }

  /** Pairs of neighbours that different zones part, and those around one zone; ids of the lines. */
  function borderFlags(sheet, zone, active) {
    const parted = [];
    const around = [];
    const { first, second } = sheet.borders;
    for (let k = 0; k < first.length; k += 1) {
      const a = zone[first[k]];
      const b = zone[second[k]];
      if (a === b) continue;
      parted.push(k + 1);
      if (active !== null && (a === active || b === active)) around.push(k + 1);
    }
    return { z: parted, a: around };
  }

  /** Where to write a zone's number: at the unit nearest to the middle of its units. */
  function labelPoints(sheet, zone, zoneList) {
    const sums = new Map();
    zone.forEach((no, place) => {
      if (no < 0) return;
      const sum = sums.get(no) || { x: 0, y: 0, n: 0 };
      sum.x += sheet.points[place][0];
      sum.y += sheet.points[place][1];
      sum.n += 1;
      sums.set(no, sum);
    });
    const best = new Map();
    zone.forEach((no, place) => {
      if (no < 0) return;
      const { x, y, n } = sums.get(no);
      const away = Math.hypot(sheet.points[place][0] - x / n, sheet.points[place][1] - y / n);
      if (!best.has(no) || away < best.get(no).away) best.set(no, { away, place });
    });
    const names = new Map(zoneList.map((one) => [one.no, zones.nameOf(one) || ""]));
    return [...best].map(([no, { place }]) => ({
      type: "Feature", id: no + 1, properties: { number: String(no + 1), name: (names.get(no) || "").replace(COMMON_END, "") }, geometry: { type: "Point", coordinates: sheet.points[place] },
    }));
  }

  /** Box of a zone from its units' label points, with room around. */
  function boundsOf(sheet, places) {
    const xs = places.map((place) => sheet.points[place][0]);
    const ys = places.map((place) => sheet.points[place][1]);
    const room = Math.max(0.015, 0.2 * Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)));
    return [Math.min(...xs) - room, Math.min(...ys) - room, Math.max(...xs) + room, Math.max(...ys) + room];
  }

  /** An array over unit ids from the first to the last, filled by place; empty text between. */
  function byId(sheet, make) {
    const first = sheet.ids[0] ?? 0;
    const found = new Array((sheet.ids.at(-1) ?? first) - first + 1).fill("");
    sheet.ids.forEach((id, place) => (found[id - first] = make(place)));
    return found;
  }

  /**
   * The props that show an assignment on a map of the sheet, for one's own plan or another to compare with.
   * @param {Sheet} sheet
   * @param {{zone: number[], zones: Object[], colours: Map<number, number>, active?: number|null, texts?: function(number): string}} shown
   */
  function drawZones(sheet, { zone, zones: list, colours, active, texts }) {
    pictures += 1;
    const drawn = drawSheet(sheet);
    const first = sheet.ids[0] ?? 0;
    return {
      sources: { ...drawn.sources, "zone-labels": { type: "geojson", data: { type: "FeatureCollection", features: labelPoints(sheet, zone, list) } } },
      layers: drawn.layers,
      values: [{
        layer: FILL, firstId: first, version: pictures, revision: String(sheet.boundary_revision), data: coloursOf(sheet, zone, colours),
        breaks: COLOURS.map((_, k) => k), colors: COLOURS, zeroColor: null,
      }],
      tooltips: [{ layer: FILL, firstId: first, names: byId(sheet, (place) => unitName(sheet, place)), texts: texts ? byId(sheet, texts) : undefined }],
      flags: { [LINES]: borderFlags(sheet, zone, active ?? null) },
    };
  }

  Object.assign(zones, {
    sheet: { read: readSheet, groupOf, groupName, shortName, unitName, zoneNeighbours, colourZones, drawZones, borderFlags, boundsOf, COLOURS, FILL, LINES },
  });
})();
