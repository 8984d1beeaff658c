// What do all parts of the page of cases share? Words, time as the server has it, the address, names, what may be done.
//
// Parts add themselves to `minqing.cases`; other pages are not served these files.
(function () {
  "use strict";
  const app = (window.minqing = window.minqing || {});
  app.cases = { isHere: window.location.pathname === "/cases" };
  if (!app.cases.isHere) return;
  const doc = document;
  const lang = doc.documentElement.dataset.lang === "en" ? "en" : "zh";
  const { el, fill, number, request, newKey, nameOf, classOf, Refused, tag } = app.kit;
  const { on, emit } = app.kit.newEvents();
  /** What stands behind a key `cases.say.…`, with values for the holes. */
  const say = app.kit.wordsOf("cases-words");

  /** Keys of the address that this page reads; theme and language belong to every page. */
  const KEYS = ["queue", "state", "deadline", "class", "unit", "department", "q", "sort", "figure", "part", "adjusted", "level", "child", "seen_at", "from", "to", "case"];

  /** @returns {Object<string, string>} */
  function address() {
    const held = new URLSearchParams(window.location.search);
    return Object.fromEntries(KEYS.filter((key) => held.get(key)).map((key) => [key, held.get(key)]));
  }

  /**
   * Changes the address; parts hear `address` with what changed.
   * @param {Object<string, string|number|null>} change null or "" takes a key away
   * @param {{isStep?: boolean}} [how] a step through the list is no step back to
   */
  function go(change, how) {
    const held = new URLSearchParams(window.location.search);
    for (const [key, value] of Object.entries(change)) {
      if (value === null || value === undefined || value === "") held.delete(key);
      else held.set(key, String(value));
    }
    const text = held.toString();
    if (`?${text}` === window.location.search || (!text && !window.location.search)) return;
    window.history[how?.isStep ? "replaceState" : "pushState"]({}, "", window.location.pathname + (text ? `?${text}` : ""));
    tellAddress();
  }

  let told = {};
  function tellAddress() {
    const now = address();
    const changed = KEYS.filter((key) => now[key] !== told[key]);
    told = now;
    if (changed.length) emit("address", { now, changed: new Set(changed) });
  }
  window.addEventListener("minqing:address", tellAddress);

  /** The server's clock, carried on by a clock of the browser that nobody can set. */
  const clock = { server: null, at: 0 };
  function anchor(asOf) {
    if (!asOf) return;
    clock.server = Date.parse(asOf);
    clock.at = performance.now();
  }
  const now = () => (clock.server === null ? null : clock.server + performance.now() - clock.at);

  /** Asks the server; its clock comes with answers about cases, others tell how old their figures are. */
  async function ask(method, path, body, signal) {
    const answer = await request(method, path, body, signal);
    if (path.startsWith("/api/v1/cases")) anchor(answer.as_of);
    return answer;
  }

  const ticks = new Set();
  /** Calls back every second; returns what ends it. */
  function onTick(act) {
    ticks.add(act);
    return () => ticks.delete(act);
  }
  window.setInterval(() => ticks.forEach((act) => act()), 1000);

  /** @type {{zone: string, classes: Map, departments: Map<number, Object>, keys: Map<string, Object>, sources: Map<string, string>, groups: Object[], levels: Object[], root: Object, revision: number}|null} */
  let city = null;
  /** Names of classes and departments, levels and the time zone; read once. */
  async function readCity() {
    const [catalog, levels, units] = await Promise.all([ask("GET", "/api/v1/classes"), ask("GET", "/api/v1/levels"), ask("GET", "/api/v1/units?parent=")]);
    city = {
      zone: levels.time_zone,
      levels: levels.items,
      revision: levels.boundary_revision,
      root: units.items[0],
      groups: catalog.groups,
      classes: new Map(catalog.items.map((one) => [one.code, one])),
      departments: new Map(catalog.departments.map((one) => [one.id, one])),
      keys: new Map(catalog.departments.map((one) => [one.key, one])),
      sources: new Map(catalog.sources.map((one) => [one.key, nameOf(one)])),
    };
    return city;
  }

  const departmentName = (id) => nameOf(city?.departments.get(id)) || (id === null || id === undefined ? "" : String(id));
  const departmentOfKey = (key) => nameOf(city?.keys.get(key)) || key || "";

  const formats = new Map();
  function formatted(text, options) {
    if (!text) return "—";
    const key = JSON.stringify(options);
    if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(tag, { ...options, hourCycle: "h23", timeZone: city?.zone }));
    return formats.get(key).format(new Date(text));
  }
  const DAY = { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" };
  /** A moment in the time of the city. */
  const moment = (text) => formatted(text, { year: "numeric", ...DAY, second: "2-digit" });
  const shortMoment = (text) => formatted(text, DAY);

  const rights = () => doc.getElementById("cases-page").dataset;
  let acts = null;
  /** Whether the account may ever do this. */
  const may = (act) => (acts = acts || new Set(JSON.parse(rights().acts))).has(act);

  /** A line at the edge of the screen that goes by itself. */
  function tell(text, meaning) {
    const shape = { good: "✓", bad: "▲" }[meaning] || "●";
    const line = el("p.cases-toast", { role: meaning === "bad" ? "alert" : "status", "data-meaning": meaning || "plain" }, el("span.shape", { "aria-hidden": "true" }, shape), text);
    let box = doc.getElementById("cases-toasts");
    if (!box) doc.body.append((box = el("div", { id: "cases-toasts" })));
    box.append(line);
    window.setTimeout(() => line.remove(), meaning === "bad" ? 9000 : 5000);
  }

  /** Why something could not be had, in words. */
  function wordsFor(error) {
    if (!(error instanceof Refused)) return say("unreachable");
    if (error.status === 401) return say("signed_out");
    return error.message;
  }

  app.kit.whenDrawn(["cases-page", "cases-words", "cases-grid", "cases-map", "cases-case"], async () => {
    app.drafts.keepOnly(rights().account);
    try {
      await readCity();
    } catch (error) {
      tell(wordsFor(error), "bad");
      return;
    }
    told = address();
    emit("ready", told);
  });

  Object.assign(app.cases, {
    lang, say, el, fill, number, ask, newKey, on, emit, address, go, now, onTick, nameOf, classOf, departmentName, departmentOfKey,
    moment, shortMoment, rights, may, tell, wordsFor, Refused,
    city: () => city,
    account: () => rights().account,
    /** Whether the account does anything at all to cases. */
    acts: () => JSON.parse(rights().acts),
    setProps: (id, props) => window.dash_clientside.set_props(id, props),
    draft: {
      read: (name) => app.drafts.read(rights().account, name),
      write: (name, value) => app.drafts.write(rights().account, name, value),
      drop: (name) => app.drafts.drop(rights().account, name),
    },
  });
})();
