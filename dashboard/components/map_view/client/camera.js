// Where does the map look? Carries out `view` commands and reports where it ended.

/**
 * @typedef {Object} ViewCommand the `view` prop; carried out once per nonce
 * @property {[number, number]} [center] lon, lat
 * @property {number} [zoom]
 * @property {[number, number, number, number]} [bounds] west, south, east, north; wins over center
 * @property {boolean} [fly] move there visibly
 * @property {number|{top: number, right: number, bottom: number, left: number}} [padding] pixels kept free around `bounds`
 * @property {number} [nonce]
 */

const FLY_MS = 700;
const SETTLE_MS = 150;

const boundsOf = ([west, south, east, north]) => [[west, south], [east, north]];

/** @param {ViewCommand|undefined} view @returns {Object} options for the first picture */
export function firstView(view) {
  if (view?.bounds) return { bounds: boundsOf(view.bounds), fitBoundsOptions: { padding: view.padding ?? 24 } };
  return { center: view?.center ?? [0, 0], zoom: view?.zoom ?? 1 };
}

/**
 * @param {import("maplibre-gl").Map} map
 * @param {ViewCommand} view
 * @param {boolean} still no visible movement
 */
export function carryOut(map, view, still) {
  fillContainer(map);
  const duration = view.fly && !still ? FLY_MS : 0;
  if (view.bounds) map.fitBounds(boundsOf(view.bounds), { padding: view.padding ?? 24, duration, essential: true });
  else map.easeTo({ center: view.center ?? map.getCenter(), zoom: view.zoom ?? map.getZoom(), duration, essential: true });
}

/** The map hears of its container's new size only after this turn; what is to fit has to fit that size. */
function fillContainer(map) {
  const [canvas, container] = [map.getCanvas(), map.getContainer()];
  if (canvas.clientWidth !== container.clientWidth || canvas.clientHeight !== container.clientHeight) map.resize();
}

const rounded = (number) => Math.round(number * 1e6) / 1e6;

/** @param {import("maplibre-gl").Map} map @returns {{bounds: number[], center: number[], zoom: number}} */
export function viewportOf(map) {
  const [[west, south], [east, north]] = map.getBounds().toArray();
  const { lng, lat } = map.getCenter();
  return {
    bounds: [west, south, east, north].map(rounded),
    center: [rounded(lng), rounded(lat)],
    zoom: Math.round(map.getZoom() * 1000) / 1000,
  };
}

/** Reports the viewport when the map has been still for a moment. Returns a function that stops it. */
export function watchViewport(map, report) {
  let timer = 0;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => report(viewportOf(map)), SETTLE_MS);
  };
  map.on("moveend", later);
  map.on("resize", later);
  return () => clearTimeout(timer);
}
