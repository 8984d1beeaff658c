// What happens at a click, a key or a choice, without asking the server? Everything here ends in one change of the state.
(function () {
  "use strict";
  const app = window.minqing;
  const doc = document;

  const byId = (id) => doc.getElementById(id);
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);

  /** Elements say themselves what they change: data-patch='{"unit":"441502"}'. */
  doc.addEventListener("click", (event) => {
    const source = event.target.closest("[data-patch]");
    if (source && !source.disabled) {
      event.preventDefault();
      app.patch(JSON.parse(source.dataset.patch));
      if (source.closest("#map-suggestions")) closeSuggestions();
      return;
    }
    const action = event.target.closest("[data-action]");
    if (action) ACTIONS[action.dataset.action]?.(action);
    else if (!event.target.closest(".search")) closeSuggestions();
  });

  const ACTIONS = {
    theme: toggleTheme,
    lang: toggleLang,
    help: () => openHelp(true),
    up: goUp,
    play: () => app.togglePlay(),
    "tree-toggle": (el) => app.toggleTree(el.dataset.code),
    reload: () => window.location.reload(),
    tool: (el) => useTool(el.dataset.tool),
    export: (el) => app.startExport(el.dataset.kind),
  };

  function toggleTheme() {
    app.patch({ theme: app.completed(app.readQuery()).theme === "light" ? "dark" : "light" });
  }

  function toggleLang() {
    app.patch({ lang: doc.documentElement.dataset.lang === "en" ? "zh" : "en" });
  }

  function useTool(tool) {
    if (!byId("map-tools")) return;
    setProps("map-view", { tool });
    app.showTool(tool);
  }

  function openHelp(opened) {
    setProps("help-dialog", { opened });
  }

  /** The unit above, which the server writes beside the breadcrumb; there is none above the whole city. */
  function goUp() {
    const above = byId("map-breadcrumb")?.querySelector("[data-parent]")?.dataset;
    if (above) app.patch({ unit: above.parent, at: above.parentAt });
  }

  /** Leaves a drawing tool, closes what lies on top, lets a selection go; with nothing of these it goes up one level. */
  function stepBack() {
    if (closeSuggestions()) return;
    const query = app.readQuery();
    if (app.tool && app.tool !== "pan") {
      useTool("pan");
      return;
    }
    if (query.panel) app.patch({ panel: null });
    else if (query.select) app.patch({ select: null });
    else goUp();
  }

  function closeSuggestions() {
    const box = byId("map-suggestions");
    if (!box || !box.childElementCount) return false;
    setProps("map-search", { value: "" });
    setProps("map-suggestions", { children: [] });
    doc.activeElement?.blur?.();
    return true;
  }

  /** Buttons that look like fields to the page, such as the ones for the period, take no letters. */
  const UNWRITTEN = new Set(["radio", "checkbox", "range", "button"]);
  const isTyping = (el) => el && (el.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) && !UNWRITTEN.has(el.type)));
  const OVERLAYS = ".mantine-Modal-content, .mantine-Menu-dropdown, .mantine-Popover-dropdown, .mantine-Combobox-dropdown";
  /** Mantine keeps closed overlays in the page, unseen. */
  const isOverlayOpen = () => [...doc.querySelectorAll(OVERLAYS)].some((el) => el.checkVisibility());

  const KEYS = {
    "/": () => byId("map-search")?.focus(),
    "?": () => openHelp(true),
    t: toggleTheme,
    b: () => useTool("box"),
    l: () => useTool("lasso"),
    e: toggleLang,
    p: () => app.togglePlay(),
    Backspace: goUp,
    Escape: stepBack,
  };

  doc.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (moveInList(event)) return;
    if (event.key === "Escape" && doc.activeElement?.id === "map-search") {
      closeSuggestions();
      doc.activeElement.blur();
      return;
    }
    if (isTyping(doc.activeElement) || isOverlayOpen()) return;
    const act = KEYS[event.key] || KEYS[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });

  /** Up and down walk through the items of a list; from the search field down enters the suggestions. */
  function moveInList(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const fromSearch = doc.activeElement?.id === "map-search";
    if (fromSearch && event.key === "Enter") {
      const first = byId("map-suggestions")?.querySelector("button");
      first?.click();
      return Boolean(first);
    }
    if (!step) return false;
    const list = fromSearch ? byId("map-suggestions") : doc.activeElement?.closest("[data-list]");
    const items = list ? [...list.querySelectorAll("button[data-patch]:not(.aside), a[data-patch]")] : [];
    if (!items.length) return false;
    event.preventDefault();
    const at = items.indexOf(doc.activeElement);
    items[Math.max(0, Math.min(items.length - 1, at + step))].focus();
    return true;
  }
})();
