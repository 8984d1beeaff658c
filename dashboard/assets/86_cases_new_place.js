// Where did it happen? A known place or unit by name, or a point on the map; the grid follows from the point.
(function () {
  "use strict";
  const { cases } = window.minqing;
  if (!cases.isHere) return;
  const { el, fill, say } = cases;
  const doc = document;
  const MAP = "cases-map";
  const WAIT_MS = 250;
  const MOST_HITS = 8;
  const DIGITS = 6;

  /** @type {{lon: number, lat: number}|null} */
  let point = null;
  let grid = "";
  let isPicking = false;
  let centre = null;
  let views = 1_000_000;
  let hits = [];
  let chosen = -1;
  let typing = 0;
  /** Told of every change of the point, with a name where there is one. */
  let changed = () => undefined;

  const rounded = (degrees) => Number(degrees.toFixed(DIGITS));

  /** Puts the point, or takes it away with null. */
  function put(where, name, isQuiet) {
    point = where && { lon: rounded(where.lon), lat: rounded(where.lat) };
    grid = "";
    cases.emit("pin", point);
    tellGrid();
    if (!isQuiet) changed(name || "");
  }

  /** The grid is not typed: the point tells it. */
  async function tellGrid() {
    showPoint();
    const asked = point;
    if (!asked) return;
    try {
      const { items } = await cases.ask("GET", `/api/v1/units/at?lon=${asked.lon}&lat=${asked.lat}`);
      if (asked !== point) return;
      grid = items.length ? items.slice(-3).map(cases.nameOf).join(" › ") : say("new_no_grid");
    } catch {
      if (asked === point) grid = say("new_grid_unknown");
    }
    showPoint();
  }

  function showPoint() {
    const words = point ? [el("b", null, grid || "…"), el("span.quiet", null, ` ${point.lat.toFixed(5)}, ${point.lon.toFixed(5)} `), el("button.link", { "data-key": "new-unplace", click: () => put(null) }, say("new_unplace"))] : el("span.quiet", null, say("new_unplaced"));
    fill("cases-new-point", words);
  }

  function see(where, zoom) {
    views += 1;
    cases.setProps(MAP, { view: { nonce: views, center: [where.lon, where.lat], zoom, fly: false } });
  }

  function onType(event) {
    window.clearTimeout(typing);
    typing = window.setTimeout(() => search(event.target.value.trim()), WAIT_MS);
  }

  async function search(text) {
    if (!text) return showHits([]);
    const query = new URLSearchParams({ q: text, limit: MOST_HITS });
    const [places, units] = await Promise.all([`/api/v1/places?${query}`, `/api/v1/units/search?${query}`].map((path) => cases.ask("GET", path).catch(() => ({ items: [] }))));
    if (doc.getElementById("cases-new-search")?.value.trim() !== text) return undefined;
    const found = places.items.map((one) => ({ name: cases.nameOf(one), where: { lon: one.lon, lat: one.lat }, of: one.unit_name || "", zoom: 16 }));
    const around = units.items.filter((one) => one.level !== "zone").map((one) => ({ name: cases.nameOf(one), where: { lon: one.label[0], lat: one.label[1] }, of: `${one.code} · ${say("new_label_point")}`, zoom: 14 }));
    return showHits([...found, ...around].slice(0, MOST_HITS), true);
  }

  function showHits(found, isAsked) {
    hits = found;
    chosen = found.length ? 0 : -1;
    drawHits(isAsked);
  }

  function drawHits(isAsked) {
    const field = doc.getElementById("cases-new-search");
    const isOpen = hits.length > 0 || Boolean(isAsked);
    field?.setAttribute("aria-expanded", String(isOpen));
    if (chosen >= 0) field?.setAttribute("aria-activedescendant", `cases-new-hit-${chosen}`);
    else field?.removeAttribute("aria-activedescendant");
    const rows = hits.map((hit, place) => el("li", { id: `cases-new-hit-${place}`, role: "option", "aria-selected": String(place === chosen), mousedown: (event) => { event.preventDefault(); choose(place); } }, el("b", null, hit.name), el("span.quiet", null, ` ${hit.of}`)));
    fill("cases-new-hits", rows.length ? rows : isAsked ? el("li.quiet", null, say("new_no_place")) : null);
  }

  function choose(place) {
    const hit = hits[place];
    if (!hit) return;
    const field = doc.getElementById("cases-new-search");
    field.value = hit.name;
    showHits([]);
    see(hit.where, hit.zoom);
    put(hit.where, hit.name);
  }

  function onKey(event) {
    if (event.isComposing) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && hits.length) {
      chosen = (chosen + by + hits.length) % hits.length;
      drawHits();
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) choose(chosen);
    else if (event.key === "Escape" && hits.length) {
      showHits([]);
      event.stopPropagation();
    } else return;
    event.preventDefault();
  }

  /** While picking, a press on the map is the place, and Enter its middle. */
  function pick(isOn) {
    isPicking = isOn;
    doc.getElementById("cases-page").classList.toggle("cases-picking", isOn);
    const button = doc.getElementById("cases-new-pick");
    button?.setAttribute("aria-pressed", String(isOn));
    if (button) button.textContent = say(isOn ? "new_pick_stop" : "new_pick");
    fill("cases-new-pick-hint", isOn ? say("new_pick_hint") : null);
    if (!isOn) return button?.focus();
    doc.querySelector(".cases-stage").scrollIntoView({ block: "center" });
    return (doc.querySelector(`#${MAP} canvas[tabindex], #${MAP} [tabindex="0"]`) || doc.getElementById(MAP)).focus();
  }

  function picked(lngLat) {
    if (!lngLat) return;
    put({ lon: lngLat[0], lat: lngLat[1] });
    pick(false);
  }

  // Before the page's own listener, which would open the case under the press.
  doc.addEventListener("mapview:output", (event) => {
    if (event.target.id !== MAP) return;
    if (event.detail.viewport) centre = event.detail.viewport.center;
    if (!isPicking || !event.detail.clicked) return;
    event.stopImmediatePropagation();
    picked(event.detail.clicked.lngLat);
  }, true);

  window.addEventListener("keydown", (event) => {
    if (!isPicking || (event.key !== "Enter" && event.key !== "Escape") || event.target.id === "cases-new-pick") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.key === "Enter") picked(centre);
    else pick(false);
  }, true);

  /** @param {(name: string) => void} onChange */
  function draw(onChange) {
    changed = onChange;
    return el("fieldset.cases-field.cases-new-place", { "data-field": "lon" }, el("legend", null, say("new_place")),
      el("div.cases-new-search", null,
        el("input", { id: "cases-new-search", type: "text", role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "cases-new-hits", "aria-label": say("new_search"), placeholder: say("new_search"), input: onType, keydown: onKey, blur: () => showHits([]) }),
        el("ul", { id: "cases-new-hits", role: "listbox", "aria-label": say("new_search") }),
        el("button.act", { id: "cases-new-pick", "aria-pressed": "false", click: () => pick(!isPicking) }, say("new_pick"))),
      el("p", { id: "cases-new-pick-hint", role: "status" }),
      el("p", { id: "cases-new-point" }),
      el("p.cases-wrong", { id: "cases-new-wrong-lon", role: "alert" }));
  }

  cases.newPlace = { draw, put, point: () => point, isPicking: () => isPicking, stop: () => isPicking && pick(false) };
})();
