// Which features carry a mark of the page's own, such as locked, cut off or under the brush? Writes only what changed.

/** @typedef {Object<string, Object<string, number[]>>} Flags layer → name of the feature-state → ids for which it is true */

export class Flags {
  /** @param {(layer: string) => Object|undefined} targetOf where a declared layer keeps its features */
  constructor(targetOf) {
    this.targetOf = targetOf;
    this.wanted = {};
    this.drawn = new Map();
  }

  /** @param {import("maplibre-gl").Map} map @param {Flags|undefined} flags the `flags` prop */
  update(map, flags) {
    this.wanted = flags || {};
    this.draw(map);
  }

  draw(map) {
    const names = [...this.drawn.keys(), ...Object.entries(this.wanted).flatMap(([layer, states]) => Object.keys(states).map((state) => `${layer}\n${state}`))];
    for (const name of new Set(names)) this.drawOne(map, ...name.split("\n"));
  }

  drawOne(map, layer, state) {
    const target = this.targetOf(layer);
    if (!target || !map.style || !map.getSource(target.source)) return;
    const key = `${layer}\n${state}`;
    const before = this.drawn.get(key) || new Set();
    const after = new Set(this.wanted[layer]?.[state] || []);
    const { source, sourceLayer } = target;
    for (const id of before) if (!after.has(id)) map.setFeatureState({ source, sourceLayer, id }, { [state]: false });
    for (const id of after) if (!before.has(id)) map.setFeatureState({ source, sourceLayer, id }, { [state]: true });
    this.drawn.set(key, after);
  }

  /** Draws again what a lost source or graphics context took away. */
  redraw(map) {
    this.drawn = new Map();
    this.draw(map);
  }
}
