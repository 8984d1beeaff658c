// How does a person draw a box or a lasso? A sheet over the map that follows the pointer and hands back the ring.
import { boxRing } from "./geometry.js";

const NS = "http://www.w3.org/2000/svg";
const MIN_STEP_PX = 3;
const MIN_SIZE_PX = 4;

/** A finger has no keys: what it draws is added to what is selected. */
function howOf({ shiftKey, ctrlKey, metaKey, pointerType }) {
  if (ctrlKey || metaKey) return "remove";
  return shiftKey || pointerType === "touch" ? "add" : "replace";
}

export class ShapeTool {
  /**
   * @param {HTMLElement} host
   * @param {(ring: [number, number][], how: "replace"|"add"|"remove") => void} onShape pixels; shift and touch add, control removes
   */
  constructor(host, onShape) {
    this.onShape = onShape;
    this.tool = "pan";
    this.path = [];
    this.sheet = document.createElementNS(NS, "svg");
    this.sheet.setAttribute("class", "mqmv-sheet");
    this.sheet.setAttribute("aria-hidden", "true");
    this.outline = this.sheet.appendChild(document.createElementNS(NS, "polygon"));
    this.sheet.style.display = "none";
    host.appendChild(this.sheet);
    this.sheet.addEventListener("pointerdown", (event) => this.start(event));
    this.sheet.addEventListener("pointermove", (event) => this.move(event));
    this.sheet.addEventListener("pointerup", (event) => this.finish(event));
    this.sheet.addEventListener("pointercancel", () => this.cancel());
  }

  /** @param {"pan"|"box"|"lasso"} tool */
  use(tool) {
    this.tool = tool;
    this.sheet.style.display = tool === "pan" ? "none" : "block";
    this.cancel();
  }

  pointOf(event) {
    const { left, top } = this.sheet.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  start(event) {
    if (event.button !== 0) return;
    this.sheet.setPointerCapture(event.pointerId);
    this.path = [this.pointOf(event)];
    this.draw();
  }

  move(event) {
    if (!this.path.length) return;
    const [x, y] = this.pointOf(event);
    const [px, py] = this.path.at(-1);
    if (this.tool === "box") this.path = [this.path[0], [x, y]];
    else if (Math.hypot(x - px, y - py) >= MIN_STEP_PX) this.path.push([x, y]);
    this.draw();
  }

  ring() {
    if (this.tool === "lasso") return this.path;
    return this.path.length > 1 ? boxRing(this.path[0], this.path.at(-1)) : [];
  }

  finish(event) {
    const ring = this.ring();
    const start = this.path[0];
    const isDrawn = start && ring.some(([x, y]) => Math.hypot(x - start[0], y - start[1]) > MIN_SIZE_PX);
    this.cancel();
    if (isDrawn) this.onShape(ring, howOf(event));
  }

  cancel() {
    this.path = [];
    this.draw();
  }

  draw() {
    this.outline.setAttribute("points", this.ring().map((point) => point.join(",")).join(" "));
  }
}
