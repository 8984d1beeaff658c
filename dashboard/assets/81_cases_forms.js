// How are the facts of an act asked for? One small form: its fields, what is wrong with them, what they mean to the server.
(function () {
  "use strict";
  const { cases } = window.minqing;
  if (!cases.isHere) return;
  const { el, say } = cases;
  const REASONS = ["fixed", "mediated", "transferred", "unfounded", "duplicate", "closed_unfixed"];
  /** A duplicate is closed by merging it. */
  const CLOSE_REASONS = REASONS.filter((key) => key !== "duplicate");
  const MINUTE = 60_000;

  const options = (keys, prefix) => keys.map((key) => el("option", { value: key }, say(`${prefix}_${key}`)));
  const choice = (attributes, children) => el("select", attributes, el("option", { value: "" }, say("choose")), children);

  /** How far the city's clock is ahead of UTC at a moment, in ms. */
  function offsetAt(at) {
    const parts = new Intl.DateTimeFormat("en-US", { timeZone: cases.city().zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" }).formatToParts(at);
    const of = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(of.year, of.month - 1, of.day, of.hour, of.minute) - Math.floor(at / MINUTE) * MINUTE;
  }

  /** "2026-05-01T08:00" in the city's time as a moment. @returns {string|null} */
  function fromCityTime(text) {
    const asUtc = Date.parse(`${text}Z`);
    if (Number.isNaN(asUtc)) return null;
    const first = asUtc - offsetAt(asUtc);
    return new Date(asUtc - offsetAt(first)).toISOString();
  }

  /**
   * Controls by kind of field: how it is drawn, how its value is read (null where empty), how a kept value is put back.
   * @type {Object<string, {draw: function(Object): HTMLElement, read?: function(HTMLElement): *, put?: function(HTMLElement, *): void}>}
   */
  const KINDS = {
    text: { draw: (attributes) => el("textarea", { ...attributes, rows: 2, maxlength: 2000 }) },
    department: { draw: (attributes) => choice(attributes, [...cases.city().departments.values()].map((one) => el("option", { value: one.key }, cases.nameOf(one)))) },
    departments: {
      draw: ({ id, name }) => el("div.cases-checks", { id, "data-name": name, role: "group" }, [...cases.city().departments.values()].map((one) => el("label", null, el("input", { type: "checkbox", value: one.key }), cases.nameOf(one)))),
      read: (node) => {
        const chosen = [...node.querySelectorAll("input:checked")].map((box) => box.value);
        return chosen.length ? chosen : null;
      },
      put: (node, value) => node.querySelectorAll("input").forEach((box) => (box.checked = (value || []).includes(box.value))),
    },
    case: {
      draw: (attributes) => el("div.cases-into", { id: attributes.id, "data-name": attributes.name }, el("input", { type: "text", inputmode: "numeric", "aria-label": say("field_into"), placeholder: say("case_id"), "data-key": "into" }), candidates()),
      read: (node) => {
        const digits = node.querySelector("input").value.replace(/\D/g, "");
        return digits ? Number(digits) : null;
      },
      put: (node, value) => (node.querySelector("input").value = value ?? ""),
    },
    hours: { draw: (attributes) => el("input", { ...attributes, type: "number", min: "0.5", step: "0.5" }), read: (node) => (node.value ? Number(node.value) : null) },
    moment: { draw: (attributes) => el("input", { ...attributes, type: "datetime-local" }), read: (node) => (node.value ? fromCityTime(node.value) : null), put: (node, value) => (node.value = value ? toCityTime(value) : "") },
    close_reason: { draw: (attributes) => choice(attributes, options(CLOSE_REASONS, "reason")) },
    outcome: { draw: (attributes) => choice(attributes, options(["agreed", "failed", "withdrawn"], "outcome")) },
    flag: { draw: (attributes) => choice(attributes, [el("option", { value: "yes" }, say("yes")), el("option", { value: "no" }, say("no"))]), read: (node) => (node.value ? node.value === "yes" : null), put: (node, value) => (node.value = value === null || value === undefined ? "" : value ? "yes" : "no") },
    grade: { draw: (attributes) => choice(attributes, options(["general", "major"], "grade")) },
  };

  const toCityTime = (moment) => new Date(Date.parse(moment) + offsetAt(Date.parse(moment))).toISOString().slice(0, 16);

  /** The likely duplicates that the page knows of, one press each. */
  function candidates() {
    return el("div.cases-candidates", null, cases.duplicates().map((one) => el("button.act", {
      click: (event) => {
        const field = event.target.closest(".cases-into").querySelector("input");
        field.value = one.id;
        field.dispatchEvent(new Event("input", { bubbles: true }));
        field.focus();
      } }, `#${one.id} ${Math.round((one.score || 0) * 100)}%`)));
  }

  const idOf = (name) => `cases-field-${name}`;

  /**
   * @param {Object<string, {kind: string, required: boolean}>} fields of an act
   * @returns {HTMLElement[]} labelled controls, what is required first
   */
  function draw(fields) {
    const order = Object.entries(fields).sort(([, a], [, b]) => Number(b.required) - Number(a.required));
    return order.map(([name, { kind, required }]) => el("div.cases-field", { "data-field": name },
      el("label", { for: idOf(name) }, say(`field_${name}`), required ? null : el("span.quiet", null, ` ${say("optional")}`)),
      KINDS[kind].draw({ id: idOf(name), name, "data-key": `field-${name}`, "aria-required": String(required), "aria-describedby": `${idOf(name)}-wrong` }),
      el("p.cases-wrong", { id: `${idOf(name)}-wrong`, role: "alert" })));
  }

  const controlOf = (form, name) => form.querySelector(`#${idOf(name)}`);

  /** @returns {Object<string, *>} facts that are filled in */
  function read(form, fields) {
    const given = Object.entries(fields).map(([name, { kind }]) => {
      const node = controlOf(form, name);
      const value = KINDS[kind].read ? KINDS[kind].read(node) : node.value.trim() || null;
      return [name, value];
    });
    return Object.fromEntries(given.filter(([, value]) => value !== null));
  }

  /** Puts kept facts back. */
  function put(form, fields, facts) {
    for (const [name, { kind }] of Object.entries(fields)) {
      const node = controlOf(form, name);
      if (KINDS[kind].put) KINDS[kind].put(node, facts[name]);
      else node.value = facts[name] ?? "";
    }
  }

  /** Says beside a field what is wrong with it, and goes there; without a field nothing is wrong. */
  function wrong(form, name, words) {
    form.querySelectorAll(".cases-wrong").forEach((line) => (line.textContent = ""));
    const line = name && form.querySelector(`#${idOf(name)}-wrong`);
    if (!line) return false;
    line.textContent = `▲ ${words}`;
    focusOn(controlOf(form, name));
    return true;
  }

  function focusOn(node) {
    (node.matches("input, select, textarea, button") ? node : node.querySelector("input, select, textarea, button"))?.focus();
  }

  /** @returns {string|null} the first required field that is empty */
  const missing = (fields, facts) => Object.keys(fields).find((name) => fields[name].required && facts[name] === undefined) ?? null;

  /** The field to begin with; without a required one the button that does it. */
  function first(form, fields) {
    const name = Object.keys(fields).find((key) => fields[key].required);
    if (name) focusOn(controlOf(form, name));
    else form.querySelector("[type=submit]").focus();
  }

  cases.forms = { REASONS, draw, read, put, wrong, missing, first };
})();
