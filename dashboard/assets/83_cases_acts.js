// What can be done to the open case, why not the rest, and how is it done? Buttons, a form per act, drafts, conflicts.
(function () {
  "use strict";
  const { cases } = window.minqing;
  if (!cases.isHere) return;
  const { ask, draft, el, fill, forms, on, say } = cases;

  /** Acts in the order of the work; the key that opens each. */
  const KEYS = {
    file: "F", dispatch: "D", accept: "A", handle: "H", close: "C", reject: "R", return: "B", rework: "W", redispatch: "D", merge: "M", solve_on_spot: "G",
    ask_pre_filing_check: null, answer_pre_filing_check: null, ask_pre_closing_check: null, answer_pre_closing_check: null, ask_extension: "I", grant_extension: null, refuse_extension: null,
    suspend: null, resume: null, supervise: "S", escalate: "U", raise_level: null, whistle: null, report_in: null, mediate: null, grade: null, unmerge: null, appeal: null, grant_appeal: null,
    refuse_appeal: null, reopen: null, void: null, note: "O",
  };
  const ORDER = Object.keys(KEYS);
  const DANGEROUS = new Set(["reject", "void"]);

  /** @type {{act: string, caseId: number, form: HTMLElement, sending: boolean}|null} */
  let asked = null;

  const actOf = (name) => cases.current()?.acts.find((one) => one.act === name);
  const nameOf = (act) => `case.${cases.current().incident.id}.${act}`;
  const reasonOf = (one) => say(`why_${one.reason}`, { state: say(`status_${cases.current().state.status}`) });

  function show(found) {
    if (!found) {
      asked = null;
      return undefined;
    }
    if (asked && asked.caseId !== found.incident.id) asked = null;
    if (!cases.acts().length) return fill("cases-acts");
    const known = new Map(found.acts.map((one) => [one.act, one]));
    const own = ORDER.filter((act) => cases.may(act) && known.has(act)).map((act) => known.get(act));
    const possible = own.filter((one) => one.possible);
    const others = ORDER.filter((act) => known.has(act) && !known.get(act).possible).map((act) => known.get(act));
    fill("cases-acts",
      el("div.cases-act-row", { role: "toolbar", "aria-label": say("acts") }, possible.map((one, place) => button(one, place === 0))),
      possible.length ? null : el("p.quiet", null, say("acts_none")),
      el("details.cases-why", { open: isWhyOpen, toggle: (event) => (isWhyOpen = event.target.open) }, el("summary", { "data-key": "why" }, say("acts_why", { n: others.length })),
        el("ul", null, others.map((one) => el("li", null, el("span.act", { "aria-disabled": "true" }, say(`act_${one.act}`)), el("span", null, reasonOf(one)))))));
    keepForm();
    if (!asked) offerDraft(possible);
    return undefined;
  }

  let isWhyOpen = false;

  function button(one, isFirst) {
    const key = KEYS[one.act];
    return el(`button.act${isFirst ? ".strong" : ""}`, { "data-key": `act-${one.act}`, "data-act": one.act, "aria-keyshortcuts": key, "aria-expanded": String(asked?.act === one.act), click: () => open(one.act) },
      say(`act_${one.act}`), key ? el("kbd", { "aria-hidden": "true" }, key) : null);
  }

  /** A draft that was left behind is told of; nothing is opened by itself. */
  function offerDraft(possible) {
    const kept = possible.find((one) => draft.read(nameOf(one.act)));
    if (kept) fill("cases-act", el("p.cases-draft", null, say("draft_kept", { act: say(`act_${kept.act}`) }), " ", el("button.link", { click: () => open(kept.act) }, say("draft_open"))));
    else fill("cases-act");
  }

  /** The form of an act; opened twice it is closed, what was typed is kept. */
  function open(act) {
    const one = actOf(act);
    if (!one || !cases.may(act)) return;
    if (!one.possible) {
      cases.tell(`${say(`act_${act}`)}: ${reasonOf(one)}`, "bad");
      return;
    }
    const form = el("form.cases-act-form", { "data-act": act, submit: (event) => submit(event), input: () => keep(), keydown: (event) => onKey(event), novalidate: true, "aria-label": say(`act_${act}`) },
      el("header", null, el("h2", null, say(`act_${act}`)), el("button.tool", { click: close, "aria-label": say("close_form"), title: say("close_form") }, "×")),
      el("div.cases-conflict", { hidden: true, role: "alert" }),
      forms.draw(one.fields),
      el("p.cases-said", { role: "alert" }),
      el("footer", null, submitButton(act), el("span.quiet", null, say("form_hint"))));
    asked = { act, caseId: cases.current().incident.id, form, fields: one.fields, sending: false };
    fill("cases-act", form);
    const kept = draft.read(nameOf(act));
    if (kept) forms.put(form, one.fields, kept.facts);
    document.querySelectorAll("#cases-acts [data-act]").forEach((node) => node.setAttribute("aria-expanded", String(node.dataset.act === act)));
    form.scrollIntoView({ block: "nearest" });
    forms.first(form, one.fields);
  }

  function submitButton(act) {
    const node = el(`button.act.strong${DANGEROUS.has(act) ? ".danger" : ""}`, { "data-key": "submit" }, say(`act_${act}`));
    node.type = "submit";
    return node;
  }

  function close() {
    asked = null;
    fill("cases-act");
    document.querySelectorAll("#cases-acts [data-act]").forEach((node) => node.setAttribute("aria-expanded", "false"));
    document.getElementById("cases-case").focus();
  }

  /** Enter sends from a field of one line, control and Enter from everywhere; Escape closes. */
  function onKey(event) {
    if (event.key === "Escape") {
      event.stopPropagation();
      event.preventDefault();
      close();
    } else if (event.key === "Enter" && !event.isComposing && (event.ctrlKey || event.metaKey || event.target.matches("select, input:not([type=checkbox])"))) {
      event.preventDefault();
      event.currentTarget.requestSubmit();
    }
  }

  function keep() {
    const facts = forms.read(asked.form, asked.fields);
    const held = draft.read(nameOf(asked.act));
    if (Object.keys(facts).length) draft.write(nameOf(asked.act), { facts, attempt: held?.attempt || null });
    else if (!held?.attempt) draft.drop(nameOf(asked.act));
  }

  const said = (words) => (asked.form.querySelector(".cases-said").textContent = words ? `▲ ${words}` : "");

  /** The request that was on its way when the connection broke is sent again as it was: it may have been carried out. */
  function requestFor(facts) {
    const held = draft.read(nameOf(asked.act))?.attempt;
    if (held && JSON.stringify(held.facts) === JSON.stringify(facts)) return held;
    return { act: asked.act, facts, seq: cases.current().state.seq, key: cases.newKey() };
  }

  async function submit(event) {
    event.preventDefault();
    if (!asked || asked.sending) return;
    const mine = asked;
    const facts = forms.read(mine.form, mine.fields);
    const lacking = forms.missing(mine.fields, facts);
    if (lacking) return void forms.wrong(mine.form, lacking, say("why_field_missing"));
    forms.wrong(mine.form, null);
    said("");
    const name = nameOf(mine.act);
    const request = requestFor(facts);
    draft.write(name, { facts, attempt: request });
    await send(mine, name, request);
    return undefined;
  }

  async function send(mine, name, request) {
    mine.sending = true;
    mine.form.dataset.busy = "true";
    try {
      const done = await ask("POST", `/api/v1/cases/${mine.caseId}/transitions`, request);
      draft.drop(name);
      finish(mine, done);
    } catch (error) {
      if (error instanceof cases.Refused && ![401, 429, 502, 503, 504].includes(error.status)) draft.write(name, { facts: request.facts, attempt: null });
      if (asked === mine) await explain(mine, error);
      else cases.tell(`${say(`act_${mine.act}`)} #${mine.caseId}: ${cases.wordsFor(error)}`, "bad");
    } finally {
      mine.sending = false;
      delete mine.form.dataset.busy;
    }
  }

  function finish(mine, done) {
    cases.tell(say("done", { act: say(`act_${mine.act}`), id: mine.caseId, state: say(`status_${done.state.status}`) }), "good");
    if (asked === mine) close();
    cases.readCase();
    cases.changed([]);
  }

  async function explain(mine, error) {
    const { problem, status } = error;
    if (!(error instanceof cases.Refused)) return void said(say("act_unreachable"));
    if (status === 409 && problem.since) return void (await conflict(mine, problem));
    const words = problem.reason ? say(`why_${problem.reason}`, { state: say(`status_${problem.state}`) }) : cases.wordsFor(error);
    if (!forms.wrong(mine.form, problem.fact, words)) said(words);
    if (problem.reason && !problem.fact) await cases.readCase();
    return undefined;
  }

  /** Somebody was faster: what they did is told, what was typed stays, the next try is about the case as it is now. */
  async function conflict(mine, problem) {
    const box = mine.form.querySelector(".cases-conflict");
    const events = problem.since.map((one) => el("li", null, el("time", null, cases.shortMoment(one.at)), " ", el("b", null, one.who || say("who_program")), " ", say(`act_${one.act}`)));
    box.replaceChildren(el("p", null, `▲ ${say("conflict")}`), el("ul", null, events), el("p", null, say("conflict_kept")));
    box.hidden = false;
    await cases.readCase();
    cases.changed([]);
  }

  /** The case was drawn anew below an open form: the form stays, and says where its act is no longer possible. */
  function keepForm() {
    if (!asked) return;
    const one = actOf(asked.act);
    const done = asked.form.querySelector("[type=submit]");
    done.disabled = !one?.possible;
    if (one && !one.possible) said(reasonOf(one));
    if (!asked.form.isConnected) fill("cases-act", asked.form);
  }

  on("case", show);

  /** Opens the act of a key; of two acts with one key the one that is possible. */
  function byKey(key) {
    const acts = ORDER.filter((act) => KEYS[act] === key && cases.may(act));
    if (!acts.length || !cases.current()) return false;
    open(acts.find((act) => actOf(act)?.possible) || acts[0]);
    return true;
  }

  cases.act = { KEYS, ORDER, open, byKey, close, isOpen: () => Boolean(asked) };
})();
