// Where are the cases of the list, and which is open? The map follows the list, and a press on a point opens its case.
(function () {
  "use strict";
  const { baseMap, cases } = window.minqing;
  if (!cases.isHere) return;
  const { limits, on } = cases;
  const MAP = "cases-map";
  const POINTS = "cases";
  /** Places in the list of colours, by meaning. */
  const MEANINGS = ["within", "approaching", "breached", "closed"];
  const NEAR_ZOOM = 14;
  const isStill = window.matchMedia("(prefers-reduced-motion: reduce)");

  let rows = [];
  let views = 1;
  let zoom = 0;
  let drawn = "";
  let base = null;
  /** Where a new case is being placed. @type {{lon: number, lat: number}|null} */
  let pin = null;

  const meaningOf = (row) => {
    const meaning = limits.meaningOfRow(row);
    return MEANINGS.includes(meaning) ? meaning : "within";
  };

  function feature(row) {
    return { type: "Feature", id: row.id, properties: { m: MEANINGS.indexOf(meaningOf(row)), name: cases.classOf(row) }, geometry: { type: "Point", coordinates: [row.lon, row.lat] } };
  }

  /** Rows of the list, and the open case also where the list does not hold it. */
  function features() {
    const open = cases.current()?.incident;
    const placed = rows.filter((row) => row.lon !== null && row.lat !== null);
    if (open && open.lon !== null && !placed.some((row) => row.id === open.id)) placed.push(open);
    return placed.map(feature);
  }

  function show() {
    if (!base) return;
    const points = features();
    const text = JSON.stringify([points, pin]);
    if (text === drawn) return;
    drawn = text;
    const layer = { id: POINTS, kind: "points", source: POINTS, property: "m", breaks: [0, 1, 2], colors: MEANINGS.map(baseMap.colour), paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 8, 3.5, 12, 5, 16, 9] } };
    const pinned = pin ? [{ type: "Feature", id: 0, properties: { m: 0 }, geometry: { type: "Point", coordinates: [pin.lon, pin.lat] } }] : [];
    const pinLayer = { id: "pin", kind: "points", source: "pin", property: "m", breaks: [0], colors: [baseMap.colour("accent"), baseMap.colour("accent")], paint: { "circle-radius": 10, "circle-stroke-width": 3 } };
    cases.setProps(MAP, {
      sources: { ...base.sources, [POINTS]: { type: "geojson", data: { type: "FeatureCollection", features: points } }, pin: { type: "geojson", data: { type: "FeatureCollection", features: pinned } } },
      layers: [...base.layers, layer, pinLayer],
      tooltips: [],
    });
    mark();
  }

  function mark() {
    const open = cases.current()?.incident;
    cases.setProps(MAP, { selectedIds: { layer: open ? POINTS : null, ids: open ? [open.id] : [] } });
  }

  /** The open case comes into sight; nearer only where the map is far away. */
  let seen = null;
  function follow(found) {
    show();
    mark();
    const open = found?.incident;
    if (!open || open.lon === null || open.id === seen) return;
    seen = open.id;
    views += 1;
    cases.setProps(MAP, { view: { nonce: views, center: [open.lon, open.lat], zoom: Math.max(zoom, NEAR_ZOOM), fly: !isStill.matches } });
  }

  function listen() {
    document.getElementById(MAP).addEventListener("mapview:output", ({ detail }) => {
      if (detail.viewport) zoom = detail.viewport.zoom;
      if (detail.clicked?.layer === POINTS && detail.clicked.id !== null) cases.grid.show(detail.clicked.id);
    });
  }

  on("ready", async () => {
    listen();
    const bounds = await baseMap.startBounds(cases.city(), cases.rights().unit);
    base = await baseMap.make(cases.city());
    views += 1;
    // A case that the address names comes into sight by itself.
    if (!cases.address().case) cases.setProps(MAP, { view: { nonce: views, bounds, fly: false, padding: 16 } });
    show();
    follow(cases.current());
  });
  on("rows", (held) => {
    rows = held;
    show();
  });
  on("case", follow);
  on("pin", (where) => {
    pin = where;
    show();
  });
  // A limit that runs out changes the colour of its point.
  let ticks = 0;
  cases.onTick(() => {
    ticks += 1;
    if (ticks % 10 === 0) show();
  });
})();
