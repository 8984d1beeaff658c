// How does a person draw a box, a lasso, a stroke or a line? A sheet over the map that follows the pointer.
import { boxRing } from "./geometry.js";

const NS = "http://www.w3.org/2000/svg";
const MIN_STEP_PX = 3;
const MIN_SIZE_PX = 4;
const BRUSH_PX = 5;

/**
 * @typedef {Object} Takers who is told what was drawn, in pixels
 * @property {(ring: [number, number][], how: "replace"|"add"|"remove") => void} ring shift and touch add, control removes
 * @property {(path: [number, number][], step: "over"|"down"|"drag"|"up"|"cancel") => void} brush what is new of the path
 * @property {(path: [number, number][]) => void} line
 * @property {(event: WheelEvent) => void} wheel the map below zooms
 */

/** A finger has no keys: what it draws is added to what is selected. */
function howOf({ shiftKey, ctrlKey, metaKey, pointerType }) {
  if (ctrlKey || metaKey) return "remove";
  return shiftKey || pointerType === "touch" ? "add" : "replace";
}

export class ShapeTool {
  /** @param {HTMLElement} host @param {Takers} takers */
  constructor(host, takers) {
    this.takers = takers;
    this.tool = "pan";
    this.brushPx = BRUSH_PX;
    this.path = [];
    this.sheet = document.createElementNS(NS, "svg");
    this.sheet.setAttribute("class", "mqmv-sheet");
    this.sheet.setAttribute("aria-hidden", "true");
    this.outline = this.sheet.appendChild(document.createElementNS(NS, "polygon"));
    this.trace = this.sheet.appendChild(document.createElementNS(NS, "polyline"));
    this.tip = this.sheet.appendChild(document.createElementNS(NS, "circle"));
    this.sheet.style.display = "none";
    host.appendChild(this.sheet);
    this.sheet.addEventListener("pointerdown", (event) => this.start(event));
    this.sheet.addEventListener("pointermove", (event) => this.move(event));
    this.sheet.addEventListener("pointerup", (event) => this.finish(event));
    this.sheet.addEventListener("pointercancel", () => this.cancel());
    this.sheet.addEventListener("pointerleave", () => this.leave());
    this.sheet.addEventListener("wheel", (event) => this.takers.wheel(event), { passive: true });
  }

  /** @param {"pan"|"box"|"lasso"|"paint"|"line"} tool @param {number} [brushPx] radius of the brush */
  use(tool, brushPx) {
    this.cancel();
    this.tool = tool;
    this.brushPx = brushPx ?? BRUSH_PX;
    this.sheet.style.display = tool === "pan" ? "none" : "block";
    this.sheet.dataset.tool = tool;
  }

  pointOf(event) {
    const { left, top } = this.sheet.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  start(event) {
    if (event.button !== 0) return;
    this.sheet.setPointerCapture(event.pointerId);
    this.path = [this.pointOf(event)];
    if (this.tool === "paint") this.takers.brush(this.path, "down");
    this.draw();
  }

  move(event) {
    const [x, y] = this.pointOf(event);
    if (this.tool === "paint") this.brush([x, y]);
    if (!this.path.length) return;
    const [px, py] = this.path.at(-1);
    if (this.tool === "box") this.path = [this.path[0], [x, y]];
    else if (Math.hypot(x - px, y - py) >= MIN_STEP_PX) this.path.push([x, y]);
    this.draw();
  }

  /** The brush tells at most once a frame what it passed. */
  brush(point) {
    this.showTip(point);
    this.passed = this.path.length ? [...(this.passed || [this.path.at(-1)]), point] : [point];
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.tellBrush(this.path.length ? "drag" : "over");
    });
  }

  tellBrush(step) {
    const { passed } = this;
    this.passed = null;
    if (passed) this.takers.brush(passed, step);
  }

  showTip([x, y]) {
    this.tip.setAttribute("cx", x);
    this.tip.setAttribute("cy", y);
    this.tip.setAttribute("r", this.brushPx);
  }

  leave() {
    this.tip.setAttribute("r", 0);
    if (this.tool === "paint" && !this.path.length) this.takers.brush([], "over");
  }

  ring() {
    if (this.tool === "lasso") return this.path;
    return this.tool === "box" && this.path.length > 1 ? boxRing(this.path[0], this.path.at(-1)) : [];
  }

  finish(event) {
    if (!this.path.length) return;
    if (this.tool === "paint") this.finishStroke();
    else if (this.tool === "line") this.finishLine();
    else this.finishRing(event);
  }

  finishRing(event) {
    const ring = this.ring();
    const isDrawn = this.isLong(ring);
    this.cancel();
    if (isDrawn) this.takers.ring(ring, howOf(event));
  }

  finishStroke() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const passed = this.passed || [this.path.at(-1)];
    this.passed = null;
    this.path = [];
    this.draw();
    this.takers.brush(passed, "up");
  }

  finishLine() {
    const { path } = this;
    const isDrawn = this.isLong(path);
    this.cancel();
    if (isDrawn) this.takers.line(path);
  }

  isLong(points) {
    const [start] = points;
    return Boolean(start) && points.some(([x, y]) => Math.hypot(x - start[0], y - start[1]) > MIN_SIZE_PX);
  }

  cancel() {
    const isStroke = this.tool === "paint" && this.path.length > 0;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.passed = null;
    this.path = [];
    this.draw();
    if (isStroke) this.takers.brush([], "cancel");
  }

  draw() {
    const text = (points) => points.map((point) => point.join(",")).join(" ");
    this.outline.setAttribute("points", text(this.ring()));
    this.trace.setAttribute("points", this.tool === "line" ? text(this.path) : "");
  }
}
