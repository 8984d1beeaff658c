// With which settings is a MapLibre map made? Flat, unrotated, without fades, and closed to other servers.
import { firstView } from "./camera.js";
import { controlTexts } from "./messages.js";
import { paletteOf } from "./theme.js";

function refuseOtherServers(url) {
  const isInline = /^(data|blob):/.test(url);
  if (!isInline && new URL(url, location.href).origin !== location.origin) throw new Error(`refused: ${url}`);
  return { url };
}

/** The sea: everything that no layer covers. */
export function background(palette) {
  return { id: "background", type: "background", paint: { "background-color": palette.sea }, layout: {}, minzoom: 0, maxzoom: 24 };
}

/**
 * @param {typeof import("maplibre-gl")} gl
 * @param {HTMLElement} container
 * @param {Object} props of the component
 * @param {Object|undefined} view where to start
 */
export function newMap(gl, container, props, view) {
  return new gl.Map({
    container,
    style: { version: 8, sources: {}, layers: [background(paletteOf(props))] },
    ...firstView(view),
    minZoom: props.limits?.minZoom ?? 0,
    maxZoom: props.limits?.maxZoom ?? 20,
    maxBounds: props.limits?.bounds,
    attributionControl: false,
    maplibreLogo: false,
    fadeDuration: 0,
    renderWorldCopies: false,
    dragRotate: false,
    touchPitch: false,
    maxPitch: 0,
    pitchWithRotate: false,
    doubleClickZoom: false,
    localIdeographFontFamily: false,
    locale: controlTexts(props.lang, props.ariaLabel),
    ...(props.wall ? { pixelRatio: 1 } : {}),
    transformRequest: refuseOtherServers,
  });
}

/** The scale grows with the letters in it. */
const SCALE_REM = 7.5;

/** Scale, zoom buttons and, where a source asks for one, the credit line. */
export function addControls(gl, map, props) {
  map.keyboard.disableRotation();
  map.touchZoomRotate.disableRotation();
  const letter = parseFloat(getComputedStyle(document.documentElement).fontSize);
  map.addControl(new gl.ScaleControl({ unit: "metric", maxWidth: SCALE_REM * letter }), "bottom-left");
  if (!props.wall) map.addControl(new gl.NavigationControl({ showCompass: false }), "bottom-right");
  const isCredited = Object.values(props.sources || {}).some((source) => source.attribution);
  if (isCredited) map.addControl(new gl.AttributionControl({ compact: true }), "bottom-right");
}
