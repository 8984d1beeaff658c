// What do all parts of the page of alerts share, and which alerts does the list hold?
//
// Parts add themselves to `minqing.alerts`; other pages are not served these files.
(function () {
  "use strict";
  const app = (window.minqing = window.minqing || {});
  app.alerts = { isHere: window.location.pathname === "/alerts" };
  if (!app.alerts.isHere) return;
  const doc = document;
  const lang = doc.documentElement.dataset.lang === "en" ? "en" : "zh";
  const { el, fill, number, request, nameOf, classOf, Refused, tag } = app.kit;
  const { on, emit } = app.kit.newEvents();
  /** What stands behind a key `alerts.say.…`, with values for the holes. */
  const say = app.kit.wordsOf("alerts-words");
  const KEYS = ["state", "rule", "class", "unit", "owner", "due", "case"];
  const STATES = ["open", "acknowledged", "closed"];
  const SHAPES = { open: "▲", acknowledged: "◐", closed: "✓" };
  const MEANINGS = { open: "breached", acknowledged: "approaching", closed: "closed" };

  function address() {
    const held = new URLSearchParams(window.location.search);
    return Object.fromEntries(KEYS.filter((key) => held.get(key)).map((key) => [key, held.get(key)]));
  }

  /** Changes the address; parts hear `address`. */
  function go(change) {
    const held = new URLSearchParams(window.location.search);
    for (const [key, value] of Object.entries(change)) {
      if (value === null || value === undefined || value === "") held.delete(key);
      else held.set(key, String(value));
    }
    const text = held.toString();
    window.history.pushState({}, "", window.location.pathname + (text ? `?${text}` : ""));
    emit("address", address());
  }
  window.addEventListener("minqing:address", () => emit("address", address()));

  /** @type {{zone: string, departments: Object[], groups: Object[], levels: Object[], root: Object, revision: number, rules: Object}|null} */
  let city = null;
  async function readCity() {
    const [catalog, levels, units, rules] = await Promise.all(["classes", "levels", "units?parent=", "risks/rules"].map((path) => request("GET", `/api/v1/${path}`)));
    city = { zone: levels.time_zone, levels: levels.items, revision: levels.boundary_revision, root: units.items[0], departments: catalog.departments, groups: catalog.groups, rules };
  }

  const ruleOf = (key) => city.rules.rules.find((rule) => rule.key === key);
  /** Words of a rule; one that is no longer among the rules has its key alone. */
  const ruleWords = (key) => ruleOf(key)?.[lang] ?? key;

  function moment(text) {
    return new Intl.DateTimeFormat(tag, { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: city.zone }).format(new Date(text));
  }

  /** Who answers for it, in words. */
  function ownerOf(risk) {
    if (risk.owner_department) return nameOf(city.departments.find((one) => one.key === risk.owner_department)) || risk.owner_department;
    return risk.owner_role ? say(`role_${risk.owner_role}`) : say("no_owner");
  }

  function wordsFor(error) {
    return error instanceof Refused ? error.message : say("unreachable");
  }

  const held = { items: [], next: null, counts: null, today: null };
  let asking = null;
  const query = (more) => new URLSearchParams({ state: "open,acknowledged", ...address(), ...more, case: "" }).toString();

  /** Reads the list from its beginning, or the page that follows; what was there stays, dimmed, until the answer comes. */
  async function read(follows) {
    asking?.abort();
    const { signal } = (asking = new AbortController());
    doc.getElementById("alerts-list").toggleAttribute("data-busy", true);
    try {
      const page = await request("GET", `/api/v1/risks?${query(follows ? { cursor: held.next } : {})}`, undefined, signal);
      Object.assign(held, { items: follows ? [...held.items, ...page.items] : page.items, next: page.next, counts: page.counts, today: page.today });
      drawList();
      emit("rows", held.items);
    } catch (error) {
      if (!signal.aborted) fill("alerts-list", el("p.alerts-problem", { role: "alert" }, `▲ ${wordsFor(error)}`), el("button.act", { click: () => read() }, say("again")));
    } finally {
      if (!signal.aborted) doc.getElementById("alerts-list").removeAttribute("data-busy");
    }
  }

  function mark(state) {
    return el("span.alerts-mark", { "data-meaning": MEANINGS[state] }, el("span", { "aria-hidden": "true" }, SHAPES[state]), say(`state_${state}`));
  }

  function drawSaved() {
    const asked = address();
    const choice = (name, change, isOn) => el("button.alerts-choice", { "data-key": `choice-${name}`, "aria-pressed": String(isOn), click: () => go(change) }, say(`choice_${name}`), held.counts ? el("b", null, number(count(name))) : null);
    const count = (name) => (name === "current" ? held.counts.open + held.counts.acknowledged : held.counts[name]);
    fill("alerts-saved",
      choice("current", { state: null, due: null }, !asked.state && !asked.due),
      STATES.map((state) => choice(state, { state, due: null }, asked.state === state && !asked.due)),
      choice("due", { state: null, due: held.today || "" }, Boolean(asked.due)));
  }

  function select(name, options) {
    const asked = address()[name] ?? "";
    return el("select", { "aria-label": say(`filter_${name}`), "data-key": `filter-${name}`, change: (event) => go({ [name]: event.target.value }) },
      el("option", { value: "" }, say(`filter_${name}`)), options.map(([value, words]) => el("option", { value, selected: value === asked }, words)));
  }

  function drawFilters() {
    const owners = [...city.departments.map((one) => [one.key, nameOf(one)]), ...["operator", "leader"].map((role) => [role, say(`role_${role}`)])];
    fill("alerts-filters",
      select("rule", city.rules.rules.map((rule) => [rule.key, rule[lang]])),
      select("class", city.groups.map((group) => [group.key, nameOf(group)])),
      select("owner", owners));
  }

  function row(risk) {
    const chosen = address().case === String(risk.id);
    const isDue = risk.review_on && risk.state !== "closed" && risk.review_on <= held.today;
    return el("button.alerts-row", { "data-key": `risk-${risk.id}`, "data-risk": risk.id, "aria-current": chosen ? "true" : null, click: () => go({ case: risk.id }) },
      el("span.alerts-row-top", null, mark(risk.state), el("b", null, classOf(risk.incident)), el("span.quiet", null, moment(risk.raised_at))),
      el("span.alerts-row-rules", null, risk.fired.length ? risk.fired.map((one) => ruleWords(one.rule)).join(lang === "en" ? "; " : "；") : say("now_general")),
      el("span.alerts-row-end.quiet", null, el("span", null, risk.incident.unit?.name ?? say("nowhere")), el("span", null, ownerOf(risk)),
        risk.review_on ? el("span", { "data-due": isDue ? "true" : null }, `${isDue ? "▲ " : ""}${say("review_on", { day: risk.review_on })}`) : null));
  }

  function drawList() {
    drawSaved();
    const empty = Object.keys(address()).some((key) => key !== "case") ? "empty_filtered" : "empty";
    fill("alerts-list", held.items.length ? held.items.map(row) : el("p.quiet.alerts-empty", null, say(empty)),
      held.next ? el("button.act", { "data-key": "more", click: () => read(true) }, say("more")) : null);
  }

  /** Arrow keys go through the list. */
  function onKey(event) {
    if (!["ArrowDown", "ArrowUp"].includes(event.key) || !event.target.closest(".alerts-row")) return;
    const rows = [...doc.querySelectorAll(".alerts-row")];
    rows[rows.indexOf(event.target.closest(".alerts-row")) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
    event.preventDefault();
  }

  app.kit.whenDrawn(["alerts-page", "alerts-words", "alerts-list", "alerts-map", "alerts-detail"], async () => {
    try {
      await readCity();
    } catch (error) {
      fill("alerts-list", el("p.alerts-problem", { role: "alert" }, `▲ ${wordsFor(error)}`));
      return;
    }
    drawFilters();
    doc.getElementById("alerts-list").addEventListener("keydown", onKey);
    emit("ready");
    let before = JSON.stringify({ ...address(), case: "" });
    on("address", (now) => {
      const asked = JSON.stringify({ ...now, case: "" });
      if (asked !== before) {
        drawFilters();
        read();
      } else drawList();
      before = asked;
    });
    await read();
    listen();
  });

  /** What happens to alerts elsewhere comes in by itself; how old the picture is stands beside the heading. */
  function listen() {
    if (!app.live) return;
    app.live.subscribe("alerts", () => {
      read();
      emit("changed");
    });
    app.live.subscribe("state", (state) => fill("alerts-state", say(`live_${state}`)));
  }

  Object.assign(app.alerts, {
    lang, say, el, fill, number, request, on, emit, address, go, nameOf, ruleOf, ruleWords, classOf, moment, ownerOf, wordsFor, mark, read, MEANINGS, Refused,
    city: () => city,
    held,
    rights: () => doc.getElementById("alerts-page").dataset,
    setProps: (id, props) => window.dash_clientside.set_props(id, props),
  });
})();
