// Which feature is here, and which lie inside a drawn shape?
import { centreOf, extentOf, isInside, outerRings } from "./geometry.js";

/** @typedef {{layer: string, id: number|string, source: string, sourceLayer?: string, properties: Object}} Hit */

const REACH_PX = 3;
/** Parts that lie over a layer of their own and have the same features. */
const UNQUERIED = /\/(mark|locked|wash|ring)$/;

/** The declared layer that a style layer such as "grids/mark" belongs to. */
const ownerOf = (styleLayerId) => styleLayerId.split("/")[0];

/** Style layers of the declared layers that are on the map now. */
function queryable(map, layerIds) {
  const wanted = new Set(layerIds);
  return map.getLayersOrder().filter((id) => wanted.has(ownerOf(id)) && !UNQUERIED.test(id));
}

function hitOf(feature) {
  const layer = ownerOf(feature.layer.id);
  return { layer, id: feature.id, source: feature.source, sourceLayer: feature.sourceLayer, properties: feature.properties };
}

/**
 * @param {import("maplibre-gl").Map} map
 * @param {{x: number, y: number}} point pixels
 * @param {string[]} layerIds declared layers that may answer
 * @returns {Hit|null} the topmost feature; small points answer within a few pixels
 */
export function pickAt(map, point, layerIds) {
  const layers = queryable(map, layerIds);
  if (!layers.length) return null;
  const exact = map.queryRenderedFeatures([point.x, point.y], { layers });
  if (exact.length) return hitOf(exact[0]);
  const round = layers.filter((id) => map.getLayer(id).type === "circle");
  if (!round.length) return null;
  const box = [[point.x - REACH_PX, point.y - REACH_PX], [point.x + REACH_PX, point.y + REACH_PX]];
  const near = map.queryRenderedFeatures(box, { layers: round });
  return near.length ? hitOf(near[0]) : null;
}

/**
 * Features that a round brush touches on its way.
 * @param {import("maplibre-gl").Map} map
 * @param {[number, number][]} path pixels, one point or more
 * @param {number} radius of the brush in pixels
 * @param {string[]} layerIds
 * @returns {{layer: string|null, ids: number[]}} of the topmost layer that has any
 */
export function pickUnder(map, path, radius, layerIds) {
  const layers = queryable(map, layerIds).filter((id) => map.getLayer(id).type === "fill");
  const found = new Map();
  for (const [x, y] of layers.length ? steps(path, Math.max(2, radius)) : []) {
    const near = [[x - radius, y - radius], [x + radius, y + radius]];
    for (const feature of map.queryRenderedFeatures(radius ? near : [x, y], { layers })) {
      const hit = hitOf(feature);
      if (!found.has(hit.layer)) found.set(hit.layer, new Set());
      if (hit.id !== undefined) found.get(hit.layer).add(hit.id);
    }
  }
  const [first] = found;
  return first ? { layer: first[0], ids: [...first[1]] } : { layer: null, ids: [] };
}

/** Points along the path that lie no further apart than `most` pixels. */
function steps(path, most) {
  const points = [path[0]];
  for (let k = 1; k < path.length; k += 1) {
    const [[ax, ay], [bx, by]] = [path[k - 1], path[k]];
    const count = Math.max(1, Math.ceil(Math.hypot(bx - ax, by - ay) / most));
    for (let i = 1; i <= count; i += 1) points.push([ax + ((bx - ax) * i) / count, ay + ((by - ay) * i) / count]);
  }
  return points;
}

/** Screen rings of every feature in the box, pieces of one feature together, topmost layer first. */
function piecesIn(map, box, layers) {
  const byLayer = new Map();
  for (const feature of map.queryRenderedFeatures(box, { layers })) {
    if (feature.id === undefined) continue;
    const hit = hitOf(feature);
    if (!byLayer.has(hit.layer)) byLayer.set(hit.layer, new Map());
    const features = byLayer.get(hit.layer);
    if (!features.has(hit.id)) features.set(hit.id, []);
    features.get(hit.id).push(...outerRings(feature.geometry));
  }
  return byLayer;
}

/**
 * Features whose visible shape has its centre inside the drawn ring.
 * @param {import("maplibre-gl").Map} map
 * @param {[number, number][]} ring pixels
 * @param {string[]} layerIds
 * @returns {{layer: string|null, ids: number[]}} ids ascending, all of the topmost layer that has any
 */
export function pickInside(map, ring, layerIds) {
  const layers = queryable(map, layerIds);
  if (!layers.length || ring.length < 3) return { layer: null, ids: [] };
  const toScreen = (lonLat) => {
    const { x, y } = map.project(lonLat);
    return [x, y];
  };
  for (const [layer, features] of piecesIn(map, extentOf(ring), layers)) {
    const ids = [...features].filter(([, rings]) => isInside(centreOf(rings.map((r) => r.map(toScreen))), ring)).map(([id]) => id);
    if (ids.length) return { layer, ids: ids.sort((a, b) => a - b) };
  }
  return { layer: null, ids: [] };
}
