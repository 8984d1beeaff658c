// What has been done to the plan, by whom, and how does one go back? The history below the map, and the tabs beside it.
(function () {
  "use strict";
  const zones = window.minqing.zones;
  if (!zones.isHere) return;
  const { ask, dialog, edit, el, emit, fill, on, plan, say } = zones;
  /** What changes zones, and so can be taken back; names and locks stay. */
  const MOVES = new Set(["move", "merge", "split", "fill"]);
  const KINDS = new Set([...MOVES, "undo", "redo", "zone", "lock", "name", "state"]);
  let held = { key: "", items: [], next: null };

  const keyNow = () => (plan.current() ? `${plan.current().plan.id}:${plan.current().plan.version}` : "");

  async function read() {
    const key = keyNow();
    if (!key || key === held.key) return;
    held.key = key;
    try {
      const answer = await ask("GET", `/plans/${plan.current().plan.id}/steps`);
      if (held.key === key) held = { key, items: answer.items || answer.steps || [], next: answer.next || answer.cursor || null };
    } catch {
      held.key = "";
    }
    show();
  }

  async function readMore() {
    const { key, next } = held;
    const answer = await ask("GET", `/plans/${plan.current().plan.id}/steps?cursor=${encodeURIComponent(next)}`).catch(() => null);
    if (!answer || held.key !== key) return;
    held = { key, items: [...held.items, ...(answer.items || answer.steps || [])], next: answer.next || answer.cursor || null };
    show();
  }

  function show() {
    const open = plan.current();
    if (!open) return void fill("zones-history", el("p.quiet", null, say("history_empty")));
    const { steps } = open.plan;
    const title = el("header", null, el("h2", null, say("history")), el("span.quiet", null, say("steps_done", { n: steps?.done ?? 0 })), steps?.redoable ? el("span.quiet", null, say("steps_undone", { n: steps.redoable })) : null);
    const more = held.next ? el("li", null, el("button.act", { click: readMore }, say("earlier"))) : null;
    fill("zones-history", title, el("ol.zones-steps", { "data-scroll": "steps", tabindex: "0", "aria-label": say("history") }, held.items.map(row), more));
    return undefined;
  }

  /** A step with the number of steps that are done when one goes back, or forth, to it. */
  function row(step) {
    const to = placesOfSteps().get(step.version);
    const canGo = plan.isDraft() && to !== undefined && to !== plan.current().plan.steps?.done;
    const parts = [el("b", null, step.version), el("span.zones-step-what", null, words(step)), el("span.quiet", null, [step.mine ? say("me") : step.who, time(step.at)].filter(Boolean).join(" · "))];
    const isOff = to !== undefined && to > (plan.current().plan.steps?.done ?? 0);
    return el(`li.zones-step${isOff ? ".undone" : ""}`, null, canGo ? el("button", { click: () => goTo(to), title: say("go_back_here"), "data-key": `step-${step.version}` }, parts) : el("span", null, parts));
  }

  /** Back to a step; where that takes back what others did, a question is asked first. */
  function goTo(to) {
    const places = placesOfSteps();
    const done = plan.current().plan.steps?.done ?? 0;
    const gone = held.items.filter((step) => !step.mine && places.get(step.version) > to && places.get(step.version) <= done);
    if (!gone.length) return void edit.goTo(to);
    const who = [...new Set(gone.map((step) => step.who))].join("、");
    dialog.ask(say("go_back_others"), el("p", null, say("go_back_others_text", { who, n: gone.length })), { words: say("go_back_here"), isDangerous: true, act: () => edit.goTo(to) });
    return undefined;
  }

  /** The history keeps undone steps and undos alike; this replays them to find how many steps lie before each. */
  function placesOfSteps() {
    const done = [];
    const undone = [];
    for (const { version, kind, of_version: of } of held.items.slice().reverse()) {
      if (kind === "undo") {
        if (done.at(-1) === of) done.pop();
        undone.push(of);
      } else if (kind === "redo") {
        undone.pop();
        done.push(of);
      } else if (MOVES.has(kind)) {
        done.push(version);
        undone.length = 0;
      }
    }
    const last = plan.current().plan.steps?.done ?? done.length;
    const places = new Map(done.map((version, k) => [version, last - (done.length - 1 - k)]));
    undone.reverse().forEach((version, k) => places.set(version, last + 1 + k));
    return places;
  }

  function words({ kind, units, joined, left, detail }) {
    if (detail?.takes_back) return say("step_takes_back", { n: detail.takes_back });
    const zone = (no) => say("zone_n", { n: no + 1 });
    const to = (joined || []).length ? joined.map(zone).join("、") : (left || []).length && kind === "move" ? say("no_zone") : "";
    return say(KINDS.has(kind) ? `step_${kind}` : "step_other", { n: units, to, state: detail?.after?.state ? say(`state_${detail.after.state}`) : "" }).trim();
  }

  const time = (text) => (text ? new Date(text).toLocaleTimeString(zones.lang === "en" ? "en-GB" : "zh-CN", { hour: "2-digit", minute: "2-digit" }) : "");

  on("opened", () => {
    held = { key: "", items: [], next: null };
    show();
  });
  on("steps", () => {
    show();
    read();
  });

  // ---- tabs of the right column ----------------------------------------------------------------------------------

  function openTab(name) {
    for (const tab of document.querySelectorAll("[data-zones-tab]")) {
      const isHere = tab.dataset.zonesTab === name;
      tab.setAttribute("aria-selected", String(isHere));
      tab.tabIndex = isHere ? 0 : -1;
      document.getElementById(`zones-panel-${tab.dataset.zonesTab}`).hidden = !isHere;
    }
    emit("tab", name);
  }

  zones.whenDrawn(() => {
    show();
    document.addEventListener("click", (event) => {
      const tab = event.target.closest("[data-zones-tab]");
      if (tab) openTab(tab.dataset.zonesTab);
    });
    document.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      const tab = event.target.closest?.("[data-zones-tab]");
      if (!step || !tab) return;
      event.preventDefault();
      const tabs = [...document.querySelectorAll("[data-zones-tab]")];
      const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
      next.focus();
      openTab(next.dataset.zonesTab);
    });
  });

  zones.openTab = openTab;
})();
