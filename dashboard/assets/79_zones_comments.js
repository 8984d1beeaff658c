// What do people say about the plan, and where? Comments in threads by place, pinned on the map, until they are settled.
(function () {
  "use strict";
  const zones = window.minqing.zones;
  if (!zones.isHere) return;
  const { ask, el, fill, number, say } = zones;
  const { button, empty, fault, into, link, strong } = zones.panels;
  const PLACE = "zones-comments";
  const PINS = "pins";
  const MOST_TEXT = 2000;

  /** @typedef {{id: number, text: string, who: string, made_at: string, zone: number|null, unit: string|null, lon: number|null, lat: number|null, resolved_at: string|null, resolved_by: string|null}} Comment */
  /** @type {Comment[]} */
  let comments = [];
  /** @type {{zone?: number, unit?: string, lon?: number, lat?: number}} where the next comment belongs */
  let where = {};
  let isArmed = false;
  let written = "";
  /** @type {number|null} */
  let chosen = null;

  const open = () => zones.plan.current()?.plan;
  const keyOf = ({ zone, unit, lon, lat }) => (zone !== null && zone !== undefined ? `zone ${zone}` : unit ? `unit ${unit}` : lon !== null && lon !== undefined ? `${lon} ${lat}` : "");
  const placeOf = ({ zone, unit, lon, lat }) => (zone !== null && zone !== undefined ? { zone } : unit ? { unit } : lon !== null && lon !== undefined ? { lon, lat } : {});

  function placeWords({ zone, unit, lon, lat }) {
    if (zone !== null && zone !== undefined) return say("comment_at_zone", { n: number(zone + 1), name: zones.nameOf(zones.plan.zone(zone) || {}) || "" });
    if (unit) return zones.panels.host.namesOf([unit]);
    return lon !== null && lon !== undefined ? say("comment_at_point", { lon: number(lon, 4), lat: number(lat, 4) }) : say("comment_at_plan");
  }

  /** Position of a pin: its own, its unit's, or that of a unit of its zone. @returns {number[]|null} */
  function positionOf(comment) {
    const held = zones.plan.current();
    if (comment.lon !== null && comment.lon !== undefined) return [comment.lon, comment.lat];
    if (comment.unit) return held.sheet.points[held.sheet.placeOfCode.get(comment.unit)] || null;
    if (comment.zone === null || comment.zone === undefined) return null;
    const places = zones.plan.placesOf(comment.zone);
    return places.length ? held.sheet.points[places[Math.floor(places.length / 2)]] : null;
  }

  /** The layer of pins, for the map of the open plan. */
  function overlay() {
    const features = comments.flatMap((comment) => {
      const coordinates = positionOf(comment);
      const name = `${comment.who}: ${comment.text.slice(0, 60)}`;
      return coordinates ? [{ type: "Feature", id: comment.id, properties: { state: comment.resolved_at ? 1 : 0, name }, geometry: { type: "Point", coordinates } }] : [];
    });
    const paint = { "circle-radius": 7, "circle-stroke-width": 2 };
    return {
      sources: { [PINS]: { type: "geojson", data: { type: "FeatureCollection", features } } },
      layers: [{ id: PINS, kind: "points", source: PINS, property: "state", breaks: [0], colors: ["#f2b544", "#8697b0"], paint }],
      tooltips: [{ layer: PINS, property: "name" }],
    };
  }

  async function read() {
    const plan = open();
    if (!plan) {
      comments = [];
      return fill(PLACE, empty(say("comments_no_plan")));
    }
    return into(PLACE, async () => {
      const found = await ask("GET", `/plans/${plan.id}/comments`);
      comments = found.items || found.comments || found;
      zones.map.show();
      return body();
    });
  }

  const show = () => fill(PLACE, ...body());

  function body() {
    const threads = new Map();
    for (const comment of comments) threads.set(keyOf(comment), [...(threads.get(keyOf(comment)) || []), comment]);
    const isOpen = (list) => list.some((comment) => !comment.resolved_at);
    const list = [...threads.values()].sort((a, b) => isOpen(b) - isOpen(a));
    const left = comments.filter((comment) => !comment.resolved_at).length;
    return [
      el("h3", null, say("comments_title"), el("span.quiet", null, say("comments_open", { n: number(left) }))),
      form(),
      list.length ? el("ul.threads", null, list.map(thread)) : empty(say("comments_none")),
    ];
  }

  function form() {
    const field = el("textarea", { rows: 3, maxlength: MOST_TEXT, "aria-label": say("comment_text"), placeholder: say("comment_text"), "data-key": "text", input: () => (written = field.value) });
    field.value = written;
    const { active } = zones.map.chosen;
    const picked = zones.panels.host.selectedCodes();
    const at = (label, place) => link(label, () => ((where = place), disarm(), show()));
    return el("div.comment-form", null, field,
      el("p.quiet", null, say("comment_place", { place: placeWords(where) })),
      el("div.panel-acts", null,
        button(say(isArmed ? "comment_click_map" : "comment_pick"), arm, { "aria-pressed": String(isArmed), "data-comment": "pick" }),
        active !== null && at(say("comment_use_zone"), { zone: active }),
        picked.length === 1 && at(say("comment_use_unit"), { unit: picked[0] }),
        keyOf(where) && at(say("comment_use_plan"), {}),
        strong(say("comment_send"), () => send(written, where), { "data-comment": "send" })));
  }

  function thread(list) {
    const [first] = list;
    const isOpen = list.some((comment) => !comment.resolved_at);
    const reply = el("input", { type: "text", maxlength: MOST_TEXT, "aria-label": say("comment_reply"), placeholder: say("comment_reply"), "data-key": `reply ${keyOf(first)}`, keydown: (event) => event.key === "Enter" && send(reply.value, placeOf(first)) });
    return el(`li.thread${isOpen ? "" : ".settled"}${list.some((one) => one.id === chosen) ? ".chosen" : ""}`, null,
      el("header", null, link(placeWords(first), () => lookAt(first)), el("span.quiet", null, isOpen ? say("comment_open") : `✓ ${say("comment_settled")}`)),
      list.map((comment) => el("article", { "data-comment-id": comment.id },
        el("p.quiet", null, `${comment.who} · ${moment(comment.made_at)}`, comment.resolved_at ? ` · ✓ ${say("comment_settled_by", { who: comment.resolved_by })}` : ""),
        el("p", null, comment.text))),
      el("div.thread-foot", null, reply, isOpen && button(say("comment_settle"), () => settle(list), { "data-comment": "settle" })));
  }

  const moment = (text) => new Date(text).toLocaleString(zones.lang === "en" ? "en" : "zh-CN", { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });

  function lookAt(comment) {
    const point = positionOf(comment);
    if (point) zones.map.flyTo([point[0] - 0.02, point[1] - 0.02, point[0] + 0.02, point[1] + 0.02]);
    if (comment.zone !== null && comment.zone !== undefined) zones.map.setActive(comment.zone);
  }

  async function send(text, place) {
    if (!text.trim()) return zones.tell(say("comment_empty"), "bad");
    try {
      await ask("POST", `/plans/${open().id}/comments`, { text: text.trim(), ...place });
      if (text === written) {
        written = "";
        where = {};
      }
      await read();
    } catch (error) {
      document.getElementById(PLACE).prepend(fault(error));
    }
    return undefined;
  }

  async function settle(list) {
    try {
      for (const comment of list) if (!comment.resolved_at) await ask("POST", `/plans/${open().id}/comments/${comment.id}/resolve`, {});
      await read();
    } catch (error) {
      document.getElementById(PLACE).prepend(fault(error));
    }
  }

  function arm() {
    isArmed = !isArmed;
    document.getElementById("zones-map").classList.toggle("pinning", isArmed);
    show();
  }

  function disarm() {
    isArmed = false;
    document.getElementById("zones-map").classList.remove("pinning");
  }

  // Before the editing tools hear of a click: while a pin is being set, it is no choice of units.
  document.addEventListener("mapview:output", (event) => {
    const { clicked } = event.detail;
    if (!clicked || event.target.id !== "zones-map") return;
    if (isArmed) {
      event.stopPropagation();
      where = { lon: Math.round(clicked.lngLat[0] * 1e6) / 1e6, lat: Math.round(clicked.lngLat[1] * 1e6) / 1e6 };
      disarm();
      show();
      document.querySelector(`#${PLACE} textarea`)?.focus();
    } else if (clicked.layer === PINS) {
      event.stopPropagation();
      chosen = clicked.id;
      document.getElementById("zones-tab-comments")?.click();
      show();
      document.querySelector(`[data-comment-id="${chosen}"]`)?.scrollIntoView({ block: "nearest" });
    }
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !isArmed) return;
    event.stopImmediatePropagation();
    disarm();
    show();
  }, true);

  zones.whenDrawn(read);
  zones.on("opened", () => {
    written = "";
    where = {};
    read();
  });
  zones.on("others", ({ steps }) => steps?.length && open() && read());
  zones.overlays.push(overlay);
})();
