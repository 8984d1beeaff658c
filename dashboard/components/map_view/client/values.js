// Which colour class does each unit have now? Holds the values per layer and repaints only what changed.
import { classify, decodeFloats, floatsOf, NO_DATA, SUPPRESSED } from "./classes.js";
import { NOTHING, writePaint } from "./paint_writer.js";
import { localAddress } from "./sources.js";

/**
 * @typedef {Object} ValuesSpec one entry of the `values` prop
 * @property {string} layer id of a unit-fill layer
 * @property {number} firstId unit id of the first value
 * @property {number} version grows with every snapshot; an older one is ignored
 * @property {string} [revision] boundary revision of these ids; painted only on a source of the same revision
 * @property {string} [data] base64 of little-endian float32, NaN = no data
 * @property {string} [url] same numbers as bytes, or the JSON of /api/v1/choropleth
 * @property {number[]} [suppressed] ids whose number may not be shown
 * @property {number[]} [filtered] ids outside the filter
 * @property {number[]} breaks upper bounds, inclusive
 * @property {string[]} colors one per class
 * @property {string|null} [zeroColor] null: zero belongs to the classes
 */

const BLANK = { firstId: 0, codes: new Int8Array(0) };

/** One layer's numbers. `codes` is wanted, `applied` is what the map has. */
class LayerValues {
  constructor() {
    this.spec = null;
    this.key = "";
    this.floats = new Float32Array(0);
    this.codes = new Int8Array(0);
    this.applied = BLANK;
    this.abort = null;
    this.hasNoData = false;
    this.hasSuppressed = false;
  }

  accept(spec, floats, extra) {
    this.spec = { ...spec, ...extra };
    this.floats = floats;
    this.codes = classify(floats, this.spec);
    // A pattern stays once it was needed: tiles that load while their layer is taken away break MapLibre's feature-state.
    this.hasNoData ||= this.codes.includes(NO_DATA);
    this.hasSuppressed ||= this.codes.includes(SUPPRESSED);
  }
}

/** Reads bytes, or the JSON of the choropleth interface, from this server. */
async function fetchValues(url, signal) {
  const response = await fetch(localAddress(url), { signal });
  if (!response.ok) throw new Error(`values: HTTP ${response.status} from ${url}`);
  if (!(response.headers.get("content-type") || "").includes("json")) {
    return { floats: floatsOf(await response.arrayBuffer()), extra: {} };
  }
  const body = await response.json();
  const floats = Float32Array.from(body.values, (value) => (value === null ? NaN : value));
  const extra = { firstId: body.first_id, suppressed: body.suppressed || [] };
  if (body.boundary_revision !== undefined) extra.revision = body.boundary_revision;
  return { floats, extra };
}

export class ValueStore {
  /**
   * @param {() => void} onReady called when fetched values have come
   * @param {(error: Error) => void} onError
   */
  constructor(onReady, onError) {
    this.layers = new Map();
    this.onReady = onReady;
    this.onError = onError;
  }

  /** @param {ValuesSpec[]} specs the `values` prop */
  update(specs) {
    const wanted = new Set((specs || []).map((spec) => spec.layer));
    for (const id of [...this.layers.keys()]) if (!wanted.has(id)) this.drop(id);
    for (const spec of specs || []) this.take(spec);
  }

  take(spec) {
    if (!this.layers.has(spec.layer)) this.layers.set(spec.layer, new LayerValues());
    const held = this.layers.get(spec.layer);
    if (held.raw === spec || (held.raw && (spec.version ?? 0) < (held.raw.version ?? 0))) return;
    held.raw = spec;
    held.abort?.abort();
    if (spec.url) this.load(held, spec);
    else held.accept(spec, decodeFloats(spec.data || ""), {});
  }

  async load(held, spec) {
    held.abort = new AbortController();
    try {
      const { floats, extra } = await fetchValues(spec.url, held.abort.signal);
      if (held.raw !== spec) return;
      held.accept(spec, floats, extra);
      this.onReady();
    } catch (error) {
      if (error.name !== "AbortError") this.onError(error);
    }
  }

  drop(id) {
    this.layers.get(id).abort?.abort();
    this.layers.delete(id);
  }

  /** Colours and states of a layer, for its style; undefined before the first values. */
  styleOf(id) {
    const held = this.layers.get(id);
    if (!held?.spec) return undefined;
    return { ...held.spec, hasNoData: held.hasNoData, hasSuppressed: held.hasSuppressed };
  }

  /** @returns {{value: number, code: number}|undefined} what one unit shows */
  valueOf(layer, id) {
    const held = this.layers.get(layer);
    const at = held?.spec ? id - held.spec.firstId : -1;
    return at >= 0 && at < held.codes.length ? { value: held.floats[at], code: held.codes[at] } : undefined;
  }

  /** Forgets what the map had, after its feature-state was lost. */
  forget(sourceLost) {
    for (const held of this.layers.values()) if (sourceLost(held.target?.source)) held.applied = BLANK;
  }

  /**
   * Brings the changed codes of one layer onto the map.
   * @param {import("maplibre-gl").Map} map
   * @param {string} id layer
   * @param {{source: string, sourceLayer?: string, revision?: string}} target
   * @returns {{changed: number, total: number, mismatch: boolean}}
   */
  apply(map, id, target) {
    const held = this.layers.get(id);
    if (!held?.spec) return { changed: 0, total: 0, mismatch: false };
    held.target = target;
    if (isOtherRevision(held.spec, target)) return { changed: 0, total: held.codes.length, mismatch: true };
    return { changed: writeChanged(map, held, target), total: held.codes.length, mismatch: false };
  }
}

function isOtherRevision(spec, target) {
  const both = spec.revision !== undefined && target.revision !== undefined;
  return both && String(spec.revision) !== String(target.revision);
}

/**
 * @param {{firstId: number, codes: Int8Array}} before
 * @param {{firstId: number, codes: Int8Array}} after
 * @returns {import("./paint_writer.js").Change}
 */
function changeBetween(before, after) {
  const firstId = before.codes.length ? Math.min(before.firstId, after.firstId) : after.firstId;
  const length = Math.max(before.firstId + before.codes.length, after.firstId + after.codes.length) - firstId;
  const [had, codes] = [before, after].map((part) => {
    const all = new Int8Array(length).fill(NOTHING);
    if (part.codes.length) all.set(part.codes, part.firstId - firstId);
    return all;
  });
  const touched = new Uint8Array(length);
  let count = 0;
  for (let i = 0; i < length; i += 1) if (had[i] !== codes[i]) count += touched[i] = 1;
  return { firstId, codes, touched, count };
}

function writeStates(map, { source, sourceLayer }, { firstId, codes, touched }) {
  for (let i = 0; i < codes.length; i += 1) {
    if (!touched[i]) continue;
    const feature = { source, sourceLayer, id: firstId + i };
    if (codes[i] === NOTHING) map.removeFeatureState(feature, "c");
    else map.setFeatureState(feature, { c: codes[i] });
  }
}

function writeChanged(map, held, target) {
  const wanted = { firstId: held.spec.firstId, codes: held.codes };
  if (held.applied.codes === wanted.codes && held.applied.firstId === wanted.firstId) return 0;
  const change = changeBetween(held.applied, wanted);
  if (change.count && !writePaint(map, target, change)) writeStates(map, target, change);
  held.applied = wanted;
  return change.count;
}
