// Which colours does the map use when a layer names none? One palette per theme.

/** @typedef {Object<string, string>} Palette */

/** @type {{dark: Palette, light: Palette}} */
export const PALETTES = {
  dark: {
    sea: "#0b1220",
    land: "#1a2536",
    pending: "#1f2b3f",
    noData: "#1d2839",
    noDataInk: "#6d7c93",
    suppressed: "#2a2440",
    suppressedInk: "#b7a6e8",
    filtered: "#141d2c",
    zero: "#3a4557",
    line: "#52627c",
    outline: "#e6edf7",
    label: "#e9eff8",
    halo: "#0b1220",
    hover: "#ffffff",
    selected: "#ffb224",
    lockedInk: "rgba(8, 17, 29, 0.75)",
    active: "#ff5cf0",
    cut: "#ff4d61",
    brush: "#ffffff",
    point: "#4cc2ff",
    pointRing: "#08111d",
    place: "#f2f5fa",
    placeInk: "#10203a",
    panel: "#121c2c",
    ink: "#e9eff8",
  },
  light: {
    sea: "#dbe6ee",
    land: "#f4f2ec",
    pending: "#ebe9e2",
    noData: "#f3f1eb",
    noDataInk: "#8d8f93",
    suppressed: "#e6e0f3",
    suppressedInk: "#6a55a5",
    filtered: "#e9e6dd",
    zero: "#b4c0cb",
    line: "#9aa5b1",
    outline: "#1d2a3a",
    label: "#1b2733",
    halo: "#ffffff",
    hover: "#0b1220",
    selected: "#c2410c",
    lockedInk: "rgba(11, 18, 32, 0.6)",
    active: "#a3008f",
    cut: "#c2102a",
    brush: "#0b1220",
    point: "#0b6bcb",
    pointRing: "#ffffff",
    place: "#1b2b44",
    placeInk: "#ffffff",
    panel: "#ffffff",
    ink: "#1b2733",
  },
};

/**
 * @param {{theme?: string, palette?: Palette}} props
 * @returns {Palette} the theme's palette with the page's own colours on top
 */
export function paletteOf(props) {
  return { ...PALETTES[props.theme === "light" ? "light" : "dark"], ...(props.palette || {}) };
}

/**
 * Texts and lines grow with the page's own type, which follows the viewport from laptop to wall.
 * @param {{scale?: number}} props
 * @returns {number} 1 where the root font is 16 px
 */
export function scaleOf(props) {
  return props.scale ?? parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}

/** Fonts by which labels are drawn; the browser takes them from the machine. */
export const LABEL_FONT = ["Noto Sans CJK SC"];
