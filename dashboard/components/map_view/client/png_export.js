// How does the picture on screen become a PNG? The map as drawn, with title, legend and footer in a strip around it.

/**
 * @typedef {Object} PngExport the `exportPng` prop; carried out once per nonce
 * @property {number} nonce
 * @property {string} [fileName]
 * @property {string} [title]
 * @property {string} [subtitle]
 * @property {{label: string, color: string, pattern?: "noData"|"suppressed"}[]} [legend]
 * @property {string} [footer] such as source and as_of
 */

import { drawNoData, drawSuppressed } from "./patterns.js";

const FONT = '"Noto Sans CJK SC", "Noto Sans SC", sans-serif';

/** Copies the canvas inside a render event, while the drawn frame can still be read. */
function grabFrame(map) {
  return new Promise((resolve) => {
    map.once("render", () => {
      const source = map.getCanvas();
      const copy = document.createElement("canvas");
      copy.width = source.width;
      copy.height = source.height;
      copy.getContext("2d").drawImage(source, 0, 0);
      resolve(copy);
    });
    map.triggerRepaint();
  });
}

function writeHead(ctx, order, unit, palette) {
  ctx.fillStyle = palette.ink;
  ctx.font = `600 ${20 * unit}px ${FONT}`;
  ctx.fillText(order.title || "", 16 * unit, 30 * unit);
  ctx.font = `${13 * unit}px ${FONT}`;
  ctx.fillText(order.subtitle || "", 16 * unit, 52 * unit);
}

function patternTile(entry, palette) {
  const image = entry.pattern === "noData" ? drawNoData(palette.noDataInk) : drawSuppressed(palette.suppressedInk);
  const tile = document.createElement("canvas");
  tile.width = tile.height = image.width;
  tile.getContext("2d").putImageData(image, 0, 0);
  return tile;
}

function writeSwatch(ctx, entry, x, y, size, palette) {
  ctx.fillStyle = entry.color;
  ctx.fillRect(x, y, size, size);
  if (!entry.pattern) return;
  ctx.fillStyle = ctx.createPattern(patternTile(entry, palette), "repeat");
  ctx.fillRect(x, y, size, size);
}

/** Legend rows wrap; returns where each entry goes and how many rows there are. */
function layOutLegend(ctx, legend, width, unit) {
  const places = [];
  let x = 16 * unit;
  let row = 0;
  ctx.font = `${13 * unit}px ${FONT}`;
  for (const entry of legend) {
    const span = 20 * unit + ctx.measureText(entry.label).width + 18 * unit;
    if (x + span > width && x > 16 * unit) {
      x = 16 * unit;
      row += 1;
    }
    places.push({ entry, x, row });
    x += span;
  }
  return { places, rows: legend.length ? row + 1 : 0 };
}

function writeLegend(ctx, places, top, unit, palette) {
  ctx.font = `${13 * unit}px ${FONT}`;
  for (const { entry, x, row } of places) {
    const y = top + row * 22 * unit;
    writeSwatch(ctx, entry, x, y, 14 * unit, palette);
    ctx.fillStyle = palette.ink;
    ctx.fillText(entry.label, x + 20 * unit, y + 12 * unit);
  }
}

/** Puts strip, map and legend on one canvas. `unit` is the number of canvas pixels per screen pixel. */
function compose(frame, order, unit, palette) {
  const sheet = document.createElement("canvas");
  const ctx = sheet.getContext("2d");
  const { places, rows } = layOutLegend(ctx, order.legend || [], frame.width, unit);
  const head = order.title || order.subtitle ? 64 * unit : 0;
  const foot = (rows ? 14 + 22 * rows : 0) * unit + (order.footer ? 26 * unit : 0);
  sheet.width = frame.width;
  sheet.height = frame.height + head + foot;
  ctx.fillStyle = palette.panel;
  ctx.fillRect(0, 0, sheet.width, sheet.height);
  writeHead(ctx, order, unit, palette);
  ctx.drawImage(frame, 0, head);
  writeLegend(ctx, places, head + frame.height + 12 * unit, unit, palette);
  ctx.font = `${11 * unit}px ${FONT}`;
  ctx.fillStyle = palette.ink;
  ctx.fillText(order.footer || "", 16 * unit, sheet.height - 10 * unit);
  return sheet;
}

function download(blob, fileName) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/**
 * @param {import("maplibre-gl").Map} map
 * @param {PngExport} order
 * @param {Object<string, string>} palette
 * @returns {Promise<{nonce: number, bytes: number, width: number, height: number}>}
 */
export async function exportPng(map, order, palette) {
  const frame = await grabFrame(map);
  const sheet = compose(frame, order, map.getPixelRatio(), palette);
  const blob = await new Promise((resolve) => sheet.toBlob(resolve, "image/png"));
  download(blob, order.fileName || "map.png");
  return { nonce: order.nonce, bytes: blob.size, width: sheet.width, height: sheet.height };
}
