// Which plan is it, in which state, saved how far, and what can be done with the whole of it? The bar on top.
(function () {
  "use strict";
  const zones = window.minqing.zones;
  if (!zones.isHere) return;
  const { ask, dialog, edit, el, fill, may, on, plan, say, tell } = zones;
  const STATES = ["draft", "review", "adopted"];
  let saving = { state: "saved" };
  let editors = [];

  function show() {
    const held = plan.current();
    if (!held) return showClosed();
    fill("zones-bar", chooser(held), nameOf(held), statesOf(held.plan), savedWords(held.plan), editorsOf(), el("div.spring"), stepsOf(held.plan), actsOf(held.plan));
    return undefined;
  }

  function showClosed() {
    const acts = [el("button.act.strong", { click: openList, "data-key": "open" }, say("open"))];
    if (may("edit")) acts.push(el("button.act", { click: newPlan, "data-key": "new" }, say("new_plan")));
    fill("zones-bar", el("strong", null, say("no_plan_open")), el("div.spring"), acts);
  }

  const chooser = () => el("span.zones-bar-group", null,
    el("button.act", { click: openList, "data-key": "open", title: say("open_title") }, say("open")),
    may("edit") ? el("button.act", { click: newPlan, "data-key": "new" }, say("new_plan")) : null);

  /** The name is changed where it stands. */
  function nameOf({ plan: held }) {
    if (!plan.isDraft()) return el("strong.zones-plan-name", { title: held.name }, held.name);
    const input = el("input.zones-plan-name", { value: held.name, maxlength: 120, "aria-label": say("plan_name"), "data-key": "name", title: say("rename") });
    input.addEventListener("change", async () => {
      const name = input.value.trim();
      if (!name || name === held.name || !(await plan.command("PATCH", "", { name }))) input.value = plan.current().plan.name;
    });
    input.addEventListener("keydown", (event) => event.key === "Enter" && input.blur());
    return input;
  }

  /** Draft → review → adopted, with the one it is in; superseded and withdrawn stand alone. */
  function statesOf({ state, adopted_from: from, superseded_from: until }) {
    const steps = STATES.includes(state) ? STATES : [state];
    const at = steps.indexOf(state);
    const period = from ? el("span.quiet", null, until ? say("in_force_between", { from, until }) : say("in_force_from", { from })) : null;
    return el("span.zones-states", null, el("ol", { "aria-label": say("state") }, steps.map((name, k) => el(`li${k < at ? ".past" : k === at ? ".now" : ""}`, { "aria-current": k === at ? "step" : null }, `${k < at ? "✓ " : ""}${say(`state_${name}`)}`))), period);
  }

  function savedWords({ version }) {
    const words = { saved: say("saved", { v: version }), saving: say("saving"), unsaved: say("unsaved") }[saving.state];
    const shape = { saved: "✓", saving: "◐", unsaved: "▲" }[saving.state];
    const meaning = { saved: "within", saving: "approaching", unsaved: "breached" }[saving.state];
    const again = saving.state === "unsaved" ? el("button.link", { click: () => plan.refresh().catch(() => tell(say("unreachable"), "bad")) }, say("try_again")) : null;
    return el("span.zones-saved", { role: "status" }, el(`span.shape.m-${meaning}`, { "aria-hidden": "true" }, shape), words, again);
  }

  function editorsOf() {
    const others = editors.filter((name) => name !== zones.account());
    return others.length ? el("span.zones-editors", { role: "status" }, say("also_here", { who: others.join("、") })) : null;
  }

  function stepsOf({ steps }) {
    if (!plan.isDraft()) return null;
    const button = (name, key, act, isOn) => el("button.tool", { click: act, disabled: !isOn, "data-key": name, title: `${say(name)} (${key})`, "aria-label": say(name), "aria-keyshortcuts": key }, el(`span.icon.icon-${name}`, { "aria-hidden": "true" }));
    return el("span.zones-bar-group", null, button("undo", "Ctrl+Z", edit.undo, steps?.undoable), button("redo", "Ctrl+Y", edit.redo, steps?.redoable));
  }

  /** What an account may not do stays to be seen, greyed, with the reason. */
  function actsOf(held) {
    const acts = [];
    if (may("export")) acts.push(el("button.act", { click: takeOut, "data-key": "export" }, say("take_out")));
    if (held.state === "draft" && may("edit")) acts.push(el("button.act", { click: sendToReview, "data-key": "review" }, say("to_review")));
    if (held.state === "review" && (may("edit") || may("adopt"))) acts.push(el("button.act", { click: sendBack, "data-key": "back" }, say("send_back")));
    if (["draft", "review"].includes(held.state)) acts.push(adoptButton(held));
    if (["draft", "review"].includes(held.state) && may("edit")) acts.push(el("button.act", { click: withdraw, "data-key": "withdraw" }, say("withdraw")));
    return el("span.zones-bar-group", null, acts);
  }

  function adoptButton(held) {
    const why = whyNotAdopt(held);
    return el("button.act.strong", { click: why ? null : adopt, "aria-disabled": why ? "true" : null, title: why || say("adopt_title"), "data-key": "adopt" }, say("adopt"));
  }

  function whyNotAdopt({ state, figures }) {
    if (!may("adopt")) return say("adopt_needs_leader");
    if (state !== "review") return say("adopt_needs_review");
    const faults = (figures?.faults || []).filter((fault) => fault.kind !== "unassigned");
    return faults.length ? say("adopt_has_faults", { n: faults.length }) : "";
  }

  const sendToReview = () => dialog.ask(say("to_review"), el("p", null, say("to_review_text")), { words: say("to_review"), act: () => carryOut("/review", {}) });

  /** The planner takes a plan back to go on drawing; who decides sends it back. */
  function sendBack() {
    const reason = el("textarea", { name: "reason", rows: 3, maxlength: 2000 });
    const path = may("edit") ? "/reopen" : "/return";
    dialog.ask(say("send_back"), [el("p", null, say("send_back_text")), dialog.field(say("reason"), reason)], { words: say("send_back"), act: () => carryOut(path, { reason: reason.value }) });
  }

  const withdraw = () => dialog.ask(say("withdraw"), el("p", null, say("withdraw_text")), { words: say("withdraw"), isDangerous: true, act: () => carryOut("/withdraw", {}) });

  function adopt() {
    const { plan: held } = plan.current();
    const tomorrow = new Date(Date.now() + 86400000).toLocaleDateString("sv-SE");
    const day = el("input", { type: "date", name: "from", value: tomorrow, required: true });
    const left = held.figures?.unassigned || 0;
    const allow = left ? el("label.zones-check", null, el("input", { type: "checkbox", name: "allow" }), say("adopt_unassigned", { n: left })) : null;
    dialog.ask(say("adopt"), [el("p", null, say("adopt_text")), dialog.field(say("adopt_from"), day), allow], {
      words: say("adopt"),
      act: (form) => carryOut("/adopt", { from: day.value, ...(form.elements.allow?.checked ? { allow_unassigned: true } : {}) }),
    });
  }

  /** A step in the life of the plan; the answer is the whole plan, as codes and dates come with it. */
  async function carryOut(path, body) {
    const { plan: held, sheet } = plan.current();
    plan.take(await ask("POST", `/plans/${held.id}${path}`, { version: held.version, ...body }), sheet);
    tell(say(`done${path.replace("/", "_")}`), "good");
  }

  const KINDS = ["geojson", "gpkg", "shp.zip", "xlsx", "csv"];
  function takeOut() {
    const { id } = plan.current().plan;
    const link = (path, words) => el("li", null, el("a", { href: `/api/v1/zones/plans/${id}/${path}`, download: "" }, words));
    dialog.ask(say("take_out"), [el("p.quiet", null, say("take_out_text")), el("ul.zones-links", null, link("evidence.html", say("evidence")), KINDS.map((kind) => link(`export/${kind}`, say(`kind_${kind.replace(".", "_")}`))))], null);
  }

  // ---- choose and make -------------------------------------------------------------------------------------------

  async function openList() {
    const list = el("div.zones-plans", { role: "list" }, el("p.quiet", null, say("loading")));
    const states = dialog.select({ "aria-label": say("state") }, [["", say("state_all")], ...[...STATES, "superseded", "withdrawn"].map((name) => [name, say(`state_${name}`)])], "");
    const box = dialog.ask(say("open_title"), [dialog.field(say("state"), states), list], null);
    const read = async () => {
      try {
        const answer = await ask("GET", `/plans${states.value ? `?state=${states.value}` : ""}`);
        fill(list, rows(answer.items || answer.plans || [], box));
      } catch (error) {
        fill(list, el("p.m-breached", { role: "alert" }, `▲ ${error.message}`));
      }
    };
    states.addEventListener("change", read);
    await read();
  }

  function rows(items, box) {
    if (!items.length) return [el("p.quiet", null, say(may("edit") ? "no_plans_yet" : "no_plans_for_you"))];
    const now = plan.current()?.plan.id;
    return items.map((item) => el(`button.zones-plan-row${item.id === now ? ".now" : ""}`, { role: "listitem", click: () => (box.close(), plan.open(item.id)) },
      el("strong", null, item.name),
      el("span.zones-state-chip", { "data-state": item.state }, say(`state_${item.state}`)),
      el("span.quiet", null, [(zones.lang === "en" && item.within_name_en) || item.within_name || item.within, say("n_zones", { n: item.figures?.zones ?? item.zones ?? "—" }), say("version_n", { v: item.version })].join(" · ")),
      el("span.quiet", null, [item.made_by, moment(item.changed_at || item.made_at)].filter(Boolean).join(" · "))));
  }

  const moment = (text) => (text ? new Date(text).toLocaleString(zones.lang === "en" ? "en-GB" : "zh-CN", { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" }) : "");

  /** The whole city and its parts down to the level above the smallest, and the levels that can be joined. */
  async function readPlaces() {
    const get = async (path) => (await fetch(`/api/v1${path}`)).json();
    const [{ items: levels }, { items: roots }] = await Promise.all([get("/levels"), get("/units?parent=")]);
    const parts = (await Promise.all(roots.map(({ code }) => get(`/units?parent=${encodeURIComponent(code)}`)))).flatMap(({ items }) => items);
    return { levels, units: [...roots, ...parts] };
  }

  async function newPlan() {
    const places = await readPlaces().catch(() => null);
    if (!places) return void tell(say("unreachable"), "bad");
    const { levels, units } = places;
    const rankOf = (key) => levels.find((level) => level.key === key)?.rank ?? 0;
    const name = el("input", { name: "name", required: true, maxlength: 120, value: say("new_plan_name", { day: new Date().toLocaleDateString("sv-SE") }) });
    const within = dialog.select({ name: "within" }, units.map((unit) => [unit.code, `${zones.nameOf(unit)}`]), plan.current()?.plan.within);
    const base = el("select", { name: "base" });
    const source = dialog.select({ name: "source" }, ["empty", "in_force", "open", "file"].filter((kind) => kind !== "open" || plan.current()).map((kind) => [kind, say(`from_${kind}`)]), "empty");
    const file = zones.planFile();
    const levelOf = () => units.find((unit) => unit.code === within.value)?.level;
    const showBases = () => {
      const above = rankOf(levelOf());
      const below = levels.filter((level) => level.rank > above);
      const usual = below.at(-2) || below.at(-1);
      base.replaceChildren(...below.map((level) => el("option", { value: level.key, selected: level === usual }, zones.lang === "en" ? level.name_en || level.name_zh : level.name_zh)));
    };
    within.addEventListener("change", showBases);
    source.addEventListener("change", () => (file.node.hidden = source.value !== "file"));
    showBases();
    dialog.ask(say("new_plan"), [dialog.field(say("plan_name"), name), dialog.field(say("plan_within"), within), dialog.field(say("plan_base"), base, say("plan_base_hint")), dialog.field(say("plan_from"), source, say("plan_from_hint")), file.node], {
      words: say("make_plan"),
      act: async () => {
        const asked = { name: name.value.trim(), within: within.value, level: levelOf(), base: base.value };
        const made = source.value === "file" ? await file.send(asked) : await ask("POST", "/plans", { ...asked, from: await startOf(source.value, within.value, base.value), parameters: {} });
        return plan.open(made.id);
      },
    });
    return undefined;
  }

  async function startOf(kind, within, base) {
    if (kind === "open") return { plan: plan.current().plan.id };
    if (kind === "empty") return { empty: true };
    const answer = await ask("GET", `/plans?${new URLSearchParams({ state: "adopted", within, base })}`);
    const [held] = answer.items || answer.plans || [];
    if (!held) throw new Error(say("none_in_force"));
    return { plan: held.id };
  }

  // ---- nothing open ----------------------------------------------------------------------------------------------

  /** An empty page says what would be here and how to get it. */
  function showEmpty() {
    const acts = [el("button.act.strong", { click: openList }, say("open"))];
    if (may("edit")) acts.push(el("button.act", { click: newPlan }, say("new_plan")));
    fill("zones-empty", plan.current() ? [] : el("div.notice-card", { role: "status" }, el("h2", null, say("empty_title")), el("p", null, say("empty_text")), may("edit") ? el("p.quiet", null, say("empty_propose")) : null, el("div.zones-acts", null, acts)));
    document.getElementById("zones-page").dataset.open = String(Boolean(plan.current()));
  }

  on("opened", () => (editors = []));
  on("opened", show);
  on("opened", showEmpty);
  on("changed", show);
  on("saving", (next) => {
    saving = next;
    show();
  });
  on("others", (news) => {
    editors = news.editors || editors;
    show();
  });

  zones.whenDrawn(async () => {
    show();
    const id = new URLSearchParams(window.location.search).get("plan");
    if (!id || !(await plan.open(id))) showEmpty();
  });

  zones.bar = { openList, newPlan };
})();
