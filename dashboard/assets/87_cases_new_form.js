// How is a new case written down? The drawer: text, class with suggestions, place, photos, solution on the spot.
(function () {
  "use strict";
  const { cases } = window.minqing;
  if (!cases.isHere) return;
  const { el, fill, say, on, newCase, newPlace } = cases;
  const doc = document;
  const DRAWER = "cases-form";
  const THINK_MS = 450;
  const FIELDS = ["text", "address", "family", "class", "severity", "source", "result"];
  /** Fields of the server that the form has under another one. */
  const SHOWN_AT = { lat: "lon", department: "class", reported_at: "text", key: "text", items: "text" };
  const FIRST_SOURCE = "hotline_12345";
  const MOST_LIKE = 3;
  /** What is less likely is not worth reading, unless there is nothing better. */
  const LEAST_SHARE = 0.02;

  let thinking = 0;
  let asked = 0;
  let likeness = new AbortController();

  const drawer = () => doc.getElementById(DRAWER);
  const node = (name) => doc.getElementById(`cases-new-${name}`);
  const isOpen = () => !drawer().hidden;
  const maySolve = () => cases.may("solve_on_spot");

  const option = (value, words) => el("option", { value }, words);
  const wrongLine = (name) => el("p.cases-wrong", { id: `cases-new-wrong-${name}`, role: "alert" });

  function field(name, control, isRequired, ...more) {
    control.id = `cases-new-${name}`;
    control.setAttribute("aria-describedby", `cases-new-wrong-${name}`);
    control.setAttribute("aria-required", String(isRequired));
    return el("div.cases-field", { "data-field": name }, el("label", { for: control.id }, say(`new_${name}`), isRequired ? null : el("span.quiet", null, ` ${say("optional")}`)), control, ...more, wrongLine(name));
  }

  /** Classes of a family by group. */
  function classOptions(family) {
    const { classes, groups } = cases.city();
    const shown = groups.filter((group) => !family || group.family === family);
    return [option("", say("new_choose")), ...shown.map((group) => el("optgroup", { label: cases.nameOf(group) }, group.classes.map((code) => option(code, cases.nameOf(classes.get(code))))))];
  }

  function draw() {
    const { sources } = cases.city();
    const spot = maySolve() ? field("result", el("textarea", { rows: 2, maxlength: 2000 }), false) : null;
    const photos = cases.may("attach") || maySolve();
    fill(DRAWER, el("form.cases-new", { novalidate: true, submit: onSubmit, input: onInput },
      el("header", null, el("h2", { id: "cases-new-title" }, say("new_title")), el("span.quiet", { id: "cases-new-kept", role: "status" }), el("button.tool", { click: close, "aria-label": say("close_form") }, "✕")),
      el("div", { id: "cases-new-said", role: "status" }),
      el("div.cases-new-fields", { id: "cases-new-fields" },
        field("text", el("textarea", { rows: 4, maxlength: 4000 }), true, el("p.cases-new-masked", { id: "cases-new-masked", role: "status" })),
        el("div", { id: "cases-new-chips", role: "group", "aria-label": say("new_suggestions") }),
        el("div.cases-new-row", null,
          field("family", el("select", { change: () => fillClasses("") }, option("", say("new_all")), option("urban", say("new_urban")), option("safety", say("new_safety"))), false),
          field("class", el("select", null, classOptions("")), true)),
        el("div.cases-new-row", null,
          field("severity", el("select", null, option("", say("new_severity_class")), ...[1, 2, 3].map((n) => option(n, say(`new_severity_${n}`)))), false),
          field("source", el("select", null, [...sources].map(([key, words]) => option(key, words))), true)),
        newPlace.draw(onPlace),
        field("address", el("input", { type: "text", maxlength: 500, autocomplete: "off" }), false),
        el("section", { id: "cases-new-like" }),
        photos ? el("div.cases-field", null, el("label", { for: "cases-new-photo" }, say("photo_add")), el("input", { id: "cases-new-photo", type: "file", accept: "image/jpeg,image/png,image/webp", multiple: true, change: onPhotos })) : null,
        el("ul", { id: "cases-new-photos" }),
        spot),
      el("footer", null, el("button.act.strong", { id: "cases-new-send", type: "submit" }, say("new_send")), el("button.act", { id: "cases-new-discard", click: discard }, say("new_discard")), el("span.quiet", null, say("new_hint")))));
    node("send").type = "submit";
  }

  function fillClasses(code) {
    const select = node("class");
    const wanted = code || select.value;
    select.replaceChildren(...classOptions(node("family").value));
    select.value = wanted;
    if (select.selectedIndex < 0) select.value = "";
  }

  const read = () => ({ ...Object.fromEntries(FIELDS.map((name) => [name, node(name)?.value ?? ""])), point: newPlace.point() });

  /** Puts a kept draft into the form. */
  function put(fields) {
    node("family").value = fields.family ?? "";
    fillClasses(fields.class || "");
    for (const name of FIELDS) if (node(name)) node(name).value = fields[name] ?? "";
    if (!fields.source) node("source").value = cases.city().sources.has(FIRST_SOURCE) ? FIRST_SOURCE : [...cases.city().sources.keys()][0];
    newPlace.put(fields.point || null, "", true);
  }

  function onInput() {
    newCase.change(read());
    node("kept").textContent = say("new_kept");
    later();
  }

  function onPlace(name) {
    if (name && !node("address").value.trim()) node("address").value = name;
    onInput();
  }

  function later() {
    window.clearTimeout(thinking);
    thinking = window.setTimeout(() => {
      if (!isOpen()) return;
      suggest();
      compare();
    }, THINK_MS);
  }

  async function suggest() {
    const turn = (asked += 1);
    const text = node("text").value.trim();
    if (!text) return showSuggestions({ items: [], masked: {} });
    try {
      const answer = await cases.ask("POST", "/api/v1/classes/suggest", { text, limit: 3 });
      if (turn === asked && isOpen()) showSuggestions(answer);
    } catch {
      if (turn === asked && isOpen()) showSuggestions({ items: [], masked: {} });
    }
    return undefined;
  }

  function showSuggestions({ items, masked }) {
    const kinds = Object.entries(masked).map(([kind, n]) => `${say(`new_masked_${kind}`)} ×${n}`);
    fill("cases-new-masked", kinds.length ? `◐ ${say("new_masks", { kinds: kinds.join(say("new_comma")) })}` : null);
    fill("cases-new-chips", items.length ? el("span.quiet", null, say("new_suggestions")) : null, items.filter((one, place) => place === 0 || one.p >= LEAST_SHARE).map(chip));
  }

  function chip(one) {
    const isOn = node("class").value === one.class;
    return el("button.cases-new-chip", { "data-class": one.class, "data-key": `chip-${one.class}`, "aria-pressed": String(isOn), click: () => takeClass(one.class) },
      el("b", null, cases.nameOf(cases.city().classes.get(one.class)) || one.class), el("span.cases-score", { style: `--score:${one.p}` }, `${Math.round(one.p * 100)}%`), one.words.length ? el("span.quiet", null, one.words.join(say("new_comma"))) : null);
  }

  function takeClass(code) {
    node("family").value = "";
    fillClasses(code);
    for (const button of doc.querySelectorAll(".cases-new-chip")) button.setAttribute("aria-pressed", String(button.dataset.class === code));
    wrong(null);
    onInput();
  }

  /** What is likely the same matter, while there is still time not to file it twice. */
  async function compare() {
    likeness.abort();
    likeness = new AbortController();
    const { signal } = likeness;
    const { class: code, text, point } = read();
    if (!code || !point) return fill("cases-new-like");
    try {
      const { items } = await cases.ask("POST", "/api/v1/duplicates", { class: code, text: text.trim() || null, ...point }, signal);
      if (!signal.aborted) showAlike(items.slice(0, MOST_LIKE));
    } catch {
      if (!signal.aborted) fill("cases-new-like");
    }
    return undefined;
  }

  function showAlike(items) {
    const row = (one) => el("li", null, el("button.cases-near-row", { "data-key": `alike-${one.id}`, click: () => look(one.id) },
      el("b", null, one.incident ? cases.classOf(one.incident) : `#${one.id}`), el("span", null, one.distance_m === null ? "" : say("dup_metres", { n: cases.number(one.distance_m) })), el("span.cases-score", { style: `--score:${one.score}` }, `${Math.round(one.score * 100)}%`),
      el("span.quiet", null, one.incident?.text || "")));
    fill("cases-new-like", items.length ? [el("h3", null, say("new_alike")), el("ul.cases-near", null, items.map(row))] : null);
  }

  function look(id) {
    close();
    cases.go({ case: id });
  }

  function onPhotos(event) {
    newCase.addPhotos([...event.target.files]);
    event.target.value = "";
    showPhotos();
  }

  function showPhotos() {
    const row = (photo) => el("li", { "data-state": photo.state }, el("span", null, photo.file.name), el("span.quiet", null, say(`new_photo_${photo.state}`)), el("span.cases-wrong", null, photo.why),
      photo.state === "waiting" ? el("button.link", { click: () => { newCase.removePhoto(photo); showPhotos(); node("photo").focus(); } }, say("new_photo_remove")) : null);
    fill("cases-new-photos", newCase.photos().map(row));
  }

  /** Says beside a field what is wrong with it, and goes there. */
  function wrong(name, words) {
    doc.querySelectorAll(`#${DRAWER} .cases-wrong[id]`).forEach((line) => (line.textContent = ""));
    doc.querySelectorAll(`#${DRAWER} [aria-invalid]`).forEach((control) => control.removeAttribute("aria-invalid"));
    if (!name) return;
    const key = SHOWN_AT[name] || name;
    const line = node(`wrong-${key}`) || node("wrong-text");
    line.textContent = `▲ ${words}`;
    const control = node(key === "lon" ? "search" : key) || node("text");
    control.setAttribute("aria-invalid", "true");
    control.focus();
  }

  /** @returns {string|null} the first field that is not filled in */
  function missing(fields) {
    if (!fields.text.trim()) return "text";
    return fields.class ? null : "class";
  }

  function onSubmit(event) {
    event.preventDefault();
    const fields = read();
    const name = missing(fields);
    if (name) return wrong(name, say(`new_wrong_${name}`));
    wrong(null);
    return newCase.begin(bodyOf(fields), fields.result.trim() || null);
  }

  /** The moment is that of the press, however late the line lets it through. */
  function bodyOf(fields) {
    const body = { class: fields.class, text: fields.text.trim(), source: fields.source, reported_at: new Date(cases.now()).toISOString() };
    if (fields.address.trim()) body.address = fields.address.trim();
    if (fields.severity) body.severity = Number(fields.severity);
    if (fields.point) Object.assign(body, fields.point);
    const own = cases.city().departments.get(Number(cases.rights().department));
    if (cases.rights().department && own) body.department = own.key;
    return body;
  }

  /** A form under way is not changed: what goes again has to say the same. */
  function lock(isLocked) {
    if (!node("fields")) return;
    node("fields").inert = isLocked;
    node("send").disabled = isLocked;
    node("discard").disabled = isLocked;
  }

  const SAID = { sending: "new_sending", waiting: "new_waiting" };

  on("new-state", ({ state, error }) => {
    if (!node("fields")) return;
    if (state === "photo") return showPhotos();
    lock(state in SAID);
    fill("cases-new-said", SAID[state] ? el("p.cases-draft", { "data-state": state }, state === "waiting" ? "◐ " : null, state === "waiting" && error?.status === 401 ? say("signed_out") : say(SAID[state])) : null);
    if (state === "refused") refused(error);
    return undefined;
  });

  function refused(error) {
    const name = error.problem.field;
    const own = ["lon", "lat", "class", "department"].includes(name) ? `${say(`new_refused_${SHOWN_AT[name] || name}`)} ` : "";
    wrong(name || "text", own + error.message);
  }

  on("new-done", async (pending) => {
    if (isOpen()) close();
    fill(DRAWER);
    cases.emit("pin", null);
    cases.tell(say(pending.result ? "new_done_solved" : "new_done", { id: pending.id }), "good");
    cases.go({ case: pending.id });
    cases.changed([pending.id]);
    const found = await cases.ask("GET", `/api/v1/cases/${pending.id}`).catch(() => null);
    const stored = found?.incident || {};
    if (found && (stored.text !== pending.body.text || (pending.body.address && stored.address !== pending.body.address))) cases.tell(say("new_was_masked"));
  });

  function discard() {
    newCase.discard();
    fill(DRAWER);
    draw();
    put({});
    showPhotos();
    node("text").focus();
  }

  function open() {
    if (!cases.city()) return;
    if (!node("fields")) {
      draw();
      put(newCase.draft().fields);
      showPhotos();
      if (Object.keys(newCase.draft().fields).length) {
        node("kept").textContent = say("new_from_draft");
        later();
      }
    }
    drawer().hidden = false;
    cases.emit("pin", newPlace.point());
    lock(Boolean(newCase.draft().pending));
    node("text").focus();
  }

  function close() {
    newPlace.stop();
    drawer().hidden = true;
    cases.emit("pin", null);
    doc.getElementById("cases-new").focus();
  }

  doc.addEventListener("keydown", (event) => {
    if (!drawer() || !isOpen() || event.isComposing || event.defaultPrevented) return;
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && drawer().contains(doc.activeElement)) drawer().querySelector("form").requestSubmit();
    else return;
    event.preventDefault();
  });

  on("new", open);
  // What was under way when the page went is sent on.
  on("ready", () => {
    if (!newCase.isKept() || !newCase.draft().pending) return;
    open();
    newCase.run();
  });
})();
