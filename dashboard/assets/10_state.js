// What does the address say, and who is told when it changes? The query string of /map is the state of the page.
(function () {
  "use strict";
  /** Each part of the state has its own store, so that a change asks the server only what depends on it. */
  const FACETS = {
    "map-question": ["unit", "at", "metric", "from", "to", "days", "class", "level", "scheme", "as_of"],
    "map-layers": ["layer", "show"],
    "map-panel": ["panel", "after"],
    "map-select": ["select"],
    "map-theme": ["theme"],
  };
  const REPLACED = new Set(["days", "panel", "select", "as_of"]);
  /** What changes no list. */
  const UNLISTED = new Set(["layer", "show", "theme", "lang", "metric", "level", "scheme"]);
  /** A selection longer than this stays in this window: no address can hold it. */
  const LONGEST_SELECTION = 1500;
  const RELOADING = "lang";

  /** @typedef {Object<string, string>} Query */

  /** @returns {Query} the state that the address holds */
  function readQuery() {
    const query = Object.fromEntries(new URLSearchParams(window.location.search));
    const held = window.history.state?.select;
    return held ? Object.assign(query, { select: held }) : query;
  }

  /** @param {Query} query @returns {string} the same as a query string, keys in a fixed order */
  function toSearch(query) {
    const pairs = Object.keys(query).sort().filter((key) => query[key]).map((key) => [key, query[key]]);
    const text = new URLSearchParams(pairs).toString();
    return text ? "?" + text : "";
  }

  /**
   * Changes the state: address, store and everything that listens to it.
   * @param {Object<string, string|null>} change keys to set; null or "" takes a key away
   */
  function patch(change) {
    const before = readQuery();
    const after = Object.assign({}, before);
    for (const [key, value] of Object.entries(change)) {
      if (value === null || value === undefined || value === "") delete after[key];
      else after[key] = String(value);
    }
    if ("from" in change && !("days" in change)) delete after.days;
    // The level belongs to the unit, the page of a list to everything that decides what is listed.
    if ("unit" in change && !("at" in change)) delete after.at;
    if (!Object.keys(change).every((key) => key === "after" || UNLISTED.has(key))) delete after.after;
    if (toSearch(before) === toSearch(after)) return;
    const quiet = Object.keys(change).every((key) => REPLACED.has(key));
    const isLong = (after.select || "").length > LONGEST_SELECTION;
    const shared = isLong ? Object.assign({}, after, { select: "" }) : after;
    const kept = isLong ? { select: after.select } : {};
    window.history[quiet ? "replaceState" : "pushState"](kept, "", window.location.pathname + toSearch(shared));
    remember(after);
    // Only the map page has stores; others are drawn by the server, from the same address.
    if (RELOADING in change || !document.getElementById("map-page")) window.location.reload();
    else publish(after);
  }

  /** Theme and language are kept for the next visit; the server reads them to draw the first frame right. */
  function remember(query) {
    for (const key of ["theme", "lang"]) {
      if (query[key]) document.cookie = `minqing_${key}=${query[key]};path=/;max-age=31536000;samesite=lax`;
    }
  }

  /** The query with what the server decided for a visitor whose address names no theme or language. */
  function completed(query) {
    const root = document.documentElement.dataset;
    return Object.assign({ theme: root.theme, lang: root.lang }, query);
  }

  function publish(query) {
    const state = completed(query);
    document.documentElement.setAttribute("data-mantine-color-scheme", state.theme);
    for (const [id, keys] of Object.entries(FACETS)) {
      const facet = facetOf(state, keys);
      const text = JSON.stringify(facet);
      if (told[id] === text) continue;
      told[id] = text;
      window.dash_clientside.set_props(id, { data: facet });
    }
    window.dispatchEvent(new Event("minqing:published"));
  }

  function facetOf(state, keys) {
    return Object.fromEntries([...keys, "lang"].filter((key) => state[key]).map((key) => [key, state[key]]));
  }

  // A reloaded page is drawn by the server from the address alone.
  if (window.history.state?.select) window.history.replaceState({}, "");

  /** What each store was told last; at first what the server filled in from the same address. */
  const told = Object.fromEntries(
    Object.entries(FACETS).map(([id, keys]) => [id, JSON.stringify(facetOf(completed(readQuery()), keys))]),
  );

  // The page router of Dash would draw the whole page anew on every change of the query. Steps within one page are ours.
  let pathname = window.location.pathname;
  window.addEventListener(
    "popstate",
    (event) => {
      if (window.location.pathname !== pathname) {
        pathname = window.location.pathname;
        return;
      }
      event.stopImmediatePropagation();
      const query = readQuery();
      if (completed(query).lang !== document.documentElement.dataset.lang) window.location.reload();
      else if (document.getElementById("map-page")) publish(query);
      else window.dispatchEvent(new Event("minqing:address"));
    },
    true,
  );

  window.minqing = Object.assign(window.minqing || {}, { readQuery, completed, patch });
})();
