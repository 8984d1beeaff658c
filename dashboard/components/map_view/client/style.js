// What does each declared layer look like? From layer declarations to MapLibre style layers; no map needed.
import { FILTERED, NO_DATA, PENDING, SUPPRESSED, ZERO } from "./classes.js";
import { LOCKED_IMAGE, NO_DATA_IMAGE, SUPPRESSED_IMAGE } from "./patterns.js";
import { LABEL_FONT } from "./theme.js";

/**
 * @typedef {Object} LayerSpec one entry of the `layers` prop
 * @property {string} id
 * @property {"land"|"unit-fill"|"zone-fill"|"zone-border"|"unit-line"|"unit-label"|"points"|"bins"|"heat"|"hex"|"places"|"outline"} kind
 * @property {string} source
 * @property {string} [sourceLayer]
 * @property {number} [minzoom]
 * @property {number} [maxzoom]
 * @property {boolean} [visible]
 * @property {boolean} [interactive] answers to hover, click and selection (default: unit-fill, points, places)
 * @property {number[]} [ids] draw only these feature ids
 * @property {any[]} [filter] MapLibre filter, on top of `ids`
 * @property {string} [property] feature property that carries the amount, the kind or the name
 * @property {number[]} [breaks] class bounds of `property` (bins, heat, hex, points)
 * @property {string[]} [colors]
 * @property {Object<string, string>} [symbols] places: value of `property` → one character
 * @property {Object} [paint] overrides
 * @property {Object} [layout] overrides
 */

const UNITS = new Set(["unit-fill", "zone-fill"]);
const INTERACTIVE = new Set([...UNITS, "points", "bins", "hex", "places"]);
const state = (key) => ["boolean", ["feature-state", key], false];

/** @param {LayerSpec} layer @returns {boolean} */
export function isInteractive(layer) {
  return layer.visible !== false && (layer.interactive ?? INTERACTIVE.has(layer.kind));
}

/** @param {LayerSpec} layer @returns {boolean} whether its features are units, which can be selected and added up */
export function isUnits(layer) {
  return UNITS.has(layer.kind);
}

/** Colour by class code; the codes come as feature-state `c`. */
function classColor(spec, palette) {
  const code = ["coalesce", ["feature-state", "c"], PENDING];
  const own = spec || { colors: [] };
  return [
    "match", code,
    ...own.colors.flatMap((color, k) => [k, color]),
    NO_DATA, own.noDataColor || palette.noData,
    SUPPRESSED, own.suppressedColor || palette.suppressed,
    FILTERED, own.filteredColor || palette.filtered,
    ZERO, own.zeroColor || palette.zero,
    palette.pending,
  ];
}

/** Colour by an amount in the tile itself, upper bounds inclusive as in classes.js. */
function amountColor(layer, fallback) {
  if (!layer.colors?.length) return fallback;
  const amount = ["to-number", ["get", layer.property || "n"]];
  const cases = layer.colors.slice(0, -1).flatMap((color, k) => [["<=", amount, layer.breaks[k]], color]);
  return cases.length ? ["case", ...cases, layer.colors.at(-1)] : layer.colors[0];
}

function fill(suffix, paint) {
  return { suffix, type: "fill", paint };
}

function patternLayer(suffix, image, code) {
  return fill(suffix, {
    "fill-pattern": image,
    "fill-opacity": ["case", ["==", ["feature-state", "c"], code], 1, 0],
    "fill-antialias": false,
  });
}

/** Lines around hovered and selected units; drawn while there is one, see marks.js. */
function markLayer(palette) {
  return {
    suffix: "/mark",
    type: "line",
    layout: { "line-join": "round" },
    paint: {
      "line-color": ["case", state("s"), palette.selected, palette.hover],
      "line-width": ["case", state("s"), 3, state("h"), 2, 0],
      "line-opacity": 0,
      "line-opacity-transition": { duration: 0, delay: 0 },
    },
  };
}

function unitFill(layer, palette, spec) {
  const parts = [fill("", { "fill-color": classColor(spec, palette), "fill-antialias": false })];
  if (spec?.hasNoData) parts.push(patternLayer("/no-data", NO_DATA_IMAGE, NO_DATA));
  if (spec?.hasSuppressed) parts.push(patternLayer("/suppressed", SUPPRESSED_IMAGE, SUPPRESSED));
  if (isInteractive(layer)) parts.push(markLayer(palette));
  return parts;
}

