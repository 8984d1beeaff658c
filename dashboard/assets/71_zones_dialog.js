// How does the planner ask for something? One dialog of the browser itself, which keeps the focus and closes with Escape.
(function () {
  "use strict";
  const zones = window.minqing.zones;
  if (!zones.isHere) return;
  const { el, say } = zones;

  /**
   * Opens a dialog.
   * @param {string} title
   * @param {(Node|Node[])} body
   * @param {{words: string, act: function(HTMLFormElement): Promise<boolean|void>, isDangerous?: boolean}|null} main what
   *   the form does; it stays open where `act` answers false or throws, and says why; an error's
   *   `node` says it better than one line
   */
  function ask(title, body, main) {
    const said = el("div.zones-dialog-said", { role: "alert" });
    const done = main && el(`button.act.strong${main.isDangerous ? ".danger" : ""}`, null, main.words);
    if (done) done.type = "submit";
    const bar = el("progress.job-bar", { hidden: true, "aria-label": title });
    const close = () => dialog.close();
    const form = el("form.zones-form", { method: "dialog", submit: (event) => submit(event) },
      el("header", null, el("h2", { id: "zones-dialog-title" }, title), el("button.tool", { click: close, "aria-label": say("close") }, "×")),
      body, said, bar,
      el("footer.zones-acts", null, done, el("button.act", { click: close }, main ? say("cancel") : say("close"))));
    const dialog = el("dialog.zones-dialog", { "aria-labelledby": "zones-dialog-title", close: () => dialog.remove() }, form);

    async function submit(event) {
      event.preventDefault();
      if (!main) return void dialog.close();
      done.disabled = true;
      bar.hidden = false;
      said.textContent = "";
      try {
        if ((await main.act(form)) !== false) dialog.close();
      } catch (error) {
        zones.fill(said, error.node || `▲ ${error.message}`);
        said.scrollIntoView({ block: "nearest" });
      } finally {
        bar.hidden = true;
        done.disabled = false;
      }
      return undefined;
    }

    document.getElementById("zones-page").append(dialog);
    dialog.showModal();
    return dialog;
  }

  /** A labelled control. */
  function field(label, control, hint) {
    return el("label.zones-field", null, el("span.name", null, label), control, hint ? el("span.quiet", null, hint) : null);
  }

  /** @param {[string, string][]} options value and words */
  function select(attributes, options, value) {
    const node = el("select", attributes, options.map(([key, words]) => el("option", { value: key, selected: key === value }, words)));
    if (value !== undefined && value !== null) node.value = value;
    return node;
  }

  zones.dialog = { ask, field, select };
})();
