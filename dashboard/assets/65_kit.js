// What do pages that draw themselves in the browser share? Elements, figures in words, and the way to the server.
(function () {
  "use strict";
  const app = (window.minqing = window.minqing || {});
  const doc = document;
  const isEnglish = doc.documentElement.dataset.lang === "en";
  const tag = isEnglish ? "en" : "zh-CN";
  const SVG = new Set(["svg", "path", "polyline", "line", "rect", "circle", "text"]);

  /**
   * A new element.
   * @param {string} kind tag with classes, such as "button.act.strong"
   * @param {Object<string, *>|null} attributes names as in HTML; functions are listeners; null and false leave one out
   * @param {...(Node|string|number|null|undefined|false|Array)} children
   */
  function el(kind, attributes, ...children) {
    const [name, ...classes] = kind.split(".");
    const node = SVG.has(name) ? doc.createElementNS("http://www.w3.org/2000/svg", name) : doc.createElement(name);
    if (classes.length) node.setAttribute("class", classes.join(" "));
    if (name === "button") node.type = "button";
    for (const [key, value] of Object.entries(attributes || {})) {
      if (typeof value === "function") node.addEventListener(key, value);
      else if (key === "style") node.style.cssText = value;
      else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
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

  /** A number in words; an em dash where there is none. */
  function number(value, digits) {
    if (value === null || value === undefined || Number.isNaN(value)) return "—";
    return value.toLocaleString(tag, { minimumFractionDigits: digits ?? 0, maximumFractionDigits: digits ?? 0 });
  }

  /** The name of a unit, a class or a department in the language of the page; empty for none. */
  const nameOf = (thing) => (thing ? (isEnglish ? thing.name_en || thing.name_zh || thing.name : thing.name_zh || thing.name) : "");

  /** The name of the class of an incident in the language of the page. */
  const classOf = (row) => (isEnglish && row.class_name_en) || row.class_name;

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
   * @param {string} path
   * @param {Object|FormData} [body]
   * @param {AbortSignal} [signal]
   * @returns {Promise<Object>} the answer
   * @throws {Refused} with the server's reason; TypeError where no answer came
   */
  async function request(method, path, body, signal) {
    const options = { method, signal, headers: { Accept: "application/json" } };
    if (body instanceof FormData) options.body = body;
    else if (body !== undefined) {
      options.headers["Content-Type"] = "application/json";
      options.body = JSON.stringify(body);
    }
    const response = await fetch(path, options);
    const isJson = (response.headers.get("content-type") || "").includes("json");
    const answer = isJson ? await response.json() : {};
    if (!response.ok) throw new Refused(response.status, answer);
    return answer;
  }

  /** A key by which the server knows a request again; also where the page is not served over TLS. */
  function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /** Words of the page by the last part of their locale key, which the server has put into a hidden element. */
  function wordsOf(id) {
    let words = null;
    return (name, values) => {
      words = words || JSON.parse(doc.getElementById(id).textContent);
      return (words[name] ?? name).replace(/{(\w+)}/g, (hole, key) => (values && key in values ? String(values[key]) : hole));
    };
  }

  /** One listener list per kind of event. */
  function newEvents() {
    const listeners = new Map();
    return {
      on(kind, act) {
        if (!listeners.has(kind)) listeners.set(kind, []);
        listeners.get(kind).push(act);
      },
      emit(kind, detail) {
        for (const act of listeners.get(kind) || []) act(detail);
      },
    };
  }

  /** Waits until Dash has drawn all of these elements. */
  function whenDrawn(ids, act) {
    const isDrawn = () => ids.every((id) => doc.getElementById(id));
    if (isDrawn()) return void act();
    const watcher = new MutationObserver(() => {
      if (!isDrawn()) return;
      watcher.disconnect();
      act();
    });
    watcher.observe(doc.documentElement, { childList: true, subtree: true });
  }

  app.kit = { el, fill, number, nameOf, classOf, request, newKey, newEvents, wordsOf, whenDrawn, Refused, tag };
})();