/** Units in the colour of their zone; flags: `k` locked, `b` under the brush, `x` would be cut off, `g` shown by the page. */
function zoneFill(layer, palette, spec) {
  const locked = fill("/locked", { "fill-pattern": LOCKED_IMAGE, "fill-opacity": ["case", state("k"), 1, 0], "fill-antialias": false });
  const wash = fill("/wash", {
    "fill-color": ["case", state("x"), palette.cut, palette.brush],
    "fill-opacity": ["case", state("x"), 0.6, state("b"), 0.5, state("g"), 0.3, 0],
    "fill-antialias": false,
  });
  const ring = {
    suffix: "/ring",
    type: "line",
    layout: { "line-join": "round" },
    paint: {
      "line-color": ["case", state("x"), palette.cut, palette.brush],
      "line-width": ["case", state("x"), 4, state("b"), 2, state("g"), 3, 0],
    },
  };
  return [...unitFill(layer, palette, spec), locked, wash, ring];
}

/** Lines between units, drawn where they part zones; flags: `z` between two zones, `a` around the chosen one. */
function zoneBorder(layer, palette) {
  const width = (wide) => ["case", state("a"), wide + 2, state("z"), wide, 0];
  const paint = { "line-color": ["case", state("a"), palette.active, palette.outline], "line-width": ["interpolate", ["linear"], ["zoom"], 8, width(1.2), 12, width(2.4), 16, width(4)] };
  return { suffix: "", type: "line", layout: { "line-join": "round", "line-cap": "round" }, paint };
}

function line(color, width, extra = {}) {
  return { suffix: "", type: "line", layout: { "line-join": "round" }, paint: { "line-color": color, "line-width": width, ...extra } };
}

function label(layer, palette) {
  return {
    suffix: "",
    type: "symbol",
    layout: {
      "text-field": ["to-string", ["get", layer.property || "name"]],
      "text-font": LABEL_FONT,
      "text-size": 14,
      "text-max-width": 9,
      "text-padding": 4,
    },
    paint: { "text-color": palette.label, "text-halo-color": palette.halo, "text-halo-width": 1.6 },
  };
}

function points(layer, palette) {
  const hot = ["any", state("h"), state("s")];
  return {
    suffix: "",
    type: "circle",
    filter: ["!", ["has", "n"]],
    paint: {
      "circle-color": amountColor(layer, palette.point),
      "circle-radius": ["interpolate", ["linear"], ["zoom"], 8, 2.5, 12, 4, 16, 7],
      "circle-stroke-color": ["case", state("s"), palette.selected, state("h"), palette.hover, palette.pointRing],
      "circle-stroke-width": ["case", hot, 3, 1],
    },
  };
}

function bins(layer, palette) {
  const amount = ["to-number", ["get", layer.property || "n"]];
  const isArea = ["match", ["geometry-type"], ["Polygon", "MultiPolygon"], true, false];
  const color = amountColor(layer, palette.point);
  const dot = { "circle-color": color, "circle-opacity": 0.85, "circle-stroke-color": palette.pointRing, "circle-stroke-width": 0.5 };
  const radius = ["interpolate", ["linear"], ["sqrt", amount], 1, 2, 10, 8, 40, 16];
  return [
    { ...fill("", { "fill-color": color, "fill-opacity": 0.75, "fill-antialias": false }), filter: isArea },
    { suffix: "/dot", type: "circle", filter: ["!", isArea], paint: { ...dot, "circle-radius": radius } },
  ];
}

function heat(layer, palette, _spec, sourceType) {
  if (sourceType === "image" || sourceType === "raster") {
    return { suffix: "", type: "raster", paint: { "raster-opacity": 0.75, "raster-fade-duration": 0, "raster-resampling": "linear" } };
  }
  return fill("", { "fill-color": amountColor(layer, palette.point), "fill-opacity": 0.7, "fill-antialias": false });
}

function hex(layer, palette) {
  return fill("", { "fill-color": amountColor(layer, palette.point), "fill-opacity": 0.78, "fill-outline-color": palette.halo });
}

/** Below this zoom thousands of places share the picture: dots leave the map below to be seen, signs would not. */
const SIGNS_FROM_ZOOM = 12;

function places(layer, palette) {
  const symbols = Object.entries(layer.symbols || {}).flat();
  const key = ["to-string", ["get", layer.property || "kind"]];
  const disc = {
    "circle-color": palette.place,
    "circle-radius": ["interpolate", ["linear"], ["zoom"], 8, 1.5, SIGNS_FROM_ZOOM - 0.5, 4, SIGNS_FROM_ZOOM, 9],
    "circle-stroke-color": ["case", state("s"), palette.selected, state("h"), palette.hover, palette.placeInk],
    "circle-stroke-width": ["case", ["any", state("h"), state("s")], 3, 0.75],
  };
  const text = {
    suffix: "/text",
    type: "symbol",
    minzoom: SIGNS_FROM_ZOOM,
    layout: { "text-field": ["match", key, ...symbols, ""], "text-font": LABEL_FONT, "text-size": 12, "text-allow-overlap": true },
    paint: { "text-color": palette.placeInk },
  };
  const discLayer = { suffix: "", type: "circle", paint: disc };
  return symbols.length ? [discLayer, text] : [discLayer];
}

