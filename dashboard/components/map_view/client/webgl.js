// Can this browser draw the map, and with which renderer?

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render|mesa offscreen/i;

/**
 * @typedef {{webgl: "ok"|"software"|"none", renderer: string}} Graphics
 */

/** @param {WebGL2RenderingContext} gl @returns {string} */
function rendererName(gl) {
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  return String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER) || "unknown");
}

/** @returns {Graphics} what a throw-away WebGL 2 context says; the context is given back at once */
export function detectGraphics() {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) return { webgl: "none", renderer: "" };
  const renderer = rendererName(gl);
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return { webgl: SOFTWARE.test(renderer) ? "software" : "ok", renderer };
}
