// Which shapes lie inside a drawn outline? Plane geometry on screen points, without the map.

/** @typedef {[number, number]} Point */

/**
 * @param {Point} point
 * @param {Point[]} ring open or closed
 * @returns {boolean} by the even-odd rule
 */
export function isInside(point, ring) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [xi, yi] = ring[i];
    const [xj, yj] = ring[j];
    const crosses = yi > point[1] !== yj > point[1];
    if (crosses && point[0] < ((xj - xi) * (point[1] - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/**
 * Area-weighted centre of several rings, such as the pieces of one unit cut by tile borders.
 * @param {Point[][]} rings outer rings
 * @returns {Point}
 */
export function centreOf(rings) {
  let area = 0;
  let x = 0;
  let y = 0;
  for (const ring of rings) {
    const piece = momentsOf(ring);
    area += piece.area;
    x += piece.x;
    y += piece.y;
  }
  return area > 0 ? [x / area, y / area] : rings[0][0];
}

function momentsOf(ring) {
  const [ox, oy] = ring[0];
  let twice = 0;
  let mx = 0;
  let my = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const ax = ring[j][0] - ox;
    const ay = ring[j][1] - oy;
    const bx = ring[i][0] - ox;
    const by = ring[i][1] - oy;
    const cross = ax * by - bx * ay;
    twice += cross;
    mx += (ax + bx) * cross;
    my += (ay + by) * cross;
  }
  const sign = Math.sign(twice) || 1;
  const area = (sign * twice) / 2;
  return { area, x: (sign * mx) / 6 + ox * area, y: (sign * my) / 6 + oy * area };
}

/** @param {Point} a @param {Point} b @returns {Point[]} the rectangle with these corners */
export function boxRing(a, b) {
  return [[a[0], a[1]], [b[0], a[1]], [b[0], b[1]], [a[0], b[1]]];
}

/** @param {Point[]} ring @returns {[Point, Point]} lower and upper corner */
export function extentOf(ring) {
  const xs = ring.map((p) => p[0]);
  const ys = ring.map((p) => p[1]);
  return [[Math.min(...xs), Math.min(...ys)], [Math.max(...xs), Math.max(...ys)]];
}

/** @param {{type: string, coordinates: any}} geometry @returns {Point[][]} outer rings, or the point as a ring of one */
export function outerRings(geometry) {
  switch (geometry.type) {
    case "Polygon":
      return [geometry.coordinates[0]];
    case "MultiPolygon":
      return geometry.coordinates.map((polygon) => polygon[0]);
    case "Point":
      return [[geometry.coordinates]];
    case "MultiPoint":
      return geometry.coordinates.map((point) => [point]);
    default:
      return [];
  }
}
