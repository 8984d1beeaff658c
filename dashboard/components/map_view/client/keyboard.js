// How is the map used without a pointer? The unit under the cross in the middle is the focused one.

/**
 * Arrows, + and − move the map (by the map library). Enter opens the focused unit, Space selects it, Escape leaves a
 * drawing tool or clears the selection.
 * @param {import("maplibre-gl").Map} map
 * @param {HTMLElement} host gets the class `mqmv-by-keyboard` while keys are in use
 * @param {{focus: () => void, open: () => void, toggle: () => void, escape: () => void, leave: () => void}} act
 */
export function listenToKeys(map, host, act) {
  const canvas = map.getCanvas();
  const byKeyboard = (on) => host.classList.toggle("mqmv-by-keyboard", on);
  const actions = { Enter: act.open, " ": act.toggle };
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return act.escape();
    byKeyboard(true);
    act.focus();
    if (!actions[event.key]) return undefined;
    event.preventDefault();
    return actions[event.key]();
  });
  canvas.addEventListener("focus", () => {
    if (!canvas.matches(":focus-visible")) return;
    byKeyboard(true);
    act.focus();
  });
  canvas.addEventListener("blur", () => {
    if (host.classList.contains("mqmv-by-keyboard")) act.leave();
    byKeyboard(false);
  });
  canvas.addEventListener("pointerdown", () => byKeyboard(false));
  map.on("moveend", () => host.classList.contains("mqmv-by-keyboard") && act.focus());
}