/** How each kind is drawn: (layer, palette, values of the layer, type of its source) → parts, bottom first. */
const KINDS = {
  land: (layer, palette) => fill("", { "fill-color": palette.land, "fill-antialias": true }),
  "unit-fill": unitFill,
  "zone-fill": zoneFill,
  "zone-border": zoneBorder,
  "unit-line": (layer, palette) => line(palette.line, ["interpolate", ["linear"], ["zoom"], 6, 0.5, 12, 1, 16, 2], { "line-opacity": 0.8 }),
  "unit-label": label,
  points,
  bins,
  heat,
  hex,
  places,
  outline: (layer, palette) => line(palette.outline, 2.5),
};

/** The kinds a layer may have. */
export const LAYER_KINDS = Object.keys(KINDS);

function joinFilters(layer, partFilter) {
  const filters = [partFilter, layer.filter].filter(Boolean);
  if (layer.ids) filters.push(["in", ["id"], ["literal", layer.ids]]);
  if (!filters.length) return undefined;
  return filters.length === 1 ? filters[0] : ["all", ...filters];
}

/** Overrides touch only the properties that the part's own type knows: `fill-…` stays off a line. */
function overridesFor(type, overrides) {
  const prefix = type === "symbol" ? /^(text|icon|symbol)-/ : new RegExp(`^${type}-`);
  return Object.fromEntries(Object.entries(overrides || {}).filter(([name]) => prefix.test(name)));
}

const SIZES = ["text-size", "text-halo-width", "line-width", "circle-radius", "circle-stroke-width"];

/** A size times the scale of the screen; zoom may stand only at the top, so a ramp is scaled at its stops. */
function scaleSize(size, scale) {
  if (typeof size === "number") return size * scale;
  if (size[0] === "interpolate") return size.map((part, k) => (k > 3 && k % 2 === 0 ? scaleSize(part, scale) : part));
  return ["*", scale, size];
}

function scaleSizes(properties, scale) {
  if (scale === 1) return properties;
  const scaled = Object.entries(properties).map(([name, value]) => [name, SIZES.includes(name) ? scaleSize(value, scale) : value]);
  return Object.fromEntries(scaled);
}

function finish(layer, part, scale) {
  const isBase = part.suffix === "" || part.suffix === "/dot";
  const styled = {
    id: layer.id + part.suffix,
    type: part.type,
    source: layer.source,
    layout: {
      ...scaleSizes({ ...part.layout, ...(isBase ? overridesFor(part.type, layer.layout) : {}) }, scale),
      visibility: layer.visible === false ? "none" : "visible",
    },
    paint: scaleSizes({ ...part.paint, ...(isBase ? overridesFor(part.type, layer.paint) : {}) }, scale),
    minzoom: Math.max(layer.minzoom ?? 0, part.minzoom ?? 0),
    maxzoom: layer.maxzoom ?? 24,
  };
  if (layer.sourceLayer) styled["source-layer"] = layer.sourceLayer;
  const filter = joinFilters(layer, part.filter);
  if (filter) styled.filter = filter;
  return styled;
}

/**
 * @param {LayerSpec} layer
 * @param {Object<string, string>} palette
 * @param {Object|undefined} spec values of the layer: colours and which states occur
 * @param {string} sourceType
 * @param {number} scale of texts, lines and discs; 1 on a laptop
 * @returns {Object[]} MapLibre layers, bottom first
 */
export function expandLayer(layer, palette, spec, sourceType, scale) {
  return [KINDS[layer.kind](layer, palette, spec, sourceType)].flat().map((part) => finish(layer, part, scale));
}

/**
 * Marks of hovered and selected units lie above every fill and line, below points and labels.
 * @param {Object[]} layers MapLibre layers
 */
export function liftMarks(layers) {
  const marks = layers.filter((layer) => layer.id.endsWith("/mark"));
  const rest = layers.filter((layer) => !layer.id.endsWith("/mark"));
  const firstAbove = rest.findIndex((layer) => layer.type === "symbol" || layer.type === "circle");
  const at = firstAbove < 0 ? rest.length : firstAbove;
  return [...rest.slice(0, at), ...marks, ...rest.slice(at)];
}
