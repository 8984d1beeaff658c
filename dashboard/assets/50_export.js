// How does the current view leave the browser? One menu, four kinds; a line on the map says how far it is.
(function () {
  "use strict";
  const app = window.minqing;
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);
  const EXPORT_STATE = "map-export-state";
  const SHOWN_MS = 4000;
  let timer = 0;

  /** @param {string} text what the line on the map says; empty hides it */
  function tell(text, isOver) {
    window.clearTimeout(timer);
    setProps(EXPORT_STATE, { children: text });
    if (isOver) timer = window.setTimeout(() => setProps(EXPORT_STATE, { children: "" }), SHOWN_MS);
  }

  /** @returns {Object<string, string>} the sentences of the menu, which the server wrote beside it */
  const words = () => JSON.parse(document.getElementById("map-export-words").textContent);
  const say = (key, name, reason) => words()[key].replace("{name}", name).replace("{reason}", reason || "");

  /** Addresses of the downloads, from the state and from what the server knows of it. */
  function addressOf(kind) {
    const query = app.completed(app.readQuery());
    const context = app.context || {};
    if (kind === "html") return `/export/map.html?${new URLSearchParams(query)}`;
    const [first, last] = (query.days || `${context.from}..${context.to}`).split("..");
    const asked = {
      unit: query.unit, class: query.class, metric: query.metric, level: context.level, from: first, to: last || first,
      as_of: query.as_of,
    };
    const given = Object.entries(asked).filter(([, value]) => value);
    return `/api/v1/export/units.${kind}?${new URLSearchParams(given)}`;
  }

  /** @param {Response} response @param {string} kind @returns {string} the name that the server gives the file */
  function nameOf(response, kind) {
    const match = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") || "");
    return match ? match[1] : `map.${kind}`;
  }

  function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  async function download(kind, label) {
    const response = await fetch(addressOf(kind));
    if (!response.ok) {
      const problem = await response.json().catch(() => ({}));
      throw new Error(problem.detail || `HTTP ${response.status}`);
    }
    save(await response.blob(), nameOf(response, kind));
    tell(say("done", label), true);
  }

  app.startExport = async (kind) => {
    const label = words()[kind];
    tell(say("busy", label), false);
    if (kind === "png") {
      setProps("map-export-order", { data: { kind, nonce: Date.now() } });
      return;
    }
    try {
      await download(kind, label);
    } catch (error) {
      tell(say("failed", label, error.message), true);
    }
  };

  app.exported = (exported) => {
    if (exported) tell(say("done", words().png), true);
  };
})();
