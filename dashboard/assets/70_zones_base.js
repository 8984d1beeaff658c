// What do all parts of the planner share? Words, elements, figures in words, and the way to the server.
//
// Parts add themselves to `minqing.zones`; other pages get an empty one, as Dash asks for functions by name everywhere.
(function () {
  "use strict";
  const app = (window.minqing = window.minqing || {});
  app.zones = { isHere: window.location.pathname === "/zones" };
  if (!app.zones.isHere) return;
  const doc = document;
  const lang = doc.documentElement.dataset.lang === "en" ? "en" : "zh";

  /** @type {Object<string, string>|null} */
  let words = null;

  /**
   * @param {string} name last part of a key `zones.say.…`
   * @param {Object<string, *>} [values] for the holes
   */
  function say(name, values) {
    words = words || JSON.parse(doc.getElementById("zones-words").textContent);
    return (words[name] ?? name).replace(/{(\w+)}/g, (hole, key) => (values && key in values ? String(values[key]) : hole));
  }

  const SVG = new Set(["svg", "path", "polyline", "line", "rect", "circle", "text"]);

  /**
   * A new element.
   * @param {string} kind tag with classes, such as "button.act.strong"
   * @param {Object<string, *>|null} attributes names as in HTML; functions are listeners; null and false leave one out
   * @param {...(Node|string|number|null|undefined|false|Array)} children
   */
  function el(kind, attributes, ...children) {
    const [tag, ...classes] = kind.split(".");
    const node = SVG.has(tag) ? doc.createElementNS("http://www.w3.org/2000/svg", tag) : doc.createElement(tag);
    if (classes.length) node.setAttribute("class", classes.join(" "));
    if (tag === "button") node.type = "button";
    for (const [name, value] of Object.entries(attributes || {})) {
      if (typeof value === "function") node.addEventListener(name, value);
      else if (name === "style") node.style.cssText = value;
      else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return node;
  }

  /** Puts children into a place of the page; the focus stays on the same data-key, lists (data-scroll) where they were. */
  function fill(place, ...children) {
    const node = typeof place === "string" ? doc.getElementById(place) : place;
    if (!node) return;
    const key = node.contains(doc.activeElement) ? doc.activeElement.closest("[data-key]")?.dataset.key : null;
    const top = node.scrollTop;
    const rolled = [...node.querySelectorAll("[data-scroll]")].map((part) => [part.dataset.scroll, part.scrollTop, part.scrollLeft]);
    node.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    node.scrollTop = top;
    for (const [name, y, x] of rolled) node.querySelector(`[data-scroll="${name}"]`)?.scrollTo(x, y);
    if (key) node.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
  }

  const tag = lang === "en" ? "en" : "zh-CN";
  /** A number in words; an em dash where there is none. */
  function number(value, digits) {
    if (value === null || value === undefined || Number.isNaN(value)) return "—";
    return value.toLocaleString(tag, { minimumFractionDigits: digits ?? 0, maximumFractionDigits: digits ?? 0 });
  }

  /** A difference with its sign; no difference at this precision is ±0. */
  function signed(value, digits) {
    if (value === null || value === undefined || Number.isNaN(value)) return "—";
    const text = number(Math.abs(value), digits);
    if (Number(Math.abs(value).toFixed(digits ?? 0)) === 0) return `±${text}`;
    return (value > 0 ? "+" : "−") + text;
  }

  /** What the server refused, with its reason; `problem` is its body. */
  class Refused extends Error {
    constructor(status, problem) {
      super(problem.cause ? [problem.cause, problem.remedy].filter(Boolean).join(" ") : problem.detail || problem.title || `HTTP ${status}`);
      this.status = status;
      this.problem = problem;
    }
  }

  /**
   * Asks the server.
   * @param {string} method
   * @param {string} path below /api/v1/zones, or one that begins with /api/
   * @param {Object} [body]
   * @param {AbortSignal} [signal]
   * @returns {Promise<Object>} the answer
   * @throws {Refused} with the server's reason
   */
  async function ask(method, path, body, signal) {
    const options = { method, signal, headers: { Accept: "application/json" } };
    if (body !== undefined) {
      options.headers["Content-Type"] = "application/json";
      options.body = JSON.stringify(body);
    }
    const response = await fetch(path.startsWith("/api/") ? path : `/api/v1/zones${path}`, options);
    const isJson = (response.headers.get("content-type") || "").includes("json");
    const answer = isJson ? await response.json() : {};
    if (!response.ok) throw new Refused(response.status, answer);
    return answer;
  }

  /** A line at the edge of the screen that goes by itself. */
  function tell(text, meaning) {
    const shape = { good: "✓", bad: "▲" }[meaning] || "●";
    const line = el("p.zones-toast", { role: meaning === "bad" ? "alert" : "status", "data-meaning": meaning || "plain" }, el("span.shape", { "aria-hidden": "true" }, shape), text);
    let box = doc.getElementById("zones-toasts");
    if (!box) doc.body.append((box = el("div", { id: "zones-toasts" })));
    box.append(line);
    window.setTimeout(() => line.remove(), meaning === "bad" ? 9000 : 5000);
  }

  /** One listener list per kind of event. */
  const listeners = new Map();
  function on(kind, act) {
    if (!listeners.has(kind)) listeners.set(kind, []);
    listeners.get(kind).push(act);
  }
  function emit(kind, detail) {
    for (const act of listeners.get(kind) || []) act(detail);
  }

  /** Waits until the page has been drawn by Dash. */
  function whenDrawn(act) {
    const isDrawn = () => doc.getElementById("zones-map") && doc.getElementById("zones-words");
    if (isDrawn()) return void act();
    const watcher = new MutationObserver(() => {
      if (!isDrawn()) return;
      watcher.disconnect();
      act();
    });
    watcher.observe(doc.documentElement, { childList: true, subtree: true });
  }

  const rights = () => doc.getElementById("zones-page").dataset;

  Object.assign(app.zones, {
    /** Functions that give sources, layers and tooltips to lie over the open plan. */
    overlays: [],
    lang, say, el, fill, number, signed, ask, tell, on, emit, whenDrawn, Refused,
    may: (what) => rights()[`may${what[0].toUpperCase()}${what.slice(1)}`] === "true",
    account: () => rights().account,
    setProps: (id, props) => window.dash_clientside.set_props(id, props),
    /** The name of something in the language of the page. */
    nameOf: (thing) => (lang === "en" && thing.name_en) || thing.name,
  });
})();
