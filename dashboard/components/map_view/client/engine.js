// How do the parts work together on one living map? Owns one MapLibre map from its making to its removal.
import { carryOut, viewportOf, watchViewport } from "./camera.js";
import { Flags } from "./flags.js";
import { listenToKeys } from "./keyboard.js";
import { addControls, background, newMap } from "./make_map.js";
import { Marks } from "./marks.js";
import { say, tagOf } from "./messages.js";
import { installPatterns } from "./patterns.js";
import { pickInside, pickUnder } from "./picking.js";
import { exportPng } from "./png_export.js";
import { Pointer } from "./pointer.js";
import { reconcile } from "./reconcile.js";
import { ShapeTool } from "./shape_tool.js";
import { buildSources } from "./sources.js";
import { expandLayer, isInteractive, isUnits, LAYER_KINDS, liftMarks } from "./style.js";
import { paletteOf, scaleOf } from "./theme.js";
import { describe, NameBook, TooltipBox } from "./tooltip.js";
import { ValueStore } from "./values.js";

const RETRY_MS = 15000;

/**
 * @typedef {Object} Out how the engine speaks to the page
 * @property {(props: Object) => void} set output props
 * @property {(status: Object) => void} status merged into the `status` prop
 * @property {(name: string, detail?: Object) => void} event DOM event `mapview:<name>` on the element
 */

function appendDiv(host, className) {
  const div = document.createElement("div");
  div.className = className;
  return host.appendChild(div);
}

/** @param {number[]} held @param {number[]} drawn @param {"add"|"remove"} how @returns {number[]} ascending */
function changed(held, drawn, how) {
  const result = how === "add" ? [...held, ...drawn] : held.filter((id) => !drawn.includes(id));
  return [...new Set(result)].sort((a, b) => a - b);
}

export class MapEngine {
  /**
   * @param {typeof import("maplibre-gl")} gl
   * @param {HTMLElement} host emptied on destroy
   * @param {Object} props of the component
   * @param {Out} out
   * @param {Object|undefined} memory what another engine left, to start from instead of `props.view`
   */
  constructor(gl, host, props, out, memory) {
    Object.assign(this, { gl, host, out, isStyled: false, retries: new Map(), nonces: {} });
    this.props = this.joined(props);
    const container = appendDiv(host, "mqmv-map");
    container.lang = tagOf(props.lang);
    this.map = newMap(gl, container, props, memory || props.view);
    if (props.view) this.nonces.view = props.view.nonce;
    this.nonces.exportPng = props.exportPng?.nonce;
    this.drawn = { sources: {}, layers: [background(paletteOf(props))] };
    this.addParts();
    addControls(gl, this.map, props);
    this.listen();
    if (memory) this.recall(memory);
  }

  addParts() {
    const fail = (error) => this.fail("data", error);
    this.values = new ValueStore(() => this.render(), fail);
    this.names = new NameBook(fail);
    this.marks = new Marks((layer) => this.targetOf(layer));
    this.flags = new Flags((layer) => this.targetOf(layer));
    this.tooltip = new TooltipBox(this.host);
    this.shapes = new ShapeTool(this.host, {
      ring: (ring, how) => this.selectInside(ring, how),
      brush: (path, step) => this.brush(path, step),
      line: (path) => this.tellLine(path),
      wheel: (event) => this.map.getCanvas().dispatchEvent(new WheelEvent(event.type, event)),
    });
    appendDiv(this.host, "mqmv-cross").setAttribute("aria-hidden", "true");
    this.live = appendDiv(this.host, "mqmv-live");
    this.live.setAttribute("aria-live", "polite");
    this.pointer = new Pointer(this);
  }

  listen() {
    const { map } = this;
    map.on("style.load", () => this.whenStyled());
    map.once("load", () => {
      this.out.status({ ready: true });
      this.out.set({ viewport: viewportOf(map) });
      this.out.event("ready");
    });
    map.on("idle", () => this.out.event("idle"));
    map.on("error", (event) => this.onMapError(event));
    map.on("webglcontextlost", () => this.out.status({ lost: true }));
    map.on("webglcontextrestored", () => this.out.status({ lost: false }));
    map.on("resize", () => this.render());
    this.stopViewport = watchViewport(map, (viewport) => this.out.set({ viewport }));
    this.onEscape = (event) => event.key === "Escape" && this.shapes.tool !== "pan" && this.escape();
    document.addEventListener("keydown", this.onEscape);
    listenToKeys(map, this.host, {
      focus: () => this.pointer.focusCentre(),
      open: () => this.pointer.openFocused(),
      toggle: () => this.pointer.toggleFocused(),
      escape: () => this.escape(),
      leave: () => this.pointer.leave(),
    });
  }

  /** After the first style, and again after a lost context gave the map a new one without feature-state. */
  whenStyled() {
    const isAgain = this.isStyled;
    this.isStyled = true;
    if (isAgain) {
      this.values.forget(() => true);
      this.marks.redraw(this.map);
      this.flags.redraw(this.map);
    }
    this.render();
  }

  /** @param {Object} props */
  update(props) {
    this.props = this.joined(props);
    this.render();
  }

