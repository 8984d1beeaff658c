// What lies around the open case? Likely duplicates with their reasons, other cases of the same grid, photos.
(function () {
  "use strict";
  const { cases } = window.minqing;
  if (!cases.isHere) return;
  const { ask, el, fill, go, number, on, say } = cases;

  let duplicates = [];
  let asking = null;
  /** The case that the lists belong to. */
  let shown = null;

  /** Nothing is there where the server does not know the address. */
  async function listed(path, signal) {
    try {
      return (await ask("GET", path, undefined, signal)).items;
    } catch (error) {
      if (error instanceof cases.Refused && error.status === 404) return [];
      throw error;
    }
  }

  async function show(found) {
    asking?.abort();
    const id = found?.incident.id ?? null;
    if (id !== shown) {
      duplicates = [];
      fill("cases-duplicates");
      fill("cases-same-place");
      fill("cases-photos");
    }
    shown = id;
    if (!found) return empty();
    const { signal } = (asking = new AbortController());
    const parts = [[readDuplicates, "cases-duplicates"], [readSamePlace, "cases-same-place"], [readPhotos, "cases-photos"]];
    await Promise.all(parts.map(async ([read, place]) => {
      try {
        await read(found, signal);
      } catch (error) {
        if (!signal.aborted) fill(place, el("p.cases-problem", null, `▲ ${cases.wordsFor(error)}`));
      }
    }));
    return undefined;
  }

  function empty() {
    fill("cases-duplicates", el("p.quiet", null, say("side_empty")));
    fill("cases-photos", el("p.quiet", null, say("side_empty")));
  }

  /** Reasons come as keys with values; one without words of its own is left out. */
  function reasonWords(reasons) {
    return (reasons || []).map((reason) => {
      const words = say(`dup_${reason.key}`, reason);
      return words === `dup_${reason.key}` ? null : words;
    }).filter(Boolean).join(" · ");
  }

  async function readDuplicates(found, signal) {
    const items = await listed(`/api/v1/cases/${found.incident.id}/duplicates`, signal);
    if (signal.aborted) return;
    duplicates = items;
    const mayMerge = found.acts.some((one) => one.act === "merge" && one.possible) && cases.may("merge");
    fill("cases-duplicates", el("h2", null, say("duplicates"), items.length ? el("b", null, number(items.length)) : null),
      items.length ? el("ul.cases-near", null, items.map((one) => neighbour(one, mayMerge))) : el("p.quiet", null, say("duplicates_none")));
  }

  function neighbour(one, mayMerge) {
    const near = [one.distance_m !== null && one.distance_m !== undefined ? say("dup_metres", { n: number(one.distance_m) }) : null, one.minutes !== null && one.minutes !== undefined ? say("dup_minutes", { time: cases.limits.length(Math.abs(one.minutes) * 60_000) }) : null].filter(Boolean).join(" · ");
    return el("li", null,
      el("button.cases-near-row", { "data-key": `near-${one.id}`, click: () => go({ case: one.id }) }, el("b", null, `#${one.id}`), el("span", null, near), el("span.cases-score", { style: `--score:${one.score}` }, `${Math.round(one.score * 100)}%`),
        el("span.quiet", null, reasonWords(one.reasons))),
      mayMerge ? el("button.act", { "data-key": `merge-${one.id}`, click: () => mergeInto(one.id) }, say("merge_into")) : null);
  }

  function mergeInto(id) {
    cases.act.open("merge");
    const field = document.querySelector("#cases-act .cases-into input");
    if (!field) return;
    field.value = id;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    document.querySelector("#cases-act [type=submit]").focus();
  }

  async function readSamePlace(found, signal) {
    const grid = found.located.at(-1);
    if (!grid || found.located.length < 2) return fill("cases-same-place");
    const items = await listed(`/api/v1/cases/${found.incident.id}/same-place`, signal);
    if (signal.aborted) return undefined;
    fill("cases-same-place", el("h2", null, say("same_place", { unit: grid.name })), items.length ? el("ul.cases-near", null, items.map(row)) : el("p.quiet", null, say("same_place_none")));
    return undefined;
  }

  function row(one) {
    const meaning = cases.limits.meaningOfRow(one);
    return el("li", null, el("button.cases-near-row", { "data-key": `same-${one.id}`, title: one.text, click: () => go({ case: one.id }) },
      el("b", null, el("span.cases-mark", { "data-meaning": meaning, "aria-hidden": "true" }, cases.limits.SHAPES[meaning]), " ", cases.classOf(one)),
      el("span", null, cases.shortMoment(one.reported_at)), el("span", null, say(`status_${one.status}`)), el("span.quiet", null, one.text || "")));
  }

  async function readPhotos(found, signal) {
    const items = await listed(`/api/v1/cases/${found.incident.id}/attachments`, signal);
    if (signal.aborted) return;
    document.getElementById("cases-tab-photos").dataset.count = items.length || "";
    const mayAdd = cases.acts().length > 0 && found.acts.some((one) => one.act === "attach" && one.possible);
    fill("cases-photos", items.length ? el("div.cases-thumbs", null, items.map(photo)) : el("p.quiet", null, say("photos_none")), mayAdd ? upload(found.incident.id) : null);
  }

  function photo(one) {
    return el("a", { href: one.href, target: "_blank", rel: "noopener" }, el("img", { src: one.thumbnail, loading: "lazy", alt: say("photo_of", { at: cases.shortMoment(one.at) }) }), el("span.quiet", null, `${cases.shortMoment(one.at)} ${one.by || ""}`));
  }

  /** The key makes a file that is sent twice one photo. */
  function upload(id) {
    const said = el("p.cases-said", { role: "alert" });
    const field = el("input", { type: "file", accept: "image/jpeg,image/png,image/webp", "data-key": "photo", "aria-label": say("photo_add"), change: () => send(field, said, id) });
    return el("label.cases-upload", null, say("photo_add"), field, said);
  }

  async function send(field, said, id) {
    if (!field.files.length) return;
    const form = new FormData();
    form.append("file", field.files[0]);
    form.append("key", cases.newKey());
    field.disabled = true;
    said.textContent = "";
    try {
      await ask("POST", `/api/v1/cases/${id}/attachments`, form);
      cases.changed([id]);
    } catch (error) {
      said.textContent = `▲ ${cases.wordsFor(error)}`;
    } finally {
      field.disabled = false;
    }
  }

  /** Tabs: arrows move between them, as tab lists do. */
  function useTab(name, isFocused) {
    for (const tab of document.querySelectorAll("[data-cases-tab]")) {
      const isOn = tab.dataset.casesTab === name;
      tab.setAttribute("aria-selected", String(isOn));
      tab.tabIndex = isOn ? 0 : -1;
      document.getElementById(`cases-panel-${tab.dataset.casesTab}`).hidden = !isOn;
      if (isOn && isFocused) tab.focus();
    }
  }

  document.addEventListener("click", (event) => {
    const tab = event.target.closest?.("[data-cases-tab]");
    if (tab) useTab(tab.dataset.casesTab, true);
  });
  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest?.("[data-cases-tab]");
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!tab || !by) return;
    const names = [...document.querySelectorAll("[data-cases-tab]")].map((one) => one.dataset.casesTab);
    useTab(names[(names.indexOf(tab.dataset.casesTab) + by + names.length) % names.length], true);
  });

  on("case", show);

  cases.duplicates = () => duplicates;
})();
