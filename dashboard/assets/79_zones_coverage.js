// How much of each zone do posts reach? Circles of their service radii on the map, and a table.
(function () {
  "use strict";
  const zones = window.minqing.zones;
  if (!zones.isHere) return;
  const { ask, el, fill, number, say } = zones;
  const { button, empty, into, named, percent, quiet } = zones.panels;
  const PLACE = "zones-coverage";
  /** Metres in a pixel at the equator at zoom 0. */
  const EQUATOR_M = 78271.517;
  const LOW = 0.5;

  /** @type {Object|null} */
  let found = null;
  let isShown = false;

  const open = () => zones.plan.current()?.plan;

  /** Discs as wide on the ground as posts serve, at every zoom. */
  function overlay() {
    if (!isShown || !found) return { sources: {}, layers: [] };
    const [, south, , north] = zones.plan.current().sheet.bounds;
    const scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const usual = found.kinds.flatMap((kind) => [kind.key, kind.radius_m ?? 0]);
    const radius = ["to-number", ["coalesce", ["get", "service_radius_m"], ["match", ["get", "kind"], ...usual, 0]]];
    const pixels = ["/", radius, EQUATOR_M * Math.cos((((south + north) / 2) * Math.PI) / 180) * scale];
    const kinds = found.kinds.map((kind) => kind.key);
    const paint = {
      "circle-radius": ["interpolate", ["exponential", 2], ["zoom"], 0, pixels, 22, ["*", pixels, 2 ** 22]],
      "circle-color": "#3ecf9a", "circle-opacity": 0.16, "circle-stroke-color": "#117a55", "circle-stroke-width": 1,
    };
    const source = { type: "vector", tiles: ["/tiles/places/{z}/{x}/{y}.mvt"], minzoom: 0, maxzoom: 14 };
    const filter = ["in", ["get", "kind"], ["literal", kinds]];
    return {
      sources: { posts: source },
      layers: [
        { id: "post-reach", kind: "points", source: "posts", sourceLayer: "places", interactive: false, filter, paint },
        { id: "posts", kind: "points", source: "posts", sourceLayer: "places", filter, paint: { "circle-radius": 3.5, "circle-color": "#117a55" } },
      ],
      tooltips: [{ layer: "posts", property: "name" }],
    };
  }

  async function read() {
    const plan = open();
    if (!plan) return fill(PLACE, el("h3", null, say("coverage_title")), empty(say("coverage_no_plan")));
    return into(PLACE, async () => {
      found = await ask("GET", `/plans/${plan.id}/coverage`);
      if (isShown) zones.map.show();
      return body();
    });
  }

  function toggle() {
    isShown = !isShown;
    zones.map.show();
    fill(PLACE, ...body());
  }

  function body() {
    const radii = found.kinds.map((kind) => say("coverage_kind", { name: named(kind.zh, kind.en), m: number(kind.radius_m) })).join(say("list_comma"));
    return [
      el("h3", null, say("coverage_title")), quiet(say("coverage_hint", { radii })),
      el("div.panel-acts", null, button(say(isShown ? "coverage_hide" : "coverage_show"), toggle, { "aria-pressed": String(isShown), "data-coverage": "toggle" })),
      table(),
    ];
  }

  function table() {
    const head = ["coverage_zone", "coverage_posts", "coverage_area", "coverage_people", "coverage_cases"].map((key) => el("th", { scope: "col" }, say(key)));
    const posts = (row) => Object.values(row.posts).reduce((a, b) => a + b, 0);
    const share = (value) => el(`td${value !== null && value < LOW ? ".low" : ""}`, null, value !== null && value < LOW && el("span", { "aria-label": say("coverage_low") }, "▲ "), percent(value));
    const line = (row, name, kind) => el(`tr${kind}`, null, el("th", { scope: "row" }, name), el("td", null, number(posts(row))), share(row.area), share(row.people), share(row.cases));
    const rows = [...found.zones].sort((a, b) => (a.cases ?? 2) - (b.cases ?? 2));
    return el("div.table-box.coverage-table", null, el("table.plain-table", null, el("thead", null, el("tr", null, head)),
      el("tbody", null, line(found.all, say("coverage_all"), ".whole"), rows.map((row) => line(row, say("zone_short", { n: row.no + 1, name: zones.nameOf(row) || "" }), "")))));
  }

  /** Nothing is asked for a panel that nobody sees. */
  const isSeen = () => document.getElementById(PLACE)?.parentElement.checkVisibility();
  let held = "";
  function follows() {
    const plan = open();
    const key = plan ? `${plan.id}:${plan.version}` : "none";
    if (key === held || !isSeen()) return;
    held = key;
    read();
  }

  zones.whenDrawn(() => document.addEventListener("click", (event) => event.target.closest("[data-zones-tab]") && window.setTimeout(follows)));
  zones.on("opened", () => {
    found = null;
    isShown = false;
    held = "";
    follows();
  });
  zones.on("changed", follows);
  zones.overlays.push(overlay);
})();