  /** The props with what the page's scripts draw on top; the same objects while nothing of it changes. */
  joined(props) {
    const { sources, layers, extra } = props;
    if (!extra) return props;
    const parts = [sources, layers, extra];
    if (!this.joinedBy || parts.some((part, k) => part !== this.joinedBy.parts[k])) {
      const hidden = new Set(extra.hide);
      const shown = (layers || []).map((layer) => (hidden.has(layer.id) ? { ...layer, visible: false } : layer));
      this.joinedBy = { parts, sources: { ...sources, ...extra.sources }, layers: [...shown, ...(extra.layers || [])] };
    }
    return { ...props, sources: this.joinedBy.sources, layers: this.joinedBy.layers };
  }

  /** Brings the map to what the props say; does nothing where nothing changed. */
  render() {
    const { map, props } = this;
    if (!this.isStyled || !map.style) return;
    this.take("values", (specs) => this.values.update(specs));
    this.take("tooltips", (specs) => {
      this.names.update(specs);
      this.pointer.sayAgain();
    });
    this.restyle();
    this.applyValues();
    this.take("flags", (flags) => this.flags.update(map, flags));
    this.take("tool", (tool) => this.useTool(tool));
    this.take("selectedIds", (chosen) => this.marks.select(map, chosen?.layer ?? null, chosen?.ids ?? []));
    this.once("view", () => carryOut(map, props.view, props.reducedMotion));
    this.once("exportPng", () => this.exportPng());
  }

  /** Runs `act` when a prop is another object than at the last run. */
  take(name, act) {
    this.taken ||= {};
    if (name in this.taken && this.taken[name] === this.props[name]) return;
    if (!(name in this.taken) && this.props[name] === undefined) return;
    this.taken[name] = this.props[name];
    act(this.props[name]);
  }

  /** Runs a command once per nonce. */
  once(name, act) {
    const command = this.props[name];
    if (!command || command.nonce === this.nonces[name]) return;
    this.nonces[name] = command.nonce;
    act();
  }

  /** Style signature of everything that restyle() depends on, by identity. */
  isRestyled() {
    const { sources, layers, theme, palette } = this.props;
    const looks = (layers || []).map((layer) => JSON.stringify(this.lookOf(layer.id))).join();
    const now = [sources, layers, theme, palette, looks, scaleOf(this.props)];
    const isSame = this.styledBy && now.every((part, k) => part === this.styledBy[k]);
    this.styledBy = now;
    return !isSame;
  }

  lookOf(layerId) {
    const look = this.values.styleOf(layerId);
    if (!look) return null;
    const { colors, zeroColor, noDataColor, suppressedColor, filteredColor, hasNoData, hasSuppressed } = look;
    return { colors, zeroColor, noDataColor, suppressedColor, filteredColor, hasNoData, hasSuppressed };
  }

  restyle() {
    if (!this.isRestyled()) return;
    try {
      const palette = paletteOf(this.props);
      const next = this.wantedStyle(palette);
      installPatterns(this.map, palette);
      const replaced = reconcile(this.map, this.drawn, next);
      this.drawn = next;
      if (replaced.size) this.values.forget((source) => replaced.has(source));
      // A selection may have come before the layer that it marks.
      this.marks.redraw(this.map);
      this.flags.redraw(this.map);
      this.clearFault("props", "revision");
    } catch (error) {
      this.fail("props", error);
    }
  }

  wantedStyle(palette) {
    const sources = buildSources(this.props.sources);
    const layers = (this.props.layers || []).flatMap((layer) => {
      if (!LAYER_KINDS.includes(layer.kind)) throw new Error(`layer ${layer.id}: unknown kind ${layer.kind}`);
      if (!sources[layer.source]) throw new Error(`layer ${layer.id}: no source ${layer.source}`);
      return expandLayer(layer, palette, this.lookOf(layer.id), sources[layer.source].type, scaleOf(this.props));
    });
    return { sources, layers: [background(palette), ...liftMarks(layers)] };
  }

  applyValues() {
    for (const layer of this.props.layers || []) {
      const target = this.targetOf(layer.id);
      if (!target || !this.map.getSource(target.source)) continue;
      const start = performance.now();
      const { changed, total, mismatch } = this.values.apply(this.map, layer.id, target);
      if (mismatch) this.fail("revision", new Error(`layer ${layer.id}: values and shapes are of different boundary revisions`));
      if (changed) this.reportApplied(layer.id, changed, total, start);
    }
  }

  reportApplied(layer, changed, total, start) {
    const detail = { layer, changed, total, ms: performance.now() - start };
    this.out.event("applied", detail);
    this.map.once("render", () => this.out.event("painted", { ...detail, ms: performance.now() - start }));
  }

  layerOf(id) {
    return (this.props.layers || []).find((layer) => layer.id === id);
  }

  targetOf(layerId) {
    const layer = this.layerOf(layerId);
    if (!layer) return undefined;
    const revision = this.props.sources?.[layer.source]?.revision;
    return { source: layer.source, sourceLayer: layer.sourceLayer, revision };
  }

  interactiveIds() {
    return (this.props.layers || []).filter(isInteractive).map((layer) => layer.id);
  }

