// How do new classes get onto the screen without asking MapLibre about every unit? Writes them into the vertices that it keeps per tile.
//
// MapLibre's own way, feature-state, parses each changed unit anew and evaluates every expression of every layer of the source,
// once more for each layer that shares the buffers. Here MapLibre evaluates each class once per buffer, and the other units copy.
// This reads inner parts of the vendored MapLibre: where one of them is not as expected, nothing is written and the caller goes
// MapLibre's own way.

/** A unit without a class. */
export const NOTHING = -128;

/**
 * @typedef {Object} Change classes that differ from those on the map
 * @property {number} firstId unit id of the first code
 * @property {Int8Array} codes wanted, NOTHING = none
 * @property {Uint8Array} touched 1 where the map shows something else
 * @property {number} count of touched units
 */

const CLASS_STATE = '["feature-state","c"]';
const OTHER_DATA = /"(feature-state|get|has|id|properties|geometry-type|accumulated)"/;
const GEOJSON_LAYER = "_geojsonTileLayer";
const stateOf = (code) => (code === NOTHING ? {} : { c: code });

/** Paint properties that read the class, per style layer; null where one reads something else besides. */
function readersOf(map, { source, sourceLayer }) {
  const readers = [];
  for (const id of map.getLayersOrder()) {
    const layer = map.getLayer(id);
    if (layer.source !== source || layer.sourceLayer !== sourceLayer) continue;
    for (const [name, value] of Object.entries(layer.serialize().paint || {})) {
      const text = JSON.stringify(value);
      if (!text.includes(CLASS_STATE)) continue;
      if (OTHER_DATA.test(text.replaceAll(CLASS_STATE, ""))) return null;
      readers.push({ layer, name });
    }
  }
  return readers;
}

/** Vertices of one paint property in one tile. */
class Brush {
  constructor(binder, paint, name) {
    this.binder = binder;
    this.binder.expression = paint.get(name).value;
    this.width = binder.paintVertexArray.bytesPerElement / 4;
    this.floats = binder.paintVertexArray.float32;
    this.inks = new Map();
  }

  inkOf(code, vertex) {
    if (!this.inks.has(code)) {
      this.binder.updatePaintArray(vertex, vertex + 1, null, stateOf(code), {});
      this.inks.set(code, this.floats.slice(vertex * this.width, (vertex + 1) * this.width));
    }
    return this.inks.get(code);
  }

  write(start, end, code) {
    const { floats, width } = this;
    const ink = this.inkOf(code, start);
    for (let k = start * width; k < end * width; k += width) for (let j = 0; j < width; j += 1) floats[k + j] = ink[j];
  }
}

/** @returns {{set: Object, brushes: Brush[]}[]|null} one entry per vertex buffer of a tile; null where a part is missing */
function buffersOf(tile, readers) {
  const found = new Map();
  for (const { layer, name } of readers) {
    const bucket = tile.buckets[layer.id];
    if (!bucket) continue;
    const set = bucket.programConfigurations;
    const binder = set?.programConfigurations?.[layer.id]?.binders?.[name];
    if (!binder?.paintVertexArray?.float32 || !binder.updatePaintArray || !set._featureMap?.indexed) return null;
    if (!found.has(set)) found.set(set, { set, brushes: [] });
    found.get(set).brushes.push(new Brush(binder, layer.paint, name));
  }
  return [...found.values()];
}

function writeBuffer({ set, brushes }, { firstId, codes, touched }) {
  const { ids, positions } = set._featureMap;
  for (let k = 0; k < ids.length; k += 1) {
    const at = ids[k] - firstId;
    if (!touched[at]) continue;
    for (const brush of brushes) brush.write(positions[3 * k + 1], positions[3 * k + 2], codes[at]);
    set.needsUpload = true;
  }
}

/** What tiles that load later start from. */
function remember(states, { firstId, codes, touched }) {
  for (let i = 0; i < codes.length; i += 1) {
    if (!touched[i]) continue;
    const held = (states[firstId + i] ||= {});
    if (codes[i] === NOTHING) delete held.c;
    else held.c = codes[i];
  }
}

/** The inner parts of a source, if no change of the style or of a state is still on its way to the tiles. */
function partsOf(map, source) {
  const manager = map.style?.tileManagers?.[source];
  const state = manager?._state;
  const tiles = manager?._inViewTiles?.getAllTiles?.();
  if (!tiles || !state?.state || !state.stateChanges || !state.deletedStates || map.style._changed !== false) return null;
  const isPending = Object.keys(state.stateChanges).length > 0 || Object.keys(state.deletedStates).length > 0;
  return isPending ? null : { state, tiles: tiles.filter((tile) => tile.latestFeatureIndex) };
}

/**
 * Paints a change into all tiles in view, to be seen with the next frame.
 * @param {import("maplibre-gl").Map} map
 * @param {{source: string, sourceLayer?: string}} target
 * @param {Change} change
 * @returns {boolean} false where nothing was written
 */
export function writePaint(map, target, change) {
  const parts = partsOf(map, target.source);
  const readers = parts && readersOf(map, target);
  const buffers = readers && parts.tiles.map((tile) => buffersOf(tile, readers));
  if (!buffers || buffers.includes(null)) return false;
  for (const buffer of buffers.flat()) writeBuffer(buffer, change);
  remember((parts.state.state[target.sourceLayer || GEOJSON_LAYER] ||= {}), change);
  // Tiles kept out of view are of an older revision now: MapLibre brings them up to date when they come back.
  parts.state.revision += 1;
  for (const tile of parts.tiles) tile.featureStateRevision = parts.state.revision;
  map.triggerRepaint();
  return true;
}
