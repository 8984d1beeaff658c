// What does the label under the pointer say? Names and figures that the page already has, without asking the server.
import { FILTERED, NO_DATA, SUPPRESSED } from "./classes.js";
import { say } from "./messages.js";
import { localAddress } from "./sources.js";

/**
 * @typedef {Object} TooltipSpec one entry of the `tooltips` prop
 * @property {string} layer
 * @property {number} [firstId] unit id of the first name
 * @property {string[]} [names] in id order
 * @property {string} [url] JSON {first_id, names} instead of firstId and names
 * @property {string} [property] feature property that holds the name (points, places, bins)
 * @property {string} [metric] what the figure counts, such as 上报
 * @property {string} [unit] such as 件
 * @property {number} [digits] decimals of the figure
 * @property {string[]} [texts] what stands below the name instead of a figure, in id order
 */

/** Names by layer; lists given by address are fetched once. */
export class NameBook {
  constructor(onError) {
    this.specs = new Map();
    this.fetched = new Map();
    this.onError = onError;
  }

  /** @param {TooltipSpec[]} specs */
  update(specs) {
    this.specs = new Map((specs || []).map((spec) => [spec.layer, spec]));
    for (const spec of this.specs.values()) if (spec.url && !this.fetched.has(spec.url)) this.load(spec.url);
  }

  async load(url) {
    this.fetched.set(url, null);
    try {
      const response = await fetch(localAddress(url));
      if (!response.ok) throw new Error(`names: HTTP ${response.status} from ${url}`);
      const { first_id: firstId, names } = await response.json();
      this.fetched.set(url, { firstId, names });
    } catch (error) {
      this.fetched.delete(url);
      this.onError(error);
    }
  }

  /** @returns {string} name of a feature, or "" */
  nameOf(layer, feature) {
    const spec = this.specs.get(layer);
    if (!spec) return "";
    if (spec.property) return String(feature.properties?.[spec.property] ?? "");
    const list = spec.url ? this.fetched.get(spec.url) : spec;
    return list?.names?.[feature.id - list.firstId] ?? "";
  }
}

/**
 * @param {{value: number, code: number}|undefined} shown
 * @param {TooltipSpec|undefined} spec
 * @param {string|undefined} lang
 * @returns {string} the figure in words; zero, no data, filtered out and suppressed read differently
 */
export function describe(shown, spec, lang) {
  if (!shown) return "";
  if (shown.code === NO_DATA) return say(lang, "noData");
  if (shown.code === SUPPRESSED) return say(lang, "suppressed");
  if (shown.code === FILTERED) return say(lang, "filtered");
  const digits = spec?.digits ?? 0;
  const figure = shown.value.toLocaleString(lang === "en" ? "en" : "zh-CN", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return [spec?.metric, [figure, spec?.unit].filter(Boolean).join(" ")].filter(Boolean).join(" ");
}

/** The box that follows the pointer. Text only: names are never read as markup. */
export class TooltipBox {
  constructor(host) {
    this.box = document.createElement("div");
    this.box.className = "mqmv-tooltip";
    this.box.hidden = true;
    this.name = this.box.appendChild(document.createElement("strong"));
    this.text = this.box.appendChild(document.createElement("span"));
    host.appendChild(this.box);
    this.host = host;
  }

  show(point, name, text) {
    this.name.textContent = name;
    this.text.textContent = text;
    this.box.hidden = !(name || text);
    if (this.box.hidden) return;
    const { clientWidth, clientHeight } = this.host;
    const left = point.x + 14 + this.box.offsetWidth > clientWidth ? point.x - 14 - this.box.offsetWidth : point.x + 14;
    const top = point.y + 14 + this.box.offsetHeight > clientHeight ? point.y - 14 - this.box.offsetHeight : point.y + 14;
    this.box.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  hide() {
    this.box.hidden = true;
  }
}