  /** Layers whose features can be selected: units. */
  selectableIds() {
    return (this.props.layers || []).filter((layer) => isUnits(layer) && isInteractive(layer)).map((layer) => layer.id);
  }

  /** @returns {{name: string, text: string}} what the tooltip says about a feature */
  describe(hit) {
    const spec = this.names.specs.get(hit.layer);
    const name = this.names.nameOf(hit.layer, hit);
    const text = spec?.texts?.[hit.id - spec.firstId] ?? describe(this.values.valueOf(hit.layer, hit.id), spec, this.props.lang);
    return { name, text };
  }

  useTool(tool) {
    this.shapes.use(tool || "pan", this.props.brushPx);
    this.pointer.leave();
  }

  escape() {
    if (this.shapes.tool !== "pan") {
      this.shapes.use("pan");
      this.out.set({ tool: "pan" });
      this.taken.tool = "pan";
    } else if (this.marks.selected.ids.length) this.select(null, [], "clear");
  }

  /** Units only, of one layer: what is selected can be added up. While units are selected, a shape that adds or removes keeps to their layer. */
  selectInside(ring, how) {
    const { selected } = this.marks;
    const isChange = how !== "replace" && selected.ids.length > 0;
    const { layer, ids } = pickInside(this.map, ring, isChange ? [selected.layer] : this.selectableIds());
    if (isChange) this.select(selected.layer, changed(selected.ids, ids, how), this.shapes.tool);
    else if (how !== "remove") this.select(layer, ids, this.shapes.tool);
  }

  /**
   * What lies under the brush goes to the page with every step; the page decides what it means.
   * @param {[number, number][]} path pixels since the last step
   * @param {"over"|"down"|"drag"|"up"|"cancel"} step
   */
  brush(path, step) {
    if (step === "down") this.stroke = { layer: null, ids: new Set() };
    const { layer, ids } = path.length ? pickUnder(this.map, path, this.shapes.brushPx, this.selectableIds()) : { layer: null, ids: [] };
    if (step === "over") return this.out.event("brush", { step, layer, ids });
    for (const id of ids) this.stroke.ids.add(id);
    this.stroke.layer ||= layer;
    this.out.event("brush", { step, layer: this.stroke.layer, ids: [...this.stroke.ids] });
    if (step !== "up" || !this.stroke.layer) return undefined;
    const drawn = [...this.stroke.ids].sort((a, b) => a - b);
    return this.out.set({ stroke: { layer: this.stroke.layer, ids: drawn, nonce: this.nextNonce() } });
  }

  /** @param {[number, number][]} path pixels */
  tellLine(path) {
    const line = path.map((point) => this.map.unproject(point)).map(({ lng, lat }) => [lng, lat]);
    this.out.set({ drawn: { line, nonce: this.nextNonce() } });
  }

  /** A person's own selection: marked at once, then told to the page. */
  select(layer, ids, how) {
    this.marks.select(this.map, layer, ids);
    this.tellSelected(how);
  }

  tellSelected(how) {
    const { layer, ids } = this.marks.selected;
    this.live.textContent = say(this.props.lang, "selected").replace("{n}", String(ids.length));
    this.out.set({ selected: { layer, ids, how, nonce: this.nextNonce() } });
  }

  nextNonce() {
    this.lastNonce = Math.max(Date.now(), (this.lastNonce || 0) + 1);
    return this.lastNonce;
  }

  async exportPng() {
    this.pointer.leave();
    try {
      this.out.set({ exported: await exportPng(this.map, this.props.exportPng, paletteOf(this.props)) });
    } catch (error) {
      this.fail("export", error);
    }
  }

  fail(code, error) {
    this.fault = code;
    this.out.status({ error: { code, text: String(error?.message ?? error) } });
  }

  clearFault(...codes) {
    if (!codes.includes(this.fault)) return;
    this.fault = null;
    this.out.status({ error: null });
  }

  /** A tile that failed is asked for again later: a wall outlives many restarts of the server. */
  onMapError({ error, sourceId }) {
    if (error?.name === "AbortError") return;
    this.fail("map", error);
    if (!sourceId || this.retries.has(sourceId)) return;
    this.retries.set(sourceId, setTimeout(() => this.retry(sourceId), RETRY_MS));
  }

  retry(sourceId) {
    this.retries.delete(sourceId);
    if (!this.map.style || !this.map.getSource(sourceId)) return;
    this.clearFault("map");
    this.map.refreshTiles(sourceId);
  }

  /** @returns {Object} view and selection from which another engine can go on */
  memory() {
    const { map, marks } = this;
    return { center: map.getCenter().toArray(), zoom: map.getZoom(), selected: marks.selected };
  }

  /** Goes on where another engine stopped. */
  recall({ selected }) {
    this.marks.selected = selected;
    this.taken = { selectedIds: this.props.selectedIds };
  }

  destroy() {
    document.removeEventListener("keydown", this.onEscape);
    this.stopViewport();
    this.pointer.stop();
    for (const timer of this.retries.values()) clearTimeout(timer);
    this.map.remove();
    this.host.replaceChildren();
  }
}
