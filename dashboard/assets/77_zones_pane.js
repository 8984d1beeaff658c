// How do several maps stand beside each other: each its own, moved together, the same unit marked in all?
(function () {
  "use strict";
  const zones = window.minqing.zones;
  if (!zones.isHere) return;
  const { el, say } = zones;

  /** Maps that move together. */
  class PaneGroup {
    constructor() {
      /** @type {{engine: Object, element: HTMLElement}[]} */
      this.panes = [];
      this.isLed = false;
    }

    /**
     * @param {HTMLElement} element filled with the map
     * @param {Object} props of the map, as `zones.sheet.drawZones` makes them
     * @param {Object} sheet
     */
    async add(element, props, sheet) {
      const theme = document.documentElement.getAttribute("data-mantine-color-scheme") === "light" ? "light" : "dark";
      const host = el("div.mqmv-host");
      element.classList.add("mqmv", `mqmv-${theme}`);
      element.replaceChildren(host, el("div.mqmv-loading", null, say("panel_loading")));
      const tools = await window.minqing_map_view.loadProgram();
      if (!element.isConnected) return;
      if (tools.detectGraphics().webgl === "none") return void element.replaceChildren(zones.panels.empty(say("compare_no_graphics")));
      const pane = { element };
      const out = { set: (told) => "hovered" in told && this.hover(pane, told.hovered), status: () => {}, event: () => {} };
      const all = { ...props, lang: zones.lang, theme, reducedMotion: true, view: { nonce: 1, bounds: sheet.bounds, padding: 16, fly: false } };
      pane.engine = new tools.MapEngine(tools.gl, host, all, out);
      element.querySelector(".mqmv-loading").remove();
      this.panes.push(pane);
      pane.engine.map.on("move", () => this.move(pane));
      if (this.panes.length > 1) this.move(this.panes[0]);
    }

    /** All maps look where one of them looks. */
    move(leader) {
      if (this.isLed) return;
      this.isLed = true;
      const { map } = leader.engine;
      const view = { center: map.getCenter(), zoom: map.getZoom(), bearing: map.getBearing(), pitch: map.getPitch() };
      for (const pane of this.panes) if (pane !== leader) pane.engine.map.jumpTo(view);
      this.isLed = false;
    }

    /** The same unit is marked in all maps. */
    hover(leader, hovered) {
      const hit = hovered.layer ? hovered : null;
      for (const pane of this.panes) if (pane !== leader) pane.engine.marks.hover(pane.engine.map, hit);
    }

    /** @param {HTMLElement} element @param {Object} props */
    update(element, props) {
      const pane = this.panes.find((one) => one.element === element);
      pane?.engine.update({ ...pane.engine.props, ...props });
    }

    clear() {
      for (const { engine } of this.panes) engine.destroy();
      this.panes = [];
    }
  }

  zones.panels.PaneGroup = PaneGroup;
})();
