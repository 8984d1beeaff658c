// Where are the alerts of the list, and which is chosen? A press on a point opens it.
(function () {
  "use strict";
  const { alerts } = window.minqing;
  if (!alerts.isHere) return;
  const { on } = alerts;
  const MAP = "alerts-map";
  const POINTS = "alerts";
  /** Places in the list of colours, by meaning. */
  const MEANINGS = ["approaching", "breached", "closed"];
  const NEAR_ZOOM = 14;
  const LABEL_PX = 13;
  const isStill = window.matchMedia("(prefers-reduced-motion: reduce)");

  let rows = [];
  let chosen = null;
  let views = 1;
  let zoom = 0;
  let base = null;

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const tiles = (key) => ({ type: "vector", tiles: [`/tiles/${key}/{z}/{x}/{y}.mvt?rev=${alerts.city().revision}`], minzoom: 0, maxzoom: 14, bounds: alerts.city().root.bbox, revision: String(alerts.city().revision) });

  /** Land, lines of the levels, names of the units below the city. */
  async function makeBase() {
    const { levels, root } = alerts.city();
    const below = levels.filter((level) => level.rank > levels[0].rank);
    const units = await alerts.request("GET", `/api/v1/units?parent=${encodeURIComponent(root.code)}`).catch(() => ({ items: [] }));
    const names = units.items.map((unit) => ({ type: "Feature", id: unit.id, properties: { name: alerts.nameOf(unit) }, geometry: { type: "Point", coordinates: unit.label } }));
    return {
      sources: { land: tiles("backdrop"), names: { type: "geojson", data: { type: "FeatureCollection", features: names } }, ...Object.fromEntries(below.map((level) => [level.key, tiles(`units-${level.key}`)])) },
      layers: [
        { id: "land", kind: "land", source: "land", sourceLayer: "land" },
        ...below.map((level, place) => ({ id: `lines-${level.key}`, kind: "unit-line", source: level.key, sourceLayer: `units-${level.key}`, minzoom: place === 0 ? 0 : Math.max(level.min_zoom, 8 + place * 2) })),
        { id: "names", kind: "unit-label", source: "names", layout: { "text-size": LABEL_PX }, paint: { "text-opacity": 0.7 } },
      ],
    };
  }

  function feature({ id, state, incident }) {
    return { type: "Feature", id, properties: { m: MEANINGS.indexOf(alerts.MEANINGS[state]), name: alerts.classOf(incident) }, geometry: { type: "Point", coordinates: [incident.lon, incident.lat] } };
  }

  function show() {
    if (!base) return;
    const placed = rows.filter((risk) => risk.incident.lon !== null);
    if (chosen && chosen.incident.lon !== null && !placed.some((risk) => risk.id === chosen.id)) placed.push(chosen);
    const layer = { id: POINTS, kind: "points", source: POINTS, property: "m", breaks: [0, 1], colors: MEANINGS.map(colour), paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 8, 4, 12, 6, 16, 10] } };
    alerts.setProps(MAP, {
      sources: { ...base.sources, [POINTS]: { type: "geojson", data: { type: "FeatureCollection", features: placed.map(feature) } } },
      layers: [...base.layers, layer],
      tooltips: [],
    });
    alerts.setProps(MAP, { selectedIds: { layer: chosen ? POINTS : null, ids: chosen ? [chosen.id] : [] } });
  }

  function look(view) {
    views += 1;
    alerts.setProps(MAP, { view: { nonce: views, ...view } });
  }

  on("ready", async () => {
    document.getElementById(MAP).addEventListener("mapview:output", ({ detail }) => {
      if (detail.viewport) zoom = detail.viewport.zoom;
      if (detail.clicked?.layer === POINTS && detail.clicked.id !== null) alerts.go({ case: detail.clicked.id });
    });
    const { unit } = alerts.rights();
    const own = unit ? await alerts.request("GET", `/api/v1/units/${encodeURIComponent(unit)}`).catch(() => null) : null;
    base = await makeBase();
    if (!chosen) look({ bounds: (own || alerts.city().root).bbox, fly: false, padding: 16 });
    show();
  });
  on("rows", (held) => {
    rows = held;
    show();
  });
  on("risk", (risk) => {
    const isOther = chosen?.id !== risk.id;
    chosen = risk;
    show();
    if (isOther && risk.incident.lon !== null) look({ center: [risk.incident.lon, risk.incident.lat], zoom: Math.max(zoom, NEAR_ZOOM), fly: !isStill.matches });
  });
})();
