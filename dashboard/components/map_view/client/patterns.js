// How do "no data" and "suppressed" look? Small tiles drawn on a canvas, so that none can be taken for a colour class.

export const NO_DATA_IMAGE = "mv-no-data";
export const SUPPRESSED_IMAGE = "mv-suppressed";
export const LOCKED_IMAGE = "mv-locked";
const SIDE = 16;

function newTile(ink) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const ctx = canvas.getContext("2d", { willReadFrequently: true });
  ctx.strokeStyle = ctx.fillStyle = ink;
  return ctx;
}

/** Diagonal hatch: nobody has said anything about this unit. */
export function drawNoData(ink) {
  const ctx = newTile(ink);
  ctx.lineWidth = 1.4;
  ctx.beginPath();
  for (const shift of [-SIDE, 0, SIDE]) {
    ctx.moveTo(shift - 2, SIDE + 2);
    ctx.lineTo(shift + SIDE + 2, -2);
  }
  ctx.stroke();
  return ctx.getImageData(0, 0, SIDE, SIDE);
}

/** Dots in quincunx: something is known and may not be shown. */
export function drawSuppressed(ink) {
  const ctx = newTile(ink);
  for (const [x, y] of [[4, 4], [12, 12]]) {
    ctx.beginPath();
    ctx.arc(x, y, 2.2, 0, 2 * Math.PI);
    ctx.fill();
  }
  return ctx.getImageData(0, 0, SIDE, SIDE);
}

/** Crossed lines, as of a fence: a person has fixed this unit. */
export function drawLocked(ink) {
  const ctx = newTile(ink);
  ctx.lineWidth = 1.2;
  ctx.beginPath();
  ctx.moveTo(0, 0);
  ctx.lineTo(SIDE, SIDE);
  ctx.moveTo(SIDE, 0);
  ctx.lineTo(0, SIDE);
  ctx.stroke();
  return ctx.getImageData(0, 0, SIDE, SIDE);
}

/** Puts all patterns into the map, or redraws them after a change of theme. */
export function installPatterns(map, palette) {
  const images = {
    [NO_DATA_IMAGE]: drawNoData(palette.noDataInk),
    [SUPPRESSED_IMAGE]: drawSuppressed(palette.suppressedInk),
    [LOCKED_IMAGE]: drawLocked(palette.lockedInk),
  };
  for (const [name, image] of Object.entries(images)) {
    if (map.hasImage(name)) map.updateImage(name, image);
    else map.addImage(name, image, { pixelRatio: 2 });
  }
}
