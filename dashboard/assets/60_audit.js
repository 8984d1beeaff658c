// What happens on the page of the audit log without asking the server? Its address is its state.
(function () {
  "use strict";
  if (window.location.pathname !== "/audit") {
    // Dash asks for the functions by name on every page.
    window.dash_clientside = Object.assign(window.dash_clientside || {}, { audit_page: {} });
    return;
  }
  const doc = document;
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);
  const KEYS = ["from", "to", "actor", "action", "object", "address", "cursor"];
  const POLL_MS = 400;

  const readQuery = () => Object.fromEntries(new URLSearchParams(window.location.search));

  /** @param {Object<string, string|null|undefined>} change keys to set; an empty value takes a key away */
  function patch(change) {
    const query = Object.assign(readQuery(), change);
    for (const key of Object.keys(query)) if (!query[key]) delete query[key];
    const text = new URLSearchParams(query).toString();
    if (text === new URLSearchParams(readQuery()).toString()) return;
    window.history.replaceState({}, "", window.location.pathname + (text ? "?" + text : ""));
    if (Object.keys(change).some((key) => KEYS.includes(key))) {
      const asked = Object.fromEntries(KEYS.filter((key) => query[key]).map((key) => [key, query[key]]));
      setProps("audit-question", { data: asked });
    }
    if ("entry" in change) setProps("audit-chosen", { data: change.entry });
  }

  const nothing = () => window.dash_clientside.no_update;
  /** @param {string} key @returns {function(string): *} a filter changed: the list begins at its newest page again */
  const chooser = (key) => (value) => (patch({ [key]: value || null, cursor: null }), nothing());

  const functions = {
    chooseDates: (value) => {
      const [first, last] = value || [];
      // Half a range is no choice yet.
      if (Boolean(first) === Boolean(last)) patch({ from: first || null, to: last || null, cursor: null });
      return nothing();
    },
    chooseAction: chooser("action"),
    chooseActor: chooser("actor"),
    chooseObject: chooser("object"),
    chooseAddress: chooser("address"),
  };
  window.dash_clientside = Object.assign(window.dash_clientside || {}, { audit_page: functions });

  function choose(button) {
    patch({ entry: button.dataset.entry });
    mark();
  }

  /** The chosen row is marked here: asking the server for the list again would move it under the reader's eyes. */
  function mark() {
    const chosen = readQuery().entry;
    for (const row of doc.querySelectorAll("[data-row]")) {
      row.classList.toggle("chosen", row.dataset.row === chosen);
      row.querySelector("[data-entry]").setAttribute("aria-pressed", String(row.dataset.row === chosen));
    }
  }

  doc.addEventListener("click", (event) => {
    const button = event.target.closest("[data-audit-verify]");
    if (button) return void verify(button);
    const page = event.target.closest("[data-audit-page]");
    if (page && !page.disabled) return patch({ cursor: page.dataset.auditPage || null });
    const row = event.target.closest("[data-row]");
    if (row) choose(row.querySelector("[data-entry]"));
  });

  doc.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const list = doc.activeElement?.closest("[data-entries]");
    if (!step || !list) return;
    event.preventDefault();
    const buttons = [...list.querySelectorAll("[data-entry]")];
    const at = buttons.indexOf(doc.activeElement);
    buttons[Math.max(0, Math.min(buttons.length - 1, at + step))].focus();
  });

  async function verify(button) {
    const said = doc.querySelector("[data-audit-said]");
    const bar = doc.querySelector("[data-audit-progress]");
    button.disabled = true;
    bar.hidden = false;
    bar.removeAttribute("value");
    tell(said, said.dataset.busy, "");
    const timer = window.setInterval(() => showProgress(bar), POLL_MS);
    try {
      const response = await fetch("/api/v1/audit/verify", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: "{}",
      });
      const answer = await response.json();
      if (!response.ok) throw new Error(answer.detail || `HTTP ${response.status}`);
      finish(said, answer);
    } catch (error) {
      tell(said, `${said.dataset.failed} ${error.message}`, "m-breached");
    } finally {
      window.clearInterval(timer);
      bar.hidden = true;
      button.disabled = false;
    }
  }

  async function showProgress(bar) {
    const response = await fetch("/api/v1/audit/chain");
    const running = response.ok ? (await response.json()).running : null;
    if (running && running.total) bar.value = running.done / running.total;
  }

  /** The verification is an entry itself: list and card are drawn anew. */
  function finish(said, answer) {
    setProps("audit-round", { data: Date.now() });
    const texts = answer.findings.map((finding) => finding.text);
    tell(said, answer.whole ? said.dataset.whole : said.dataset.broken, answer.whole ? "m-within" : "m-breached", texts);
  }

  function tell(box, text, meaning, texts) {
    box.className = `audit-said ${meaning}`;
    box.replaceChildren(text, ...(texts || []).slice(0, 100).map((line) => {
      const item = doc.createElement("p");
      item.textContent = line;
      return item;
    }));
  }

  new MutationObserver((changes) => {
    if (changes.some((change) => [...change.addedNodes].some((node) => node.querySelector?.("[data-row]")))) mark();
  }).observe(doc.documentElement, { childList: true, subtree: true });
})();
