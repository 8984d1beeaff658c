// How is one act done to several cases? A bar over the list while rows are chosen, and what became of each of them.
(function () {
  "use strict";
  const { cases } = window.minqing;
  if (!cases.isHere) return;
  const { ask, el, fill, forms, number, on, say } = cases;
  const MOST = 200;
  const ACTS = {
    dispatch: { department: { kind: "department", required: true }, note: { kind: "text", required: false } },
    file: { note: { kind: "text", required: false } },
    supervise: { reason: { kind: "text", required: true } },
    escalate: { reason: { kind: "text", required: true } },
  };

  /** @type {Object[]} rows of the list */
  let rows = [];
  /** @type {string|null} */
  let act = null;
  let told = null;

  function show() {
    if (!rows.length) {
      act = null;
      return fill("cases-bulk", told);
    }
    const acts = Object.keys(ACTS).filter((name) => cases.may(name));
    if (!acts.length) return fill("cases-bulk");
    fill("cases-bulk",
      el("div.cases-bulk-row", null, el("b", null, say("bulk_chosen", { n: number(rows.length) })),
        acts.map((name) => el("button.act", { "data-key": `bulk-${name}`, "data-bulk": name, "aria-expanded": String(name === act), click: () => open(name) }, say(`act_${name}`))),
        el("button.tool", { "data-key": "bulk-clear", click: cases.grid.clear }, say("bulk_clear"))),
      act ? form() : null, told);
    return undefined;
  }

  function open(name) {
    act = act === name ? null : name;
    told = null;
    show();
    const drawn = document.querySelector("#cases-bulk form");
    if (drawn) forms.first(drawn, ACTS[act]);
  }

  /** The key makes a second press, or one after a broken connection, the same request. */
  function form() {
    const key = cases.newKey();
    const done = el("button.act.strong", { "data-key": "bulk-submit" }, say("bulk_do", { act: say(`act_${act}`), n: number(rows.length) }));
    done.type = "submit";
    const node = el("form.cases-act-form", { novalidate: true, submit: (event) => submit(event, key), keydown: onKey }, forms.draw(ACTS[act]), el("p.cases-said", { role: "alert" }), el("footer", null, done));
    return node;
  }

  function onKey(event) {
    if (event.key === "Escape") {
      event.stopPropagation();
      open(act);
    } else if (event.key === "Enter" && (event.ctrlKey || event.target.matches("select"))) {
      event.preventDefault();
      event.currentTarget.requestSubmit();
    }
  }

  async function submit(event, key) {
    event.preventDefault();
    const node = event.currentTarget;
    const facts = forms.read(node, ACTS[act]);
    const lacking = forms.missing(ACTS[act], facts);
    if (lacking) return void forms.wrong(node, lacking, say("why_field_missing"));
    if (rows.length > MOST) return void (node.querySelector(".cases-said").textContent = `▲ ${say("bulk_most", { n: MOST })}`);
    const done = node.querySelector("[type=submit]");
    done.disabled = true;
    try {
      const sent = rows.map(({ id, seq }) => ({ id, seq }));
      const answer = await ask("POST", "/api/v1/cases/transitions", { act, facts, cases: sent, key });
      tellVerdicts(answer);
    } catch (error) {
      node.querySelector(".cases-said").textContent = `▲ ${error instanceof cases.Refused ? cases.wordsFor(error) : say("act_unreachable")}`;
    } finally {
      done.disabled = false;
    }
    return undefined;
  }

  function tellVerdicts(answer) {
    const refused = answer.items.filter((one) => !one.done);
    const words = (one) => {
      const { problem } = one;
      if (problem.reason) return say(`why_${problem.reason}`, { state: say(`status_${problem.state}`) });
      const who = [...new Set((problem.since || []).map((event) => event.who || say("who_program")))].join("、");
      return problem.since ? say("bulk_moved", { who }) : [problem.cause, problem.remedy].filter(Boolean).join(" ");
    };
    told = el("div.cases-verdicts", { role: "status" },
      el("p", null, el("span.cases-mark", { "data-meaning": refused.length ? "approaching" : "within" }, refused.length ? "◐" : "●"), " ", say("bulk_done", { act: say(`act_${act}`), done: number(answer.done), refused: number(answer.refused) }),
        " ", el("button.link", { "data-key": "verdicts-close", click: () => {
          told = null;
          show();
        } }, say("close_form"))),
      refused.length ? el("ul", null, refused.map((one) => el("li", null, el("button.link", { click: () => cases.grid.show(one.id) }, `#${one.id}`), " ", words(one)))) : null);
    act = null;
    const ids = answer.items.map((one) => one.id);
    cases.grid.clear();
    cases.changed(ids);
    show();
  }

  on("chosen", (chosen) => {
    rows = chosen;
    if (rows.length) told = null;
    show();
  });
})();
