// Which keys work the page of cases, and how are they shown? Letters for acts, steps through the list, saved filters.
(function () {
  "use strict";
  const { cases } = window.minqing;
  if (!cases.isHere) return;
  const { el, say } = cases;
  const doc = document;

  /** Words of the dialog by key; letters of acts are added from their own table. */
  const KEYS = {
    j: { act: () => cases.grid.step(1), words: "key_next" },
    k: { act: () => cases.grid.step(-1), words: "key_previous" },
    x: { act: () => cases.grid.toggle(), words: "key_toggle" },
    q: { act: () => focusGrid(), words: "key_list" },
    "/": { act: () => doc.getElementById("cases-text")?.focus(), words: "key_search" },
    n: { act: () => startNew(), words: "key_new" },
    "?": { act: () => showKeys(), words: "key_help" },
  };

  /** Theme and language. Other letters mean something on the map only. */
  const FOR_EVERY_PAGE = new Set(["t", "e"]);

  const UNWRITTEN = new Set(["radio", "checkbox", "range", "button"]);
  const isTyping = (node) => node && (node.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName) && !UNWRITTEN.has(node.type)));
  const isCovered = () => doc.querySelector("dialog[open]") || !doc.getElementById("cases-form").hidden;

  function focusGrid() {
    const row = doc.querySelector("#cases-grid .cases-row-now .ag-cell[col-id=case], #cases-grid .ag-row .ag-cell[col-id=case]");
    row?.focus();
  }

  /** The drawer of a new case opens where somebody fills it. */
  function startNew() {
    const button = doc.getElementById("cases-new");
    if (!button.hidden) cases.emit("new", null);
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isCovered()) return;
    if (event.key === "Escape") return leave(event);
    if (isTyping(doc.activeElement)) return;
    const letter = event.key.toLowerCase();
    const own = KEYS[letter];
    if (own) own.act();
    else if (/^[1-9]$/.test(event.key)) cases.queue.choosePlace(Number(event.key) - 1);
    else if (!/^[a-z]$/.test(letter) || FOR_EVERY_PAGE.has(letter)) return;
    else cases.act.byKey(letter.toUpperCase());
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /** Escape leaves the field that is written in, else closes the form of an act; a form closes itself. */
  function leave(event) {
    if (doc.activeElement?.closest("form")) return;
    event.stopImmediatePropagation();
    if (isTyping(doc.activeElement)) doc.activeElement.blur();
    else if (cases.act.isOpen()) cases.act.close();
  }

  function showKeys() {
    const acts = cases.act.ORDER.filter((act) => cases.act.KEYS[act] && cases.may(act)).map((act) => [cases.act.KEYS[act], say(`act_${act}`)]);
    const own = Object.entries(KEYS).map(([key, { words }]) => [key.toUpperCase(), say(words)]);
    const others = [["1–9", say("key_saved")], ["Ctrl+Enter", say("key_send")], ["Esc", say("key_leave")]];
    const row = ([key, words]) => el("div", null, el("dt", null, el("kbd", null, key)), el("dd", null, words));
    const dialog = el("dialog.cases-dialog", { "aria-labelledby": "cases-keys-title", close: () => dialog.remove(), click: (event) => event.target === dialog && dialog.close() },
      el("h2", { id: "cases-keys-title" }, say("keys")), el("dl.cases-keys", null, [...own, ...others].map(row)), acts.length ? el("h3", null, say("acts")) : null, acts.length ? el("dl.cases-keys", null, acts.map(row)) : null,
      el("button.act", { click: () => dialog.close() }, say("close_form")));
    doc.getElementById("cases-page").append(dialog);
    dialog.showModal();
  }

  // Before the keys of every page, which mean other things on the map.
  window.addEventListener("keydown", (event) => cases.city() && onKey(event), true);
  doc.addEventListener("click", (event) => event.target.closest?.("#cases-new") && startNew());
})();
