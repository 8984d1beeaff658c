// How does somebody at the queue show a case on the walls? By a press in its head, or by going through cases while walls follow.
(function () {
  "use strict";
  const app = window.minqing;
  const { cases } = app;
  if (!cases.isHere) return;
  const { el, on, say, tell, wordsFor } = cases;

  let open = null;
  let isMounted = false;

  async function show() {
    try {
      await app.walls.direct({ incident: open.incident.id });
      tell(say("on_walls", { n: open.incident.id }), "good");
    } catch (error) {
      tell(wordsFor(error), "bad");
    }
  }

  function onCase(found) {
    const isOther = found?.incident.id !== open?.incident.id;
    open = found;
    const button = document.getElementById("cases-walls-show");
    if (button) button.disabled = !open;
    if (isOther) app.walls.went({ incident: open ? open.incident.id : null });
  }

  /** The remote, beside the cases; it is made at the first press. */
  function toggle() {
    const drawer = document.getElementById("cases-walls");
    drawer.hidden = !drawer.hidden;
    document.getElementById("cases-walls-open").setAttribute("aria-expanded", String(!drawer.hidden));
    if (drawer.hidden || isMounted) return;
    isMounted = true;
    const body = el("div.remote-page");
    drawer.append(el("header.cases-walls-head", null, el("h2", null, say("walls")), el("button.act", { id: "cases-walls-show", click: show, disabled: !open }, say("show_on_walls")), el("button.act", { click: toggle, "aria-label": say("close_walls") }, "×")), body);
    app.remote.mount(body);
  }

  app.kit.whenDrawn(["cases-walls", "cases-walls-open", "remote-words"], () => {
    document.getElementById("cases-walls-open").addEventListener("click", toggle);
    on("case", onCase);
    app.walls.on("problem", (error) => tell(wordsFor(error), "bad"));
  });
})();
