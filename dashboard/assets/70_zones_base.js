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

  const { el, fill, number, request, Refused } = app.kit;
  const { on, emit } = app.kit.newEvents();
  /** What stands behind a key `zones.say.…`, with values for the holes. */
  const say = app.kit.wordsOf("zones-words");
  const whenDrawn = (act) => app.kit.whenDrawn(["zones-map", "zones-words"], act);

  /** A difference with its sign; no difference at this precision is ±0. */
  function signed(value, digits) {
    if (value === null || value === undefined || Number.isNaN(value)) return "—";
    const text = number(Math.abs(value), digits);
    if (Number(Math.abs(value).toFixed(digits ?? 0)) === 0) return `±${text}`;
    return (value > 0 ? "+" : "−") + text;
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
  const ask = (method, path, body, signal) => request(method, path.startsWith("/api/") ? path : `/api/v1/zones${path}`, body, signal);

  /** A line at the edge of the screen that goes by itself. */
  function tell(text, meaning) {
    const shape = { good: "✓", bad: "▲" }[meaning] || "●";
    const line = el("p.zones-toast", { role: meaning === "bad" ? "alert" : "status", "data-meaning": meaning || "plain" }, el("span.shape", { "aria-hidden": "true" }, shape), text);
    let box = doc.getElementById("zones-toasts");
    if (!box) doc.body.append((box = el("div", { id: "zones-toasts" })));
    box.append(line);
    window.setTimeout(() => line.remove(), meaning === "bad" ? 9000 : 5000);
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
