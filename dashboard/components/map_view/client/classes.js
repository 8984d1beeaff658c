// Which class does a value belong to? One small code per unit, the same codes on map, tooltip and legend.

/** Codes below zero are states, not amounts; they never share a colour with a class. */
export const NO_DATA = -1;
export const SUPPRESSED = -2;
export const FILTERED = -3;
export const ZERO = -4;
/** No values have come yet. */
export const PENDING = -9;

/**
 * @param {string} text base64 of little-endian 32-bit floats
 * @returns {Float32Array}
 */
export function decodeFloats(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i += 1) bytes[i] = raw.charCodeAt(i);
  return floatsOf(bytes.buffer);
}

/** @param {ArrayBuffer} buffer little-endian 32-bit floats @returns {Float32Array} */
export function floatsOf(buffer) {
  if (buffer.byteLength % 4) throw new Error(`values have ${buffer.byteLength} bytes, which is no multiple of 4`);
  const view = new DataView(buffer);
  const values = new Float32Array(buffer.byteLength / 4);
  for (let i = 0; i < values.length; i += 1) values[i] = view.getFloat32(4 * i, true);
  return values;
}

/**
 * Index of the first class whose upper bound is not below the value; the last class is open upward.
 * @param {number} value
 * @param {number[]} breaks upper bounds, inclusive, ascending
 * @param {number} classCount
 */
export function classOf(value, breaks, classCount) {
  let k = 0;
  while (k < breaks.length && value > breaks[k]) k += 1;
  return Math.min(k, classCount - 1);
}

/**
 * @param {Float32Array} values one per unit, in id order; NaN = no data
 * @param {{firstId: number, breaks: number[], colors: string[], zeroColor?: string|null,
 *          suppressed?: number[], filtered?: number[]}} spec
 * @returns {Int8Array} one code per unit
 */
export function classify(values, spec) {
  const codes = new Int8Array(values.length);
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i];
    if (Number.isNaN(value)) codes[i] = NO_DATA;
    else if (value === 0 && spec.zeroColor !== null) codes[i] = ZERO;
    else codes[i] = classOf(value, spec.breaks, spec.colors.length);
  }
  overwrite(codes, spec.suppressed, spec.firstId, SUPPRESSED);
  overwrite(codes, spec.filtered, spec.firstId, FILTERED);
  return codes;
}

function overwrite(codes, ids, firstId, code) {
  for (const id of ids || []) {
    const at = id - firstId;
    if (at >= 0 && at < codes.length) codes[at] = code;
  }
}
