// Which units are hovered and which are selected? Keeps the two marks of the map (feature-state `h` and `s`).

/** @typedef {{source: string, sourceLayer?: string}} Target */

export class Marks {
  /** @param {(layer: string) => Target|undefined} targetOf where a declared layer keeps its features */
  constructor(targetOf) {
    this.targetOf = targetOf;
    this.hovered = null;
    this.selected = { layer: null, ids: [] };
    this.drawn = { layer: null, ids: new Set() };
    this.shown = new Set();
  }

  set(map, layer, id, state) {
    const target = this.targetOf(layer);
    if (!target || !map.style || !map.getSource(target.source)) return;
    map.setFeatureState({ source: target.source, sourceLayer: target.sourceLayer, id }, state);
  }

  /** @returns {boolean} whether another feature is hovered now */
  hover(map, hit) {
    const before = this.hovered;
    if (before?.layer === hit?.layer && before?.id === hit?.id) return false;
    if (before) this.set(map, before.layer, before.id, { h: false });
    if (hit) this.set(map, hit.layer, hit.id, { h: true });
    this.hovered = hit ? { layer: hit.layer, id: hit.id } : null;
    this.show(map);
    return true;
  }

  /** Marks exactly these ids of one layer. */
  select(map, layer, ids) {
    this.selected = { layer: ids.length ? layer : null, ids: [...ids] };
    this.draw(map);
  }

  toggle(map, layer, id) {
    const ids = this.selected.layer === layer ? this.selected.ids : [];
    const next = ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id].sort((a, b) => a - b);
    this.select(map, layer, next);
  }

  draw(map) {
    const wanted = new Set(this.selected.ids);
    const sameLayer = this.drawn.layer === this.selected.layer;
    for (const id of this.drawn.ids) {
      if (!sameLayer || !wanted.has(id)) this.set(map, this.drawn.layer, id, { s: false });
    }
    for (const id of wanted) {
      if (!sameLayer || !this.drawn.ids.has(id)) this.set(map, this.selected.layer, id, { s: true });
    }
    this.drawn = { layer: this.selected.layer, ids: wanted };
    this.show(map);
  }

  /** Lines that mark nothing are not drawn: thousands of them, unseen, would cost every frame. */
  show(map) {
    const marked = new Set([this.hovered?.layer, this.drawn.ids.size ? this.drawn.layer : null].filter(Boolean));
    for (const layer of new Set([...this.shown, ...marked])) {
      const target = this.targetOf(layer);
      const isDrawn = target && map.style && map.getSource(target.source) && map.getLayer(`${layer}/mark`);
      if (isDrawn) map.setPaintProperty(`${layer}/mark`, "line-opacity", marked.has(layer) ? 1 : 0);
    }
    this.shown = marked;
  }

  /** Draws again what a lost source or graphics context took away. */
  redraw(map) {
    this.drawn = { layer: null, ids: new Set() };
    this.draw(map);
    const hovered = this.hovered;
    this.hovered = null;
    if (hovered) this.hover(map, hovered);
  }
}
