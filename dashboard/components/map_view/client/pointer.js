// What happens under the pointer, or under the cross when keys are used? Hover, tooltip, click and toggled selection.
import { pickAt } from "./picking.js";

const TELL_MS = 200;

export class Pointer {
  /** @param {import("./engine.js").MapEngine} engine */
  constructor(engine) {
    this.engine = engine;
    this.frame = 0;
    this.timer = 0;
    const { map } = engine;
    map.on("mousemove", (event) => this.moveTo(event.point));
    map.on("mouseout", () => this.leave());
    map.on("movestart", () => this.leave());
    map.on("click", (event) => this.click(event));
  }

  get isOpen() {
    return Boolean(this.engine.map.style);
  }

  pick(point) {
    return this.isOpen ? pickAt(this.engine.map, point, this.engine.interactiveIds()) : null;
  }

  /** At most once a frame, and not while the map moves. */
  moveTo(point) {
    this.point = point;
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      if (this.point && !this.engine.map.isMoving()) this.hover(this.pick(this.point), this.point);
    });
  }

  /** Words have changed: what stands under the pointer is said anew. */
  sayAgain() {
    if (this.hit && this.point) this.showTooltip(this.hit, this.point);
  }

  hover(hit, point) {
    const { engine } = this;
    this.hit = hit;
    const isNew = engine.marks.hover(engine.map, hit);
    engine.map.getCanvas().style.cursor = hit ? "pointer" : "";
    if (hit) this.showTooltip(hit, point);
    else engine.tooltip.hide();
    if (isNew) this.tellHovered(hit);
  }

  showTooltip(hit, point) {
    const { name, text } = this.engine.describe(hit);
    this.engine.tooltip.show(point, name, text);
  }

  tellHovered(hit) {
    this.telling = hit ? { layer: hit.layer, id: hit.id } : { layer: null, id: null };
    if (this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.engine.out.set({ hovered: this.telling });
    }, TELL_MS);
  }

  leave() {
    this.point = null;
    if (this.isOpen) this.hover(null);
  }

  click(event) {
    const { ctrlKey, metaKey, shiftKey } = event.originalEvent;
    if (ctrlKey || metaKey) this.toggleAt(event.point);
    else this.tellClicked(this.pick(event.point), event.lngLat, shiftKey);
  }

  toggleAt(point) {
    const hit = this.isOpen ? pickAt(this.engine.map, point, this.engine.selectableIds()) : null;
    if (hit) this.toggle(hit);
  }

  toggle(hit) {
    this.engine.marks.toggle(this.engine.map, hit.layer, hit.id);
    this.engine.tellSelected("click");
  }

  tellClicked(hit, { lng, lat }, shiftKey) {
    const nonce = this.engine.nextNonce();
    const found = hit ? { layer: hit.layer, id: hit.id, properties: hit.properties } : { layer: null, id: null, properties: {} };
    this.engine.out.set({ clicked: { ...found, lngLat: [lng, lat], shiftKey: Boolean(shiftKey), nonce } });
  }

  centre() {
    const { clientWidth, clientHeight } = this.engine.host;
    return { x: clientWidth / 2, y: clientHeight / 2 };
  }

  /** Keys: hover what lies in the middle and read it out. */
  focusCentre() {
    const point = this.centre();
    const hit = this.pick(point);
    this.hover(hit, point);
    const { name, text } = hit ? this.engine.describe(hit) : { name: "", text: "" };
    this.engine.live.textContent = [name, text].filter(Boolean).join(" ");
  }

  openFocused() {
    this.tellClicked(this.pick(this.centre()), this.engine.map.getCenter(), false);
  }

  toggleFocused() {
    this.toggleAt(this.centre());
  }

  stop() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
  }
}
