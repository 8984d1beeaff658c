// What lies under the points of a page's small map? Land, lines of the levels, names of the units below the city.
(function () {
  "use strict";
  const app = (window.minqing = window.minqing || {});
  const LABEL_PX = 13;

  /** A colour of the theme in force, by the name of its token. */
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  /**
   * @param {{levels: Object[], root: Object, revision: number}} city levels from the city downwards, and its root unit
   * @returns {Promise<{sources: Object, layers: Object[]}>} without names where the server does not tell them
   */
  async function make({ levels, root, revision }) {
    const tiles = (key) => ({ type: "vector", tiles: [`/tiles/${key}/{z}/{x}/{y}.mvt?rev=${revision}`], minzoom: 0, maxzoom: 14, bounds: root.bbox, revision: String(revision) });
    const below = levels.filter((level) => level.rank > levels[0].rank);
    const units = await app.kit.request("GET", `/api/v1/units?parent=${encodeURIComponent(root.code)}`).catch(() => ({ items: [] }));
    const names = units.items.map((unit) => ({ type: "Feature", id: unit.id, properties: { name: app.kit.nameOf(unit) }, geometry: { type: "Point", coordinates: unit.label } }));
    return {
      sources: { land: tiles("backdrop"), names: { type: "geojson", data: { type: "FeatureCollection", features: names } }, ...Object.fromEntries(below.map((level) => [level.key, tiles(`units-${level.key}`)])) },
      layers: [
        { id: "land", kind: "land", source: "land", sourceLayer: "land" },
        ...below.map((level, place) => ({ id: `lines-${level.key}`, kind: "unit-line", source: level.key, sourceLayer: `units-${level.key}`, minzoom: place === 0 ? 0 : Math.max(level.min_zoom, 8 + place * 2) })),
        { id: "names", kind: "unit-label", source: "names", layout: { "text-size": LABEL_PX }, paint: { "text-opacity": 0.7 } },
      ],
    };
  }

  /**
   * Where the map looks at first: the area of the account, else the city.
   * @param {{root: Object}} city
   * @param {string} unit code of the account's area, or empty
   * @returns {Promise<number[]>} west, south, east, north
   */
  async function startBounds({ root }, unit) {
    const own = unit ? await app.kit.request("GET", `/api/v1/units/${encodeURIComponent(unit)}`).catch(() => null) : null;
    return (own || root).bbox;
  }

  app.baseMap = { colour, make, startBounds };
})();
