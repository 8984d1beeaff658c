// Where are the alerts of the list, and which is chosen? A press on a point opens it.
(function () {
  "use strict";
  const { alerts, baseMap } = window.minqing;
  if (!alerts.isHere) return;
  const { on } = alerts;
  const MAP = "alerts-map";
  const POINTS = "alerts";
  /** Places in the list of colours, by meaning. */
  const MEANINGS = ["approaching", "breached", "closed"];
  const NEAR_ZOOM = 14;
  const isStill = window.matchMedia("(prefers-reduced-motion: reduce)");

  let rows = [];
  let chosen = null;
  let views = 1;
  let zoom = 0;
  let base = null;

  function feature({ id, state, incident }) {
    return { type: "Feature", id, properties: { m: MEANINGS.indexOf(alerts.MEANINGS[state]), name: alerts.classOf(incident) }, geometry: { type: "Point", coordinates: [incident.lon, incident.lat] } };
  }

  function show() {
    if (!base) return;
    const placed = rows.filter((risk) => risk.incident.lon !== null);
    if (chosen && chosen.incident.lon !== null && !placed.some((risk) => risk.id === chosen.id)) placed.push(chosen);
    const layer = { id: POINTS, kind: "points", source: POINTS, property: "m", breaks: [0, 1], colors: MEANINGS.map(baseMap.colour), paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 8, 4, 12, 6, 16, 10] } };
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
    const bounds = await baseMap.startBounds(alerts.city(), alerts.rights().unit);
    base = await baseMap.make(alerts.city());
    if (!chosen) look({ bounds, fly: false, padding: 16 });
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
