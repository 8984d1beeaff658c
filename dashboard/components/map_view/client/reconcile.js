// What must change on the map to get from the drawn style to the wanted one? The least, so that feature-state survives.

/** @typedef {{sources: Object<string, Object>, layers: Object[]}} Style */

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function sourceChange(before, after) {
  const bothGeoJson = before?.type === "geojson" && after.type === "geojson";
  if (bothGeoJson && before.attribution === after.attribution) return before.data === after.data ? "keep" : "data";
  if (before && same(before, after)) return "keep";
  if (before?.type === "image" && after.type === "image") return "image";
  return "replace";
}

function updateSource(map, id, after, change) {
  if (change === "data") map.getSource(id).setData(after.data);
  if (change === "image") map.getSource(id).updateImage({ url: after.url, coordinates: after.coordinates });
}

/** A layer must be made anew when its type or what it reads from changed. */
function isRemade(before, after, replaced) {
  return before.type !== after.type || before.source !== after.source || before["source-layer"] !== after["source-layer"] || replaced.has(after.source);
}

function setProperties(before, after, set) {
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (!same(before[name], after[name])) set(name, after[name]);
  }
}

function updateLayer(map, before, after) {
  if (same(before, after)) return;
  if (!same(before.filter, after.filter)) map.setFilter(after.id, after.filter ?? null);
  if (before.minzoom !== after.minzoom || before.maxzoom !== after.maxzoom) map.setLayerZoomRange(after.id, after.minzoom, after.maxzoom);
  setProperties(before.paint, after.paint, (name, value) => map.setPaintProperty(after.id, name, value));
  setProperties(before.layout, after.layout, (name, value) => map.setLayoutProperty(after.id, name, value));
}

function addMissing(map, layers) {
  for (let k = layers.length - 1; k >= 0; k -= 1) {
    const above = layers[k + 1]?.id;
    if (!map.getLayer(layers[k].id)) map.addLayer(layers[k], above);
  }
}

function reorder(map, layers) {
  const wanted = layers.map((layer) => layer.id);
  if (same(map.getLayersOrder(), wanted)) return;
  for (let k = wanted.length - 1; k >= 0; k -= 1) map.moveLayer(wanted[k], wanted[k + 1]);
}

function replacedSources(before, after) {
  const changes = Object.fromEntries(Object.entries(after).map(([id, source]) => [id, sourceChange(before[id], source)]));
  const replaced = new Set(Object.keys(changes).filter((id) => changes[id] === "replace"));
  return { changes, replaced };
}

/**
 * @param {import("maplibre-gl").Map} map
 * @param {Style} before what is drawn
 * @param {Style} after what is wanted; the first layer is the background
 * @returns {Set<string>} sources made anew, whose feature-state is gone
 */
export function reconcile(map, before, after) {
  const { changes, replaced } = replacedSources(before.sources, after.sources);
  const wanted = new Map(after.layers.map((layer) => [layer.id, layer]));
  for (const layer of before.layers) {
    const next = wanted.get(layer.id);
    if (!next || isRemade(layer, next, replaced)) map.removeLayer(layer.id);
  }
  for (const id of Object.keys(before.sources)) {
    if (!after.sources[id] || replaced.has(id)) map.removeSource(id);
  }
  for (const [id, source] of Object.entries(after.sources)) {
    if (replaced.has(id)) map.addSource(id, source);
    else updateSource(map, id, source, changes[id]);
  }
  const drawn = new Map(before.layers.map((layer) => [layer.id, layer]));
  for (const layer of after.layers) {
    if (map.getLayer(layer.id)) updateLayer(map, drawn.get(layer.id), layer);
  }
  addMissing(map, after.layers);
  reorder(map, after.layers);
  return replaced;
}
