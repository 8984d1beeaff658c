// How does a planner give a zone a patrol post without knowing its code? A list that narrows as one types a name.
(function () {
  "use strict";
  const zones = window.minqing.zones;
  if (!zones.isHere) return;
  const { el, fill, plan, say } = zones;
  const MOST_SHOWN = 40;

  /**
   * A control that chooses one post or none; posts inside the zone come first.
   * @param {Object} one zone
   * @param {{code: string, name: string, name_en: string, kind_zh: string, kind_en: string, unit: string}[]|null} posts
   *   null where they could not be read: then the post stays as it is
   * @returns {{node: HTMLElement, code: function(): string|null}}
   */
  function postPicker(one, posts) {
    const inZone = unitsOf(one.no);
    const list = (posts || []).slice().sort((a, b) => inZone.has(b.unit) - inZone.has(a.unit));
    let chosen = one.post?.code ?? null;
    const now = el("span.zones-post-now", { role: "status" });
    const box = el("div.zones-posts", { role: "listbox", "aria-label": say("zone_post") });
    const search = el("input", { type: "search", name: "post_search", maxlength: 60, placeholder: say("post_search"), autocomplete: "off", input: () => show() });

    function choose(code) {
      chosen = code;
      show();
    }

    function show() {
      const held = list.find(({ code }) => code === chosen);
      const name = held ? zones.nameOf(held) : chosen && one.post ? zones.nameOf(one.post) : say("no_post");
      fill(now, name, chosen ? el("button.link", { click: () => choose(null), "data-key": "no-post" }, say("post_take_away")) : null);
      fill(box, posts === null ? el("p.m-breached", null, `▲ ${say("posts_unreachable")}`) : rows());
    }

    function rows() {
      const found = list.filter((post) => fits(post, search.value));
      if (!found.length) return el("p.quiet", null, say(list.length ? "posts_none_found" : "posts_none"));
      const more = found.length > MOST_SHOWN ? el("p.quiet", null, say("posts_more", { n: found.length - MOST_SHOWN })) : null;
      return [...found.slice(0, MOST_SHOWN).map(row), more];
    }

    function row(post) {
      const kind = zones.lang === "en" ? post.kind_en : post.kind_zh;
      const where = inZone.has(post.unit) ? say("post_in_zone") : unitName(post.unit);
      return el(`button.zones-post${post.code === chosen ? ".now" : ""}`, { role: "option", "aria-selected": String(post.code === chosen), click: () => choose(post.code), "data-key": `post-${post.code}` }, el("strong", null, zones.nameOf(post)), el("span.quiet", null, `${kind} · ${where} · ${post.code}`));
    }

    // Enter in the search chooses the first one found, and does not send the form.
    search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      const [first] = list.filter((post) => fits(post, search.value));
      if (first && search.value.trim()) choose(first.code);
    });
    show();
    const node = el("fieldset.zones-field", null, el("legend.name", null, say("zone_post")), now, search, box);
    return { node, code: () => chosen };
  }

  function fits(post, text) {
    const words = text.trim().toLowerCase().split(/\s+/);
    const said = [post.name, post.name_en, post.code, post.kind_zh, post.kind_en, unitName(post.unit)].join(" ").toLowerCase();
    return words.every((word) => said.includes(word));
  }

  function unitsOf(no) {
    const { sheet } = plan.current();
    return new Set(plan.placesOf(no).map((place) => sheet.codes[place]));
  }

  function unitName(code) {
    const { sheet } = plan.current();
    const place = sheet.placeOfCode.get(code);
    return place === undefined ? code : zones.sheet.unitName(sheet, place);
  }

  zones.postPicker = postPicker;
})();
