// Why is the chosen case a major risk, what was done about it, and what can be done now?
(function () {
  "use strict";
  const { alerts, kit } = window.minqing;
  if (!alerts.isHere) return;
  const { el, fill, say, on, go, request, ruleWords, lang } = alerts;
  const PLACE = "alerts-detail";
  const REASONS = ["settled", "unfounded", "handed_over"];
  const OWNER_ROLES = ["operator", "leader"];

  /** @type {Object|null} the alert as the server told it last */
  let shown = null;
  let asking = null;
  /** Act whose form is open, with the key that repeated attempts share. */
  let form = null;
  let problem = "";

  /** One comparison that made a rule fire, in words. */
  function factWords(fact) {
    const value = Array.isArray(fact.value) ? fact.value.join(lang === "en" ? ", " : "、") : fact.value;
    // Of a sensitive class the small grid is compared, whatever the radius.
    const name = fact.within_days && shown.incident.position === "grid" ? `${fact.fact}_grid` : fact.fact;
    const known = say(`fact_${name}`, { value, days: fact.within_days, metres: fact.radius_m });
    const words = known === `fact_${name}` ? `${fact.fact}: ${value}` : known;
    return fact.comparison === "at_least" ? `${words} ${say("at_least", { n: fact.asked })}` : words;
  }

  function fired(one) {
    return el("li", null, el("b", null, ruleWords(one.rule)), one.facts.length ? el("span.quiet", null, one.facts.map(factWords).join(lang === "en" ? "; " : "；")) : null);
  }

  function facts(risk) {
    const pairs = [
      ["state", alerts.mark(risk.state)], ["owner", alerts.ownerOf(risk)], ["review", risk.review_on ?? say("no_review")], ["raised", alerts.moment(risk.raised_at)],
      ["case_state", say(`status_${risk.incident.status}`)], ["where", risk.incident.address || risk.incident.unit?.name || say("nowhere")], ["rules", risk.rules_version],
      risk.close_reason ? ["reason", say(`reason_${risk.close_reason}`)] : null,
    ];
    return el("dl.alerts-facts", null, pairs.filter(Boolean).flatMap(([name, value]) => [el("dt", null, say(`is_${name}`)), el("dd", null, value)]));
  }

  function step(one) {
    const words = [one.facts.department ? say("to", { owner: alerts.ownerOf({ owner_department: one.facts.department }) }) : null, one.facts.role ? say("to", { owner: say(`role_${one.facts.role}`) }) : null,
      one.facts.review_on ? say("review_on", { day: one.facts.review_on }) : null, one.facts.reason ? say(`reason_${one.facts.reason}`) : null, one.facts.note].filter(Boolean).join(" · ");
    return el("li", null, el("time.quiet", { datetime: one.at }, alerts.moment(one.at)), el("b", null, say(`did_${one.act}`)), el("span", null, one.who ?? say("program")), words ? el("span.quiet", null, words) : null);
  }

  function buttons(risk) {
    if (alerts.rights().mayAct !== "true" || risk.state === "closed") return null;
    const acts = risk.state === "open" ? ["acknowledge", "assign", "review", "close"] : ["assign", "review", "close"];
    return el("div.alerts-acts", null, acts.map((act) => el(`button.act${act === "acknowledge" ? ".strong" : ""}`, { "data-key": `act-${act}`, "data-alerts-act": act, "aria-expanded": act === "acknowledge" ? null : String(form?.act === act), click: () => begin(act) }, say(`do_${act}`))));
  }

  function begin(act) {
    problem = "";
    if (act === "acknowledge") return send({ act, key: kit.newKey() }, {});
    form = form?.act === act ? null : { act, key: kit.newKey() };
    draw();
    document.querySelector(".alerts-form select, .alerts-form input, .alerts-form textarea")?.focus();
    return undefined;
  }

  function field(name, control) {
    return el("label.alerts-field", null, el("span", null, say(`field_${name}`)), control);
  }

  function formFields(risk) {
    const note = field("note", el("textarea", { name: "note", rows: 2, maxlength: 2000 }));
    const review = field("review", el("input", { name: "review_on", type: "date", min: alerts.held.today, value: risk.review_on }));
    if (form.act === "close") return [field("reason", el("select", { name: "reason" }, REASONS.map((key) => el("option", { value: key }, say(`reason_${key}`))))), note];
    if (form.act === "review") return [review, note];
    const owners = [...alerts.city().departments.map((one) => [`department:${one.key}`, alerts.nameOf(one)]), ...OWNER_ROLES.map((role) => [`role:${role}`, say(`role_${role}`)])];
    return [field("owner", el("select", { name: "owner" }, owners.map(([value, words]) => el("option", { value, selected: value === `department:${risk.owner_department}` || value === `role:${risk.owner_role}` }, words)))), review, note];
  }

  function actForm(risk) {
    if (!form) return null;
    return el("form.alerts-form", { submit }, formFields(risk), el("footer", null, el("button.act.strong", { type: "submit" }, say(`do_${form.act}`)), el("button.act", { "data-key": "cancel", click: () => begin(form.act) }, say("cancel"))));
  }

  function submit(event) {
    event.preventDefault();
    const given = Object.fromEntries([...new FormData(event.target)].filter(([, value]) => value));
    const { owner, ...asked } = given;
    if (owner) {
      const [kind, key] = owner.split(":");
      asked[kind] = key;
    }
    send(form, asked);
  }

  async function send(act, asked) {
    const id = shown.id;
    try {
      shown = await request("POST", `/api/v1/risks/${id}/${act.act}`, { seq: shown.seq, key: act.key, ...asked });
      form = null;
      problem = "";
    } catch (error) {
      problem = alerts.wordsFor(error);
      if (error.status === 409) shown = await request("GET", `/api/v1/risks/${id}`).catch(() => shown);
    }
    draw();
    alerts.read();
  }

  function draw() {
    if (!shown) return fill(PLACE, el("p.quiet.alerts-empty", null, say("choose")));
    const risk = shown;
    const door = alerts.rights().mayOpen === "true" ? el("a.act", { href: `/cases?queue=all&case=${risk.id}`, "data-key": "door" }, say("open_case", { n: risk.id })) : null;
    return fill(PLACE,
      el("header.alerts-title", null, el("h2", null, alerts.classOf(risk.incident)), door),
      risk.incident.text ? el("p.alerts-prose", null, risk.incident.text) : null,
      facts(risk),
      el("section", null, el("h3", null, risk.fired.length ? say("why") : say("now_general")), el("ul.alerts-why", null, risk.fired.map(fired))),
      problem ? el("p.alerts-problem", { role: "alert" }, `▲ ${problem}`) : null,
      buttons(risk), actForm(risk),
      el("section", null, el("h3", null, say("history")), el("ol.alerts-steps", null, [...risk.steps].reverse().map(step))));
  }

  async function open(id) {
    asking?.abort();
    if (!id) {
      shown = null;
      form = null;
      return draw();
    }
    const { signal } = (asking = new AbortController());
    if (shown && String(shown.id) !== id) form = null;
    try {
      shown = await request("GET", `/api/v1/risks/${encodeURIComponent(id)}`, undefined, signal);
      if (form === null) problem = "";
      draw();
      alerts.emit("risk", shown);
    } catch (error) {
      if (!signal.aborted) fill(PLACE, el("p.alerts-problem", { role: "alert" }, `▲ ${alerts.wordsFor(error)}`), el("button.act", { click: () => go({ case: null }) }, say("back")));
    }
    return undefined;
  }

  let id = null;
  on("ready", () => open((id = alerts.address().case ?? null)));
  on("address", (now) => {
    if ((now.case ?? null) !== id) open((id = now.case ?? null));
  });
  on("changed", () => {
    if (id && !form) open(id);
  });
})();
