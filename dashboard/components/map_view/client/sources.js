// Where does the map read from? Declared sources become MapLibre sources; an address off this server is refused.

/**
 * @param {string} address absolute path, or full address on this server
 * @returns {string} full address; {z}/{x}/{y} stay as they are
 * @throws {Error} when the address lies on another server
 */
export function localAddress(address) {
  if (address.startsWith("data:") || address.startsWith("blob:")) return address;
  if (address.startsWith("/") && !address.startsWith("//")) return location.origin + address;
  if (address.startsWith(`${location.origin}/`)) return address;
  throw new Error(`address is not on this server: ${address}`);
}

function tiled(type, source) {
  const made = { type, tiles: source.tiles.map(localAddress), minzoom: source.minzoom ?? 0, maxzoom: source.maxzoom ?? 22 };
  if (source.bounds) made.bounds = source.bounds;
  if (source.attribution) made.attribution = source.attribution;
  if (type === "raster") made.tileSize = source.tileSize ?? 256;
  return made;
}

const TYPES = {
  vector: (source) => tiled("vector", source),
  raster: (source) => tiled("raster", source),
  geojson: (source) => ({
    type: "geojson",
    data: typeof source.data === "string" ? localAddress(source.data) : source.data,
    ...(source.attribution ? { attribution: source.attribution } : {}),
  }),
  image: (source) => ({ type: "image", url: localAddress(source.url), coordinates: source.coordinates }),
};

/**
 * @param {Object<string, Object>} sources the `sources` prop
 * @returns {Object<string, Object>} MapLibre sources
 * @throws {Error} naming the source, when one is of an unknown type or elsewhere
 */
export function buildSources(sources) {
  const made = {};
  for (const [id, source] of Object.entries(sources || {})) {
    if (!TYPES[source.type]) throw new Error(`source ${id}: unknown type ${source.type}`);
    try {
      made[id] = TYPES[source.type](source);
    } catch (error) {
      throw new Error(`source ${id}: ${error.message}`);
    }
  }
  return made;
}
