// What does the form of a proposal ask for? Fills its choices, keeps the rules on named units, and reads it into one question.
(function () {
  "use strict";
  const zones = window.minqing.zones;
  // Dash asks for the functions of its callbacks by name on every page.
  const wired = (functions) => {
    window.dash_clientside = Object.assign({}, window.dash_clientside, { zones_panels: functions });
  };
  if (!zones.isHere) return void wired({});
  const { ask, el, say, setProps } = zones;
  const { valueOf, named, link } = zones.panels;
  const ID = "zones-propose";
  const PARTS = ["classes", "rates", "hours", "load"];
  const WISHES = ["compactness", "spread", "in_force", "post"];
  const DAY_MS = 86400000;
  const PROFILE_DAYS = 182;
  const NO_FENCE = "none";

  /** @typedef {{rule: "together"|"apart"|"locked", codes: string[]}} NamedRule */
  /** @type {NamedRule[]} */
  let rules = [];
  /** @type {{key: string, rank: number, name_zh: string, name_en: string}[]} */
  let levels = [];

  const toText = (ms) => new Date(ms).toISOString().slice(0, 10);
  const dayAfter = (text) => toText(Date.parse(text + "T00:00:00Z") + DAY_MS);

  /** Units that a plan may be for: the whole city, or the account's own area, and the two levels below. */
  async function unitsToChoose(own) {
    const first = own ? [await ask("GET", `/api/v1/units/${encodeURIComponent(own)}`)] : (await ask("GET", "/api/v1/units?parent=")).items;
    const below = async (unit) => (await ask("GET", `/api/v1/units?parent=${encodeURIComponent(unit.code)}&level=${unit.level}`)).items;
    const second = (await Promise.all(first.map(below))).flat();
    const third = second.length <= 40 ? (await Promise.all(second.map(below))).flat() : [];
    return [...first, ...second, ...third];
  }

  async function fillChoices() {
    try {
      const city = await ask("GET", "/api/v1/levels");
      levels = city.items;
      const own = document.querySelector("[data-own-unit]").dataset.ownUnit;
      const units = (await unitsToChoose(own)).filter((unit) => rankOf(unit.level) < levels.at(-1).rank);
      const seen = new Map(units.map((unit) => [`${unit.level}:${unit.code}`, unit]));
      const data = [...seen].map(([value, unit]) => ({ value, label: `${named(unit.name, unit.name_en)} · ${levelName(unit.level)}` }));
      setProps(`${ID}-within`, { data, value: data[0]?.value });
      if (data.length) offerLevels(data[0].value);
      if (city.last_day) {
        const last = Date.parse(city.last_day + "T00:00:00Z");
        setProps(`${ID}-dates`, { value: [toText(last - (PROFILE_DAYS - 1) * DAY_MS), city.last_day] });
      }
      zones.emit("form");
    } catch (error) {
      zones.fill(`${ID}-state`, zones.panels.fault(error, fillChoices));
    }
  }

  const rankOf = (key) => levels.find((level) => level.key === key)?.rank ?? 0;
  const levelName = (key) => {
    const level = levels.find((one) => one.key === key);
    return level ? named(level.name_zh, level.name_en) : key;
  };

  const choice = (level) => ({ value: level.key, label: named(level.name_zh, level.name_en) });

  /** Base levels lie below the unit that is to be divided. */
  function offerLevels(within) {
    const rank = rankOf(within.split(":")[0]);
    const below = levels.filter((level) => level.rank > rank);
    if (!below.length) return;
    const held = below.find((level) => level.key === valueOf(`${ID}-base`));
    const base = held || below.find((level) => level.key === "medium") || below.at(-1);
    setProps(`${ID}-base`, { data: below.map(choice), value: base.key });
    offerFences(base.key);
  }

  /** A fence is a level above the base level. */
  function offerFences(base) {
    const above = levels.filter((level) => level.rank > 0 && level.rank < rankOf(base));
    const held = above.find((level) => level.key === valueOf(`${ID}-fence`)) || above.find((level) => level.rank === 1);
    setProps(`${ID}-fence`, { data: above.map(choice), value: held?.key ?? null });
    window.setTimeout(showUnits);
  }

  /** The units that would be planned, to look at and to pick from while no plan is open. */
  function showUnits() {
    const [level, within] = (value("within") || ":").split(":");
    if (level && value("base") && rankOf(value("base")) > rankOf(level)) zones.panels.host.showGround({ within, level, base: value("base") }).catch((error) => zones.tell(error.message, "bad"));
  }

  const value = (name) => {
    const found = valueOf(`${ID}-${name}`);
    return found === "" || found === undefined ? null : found;
  };
  const isOn = (name) => valueOf(`${ID}-${name}`, "checked") === true;
  const sliders = (family, names) => Object.fromEntries(names.map((name) => [name, Number(value(`${family}-${name}`) ?? 0)]));

  /** Only what is asked for: an empty field is no rule. @returns {Object} body of POST /plans/propose */
  function read() {
    const [level, within] = (value("within") || ":").split(":");
    const [first, last] = value("dates") || [];
    const aim = value("aim") === "floor" ? { floor: value("floor") } : { zones: value("zones") };
    const given = {
      tolerance: value("tolerance") === null ? null : Number(value("tolerance")) / 100,
      least_members: value("least"), most_members: value("most"), fence_level: value("fence") ?? NO_FENCE,
    };
    const kept = Object.fromEntries(Object.entries(given).filter(([, one]) => one !== null));
    return {
      within, within_level: level, base: value("base"), ...aim, since: first, until: last && dayAfter(last),
      weights: sliders("weight", PARTS), workload: value("workload"), rules: { ...kept, ...namedRules() }, wishes: sliders("wish", WISHES),
      seed: Number(value("seed") ?? 7), seconds: Number(value("seconds") ?? 3),
      stable: isOn("stable"),
    };
  }

  /** Apart holds for every pair of the units named; each lock is a zone of its own. */
  function namedRules() {
    const of = (rule) => rules.filter((one) => one.rule === rule).map((one) => one.codes);
    const pairs = of("apart").flatMap((codes) => codes.flatMap((a, k) => codes.slice(k + 1).map((b) => [a, b])));
    const locked = of("locked").flatMap((codes, k) => codes.map((code) => [code, String(k + 1)]));
    return { together: of("together"), apart: pairs, locked };
  }

  function add(rule) {
    const codes = [...new Set(String(value("codes") || "").split(/[\s,，、;；]+/).filter(Boolean))];
    const least = rule === "locked" ? 1 : 2;
    if (codes.length < least) return tell(say("propose_codes_few", { n: least }));
    rules = [...rules, { rule, codes }];
    setProps(`${ID}-codes`, { value: "", error: null });
    show();
  }

  const tell = (text) => setProps(`${ID}-codes`, { error: text });

  function take() {
    const codes = zones.panels.host.selectedCodes();
    if (!codes.length) return tell(say("propose_none_selected"));
    setProps(`${ID}-codes`, { value: codes.join(", "), error: null });
  }

  function show() {
    const items = rules.map((one, k) =>
      el("li.named-unit", null,
        el("strong", null, say(`propose_rule_${one.rule}`)),
        link(zones.panels.host.namesOf(one.codes), () => zones.panels.host.highlight(one.codes), { class: "link named-codes", title: one.codes.join(", ") }),
        el("button.picked-drop", { "aria-label": say("panel_remove"), click: () => drop(k) }, "×")));
    zones.fill(`${ID}-groups`, ...items);
  }

  function drop(place) {
    rules = rules.filter((_, k) => k !== place);
    show();
  }

  /** Puts another value into the field that a rule comes from, and opens its fold. */
  function relax(field, to) {
    const names = { tolerance: "tolerance", least_members: "least", most_members: "most", zones: "zones", floor: "floor", seconds: "seconds", seed: "seed", fence_level: "fence" };
    if (field === "together" || field === "apart" || field === "locked") {
      rules = rules.filter((one) => one.rule !== field);
      for (const codes of to || []) rules.push({ rule: field, codes });
      show();
    } else if (names[field]) setProps(`${ID}-${names[field]}`, { value: field === "tolerance" && to !== null ? Math.ceil(to * 1000) / 10 : to ?? "" });
  }

  /** Sliders and choices that change what else is to be seen. */
  function followControls(root) {
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const shown = target.getAttribute("aria-valuenow") !== null && target.closest(".weight")?.querySelector(".weight-shown");
        if (shown) shown.textContent = String(Math.round(Number(target.getAttribute("aria-valuenow")) * 100) / 100);
      }
    }).observe(root, { attributes: true, attributeFilter: ["aria-valuenow"], subtree: true });
    root.addEventListener("click", (event) => {
      const source = event.target.closest("[data-propose]");
      if (source?.dataset.propose === "add") add(source.dataset.rule);
      else if (source?.dataset.propose === "take") take();
    });
  }

  function followAim(aim) {
    for (const part of document.querySelectorAll("[data-propose-aim]")) part.hidden = part.dataset.proposeAim !== aim;
  }

  /** Callbacks of Dash without an answer. */
  const heard = (act) => (given) => {
    if (given) act(given);
    return undefined;
  };
  wired({ followWithin: heard(offerLevels), followBase: heard(offerFences), followAim: heard(followAim) });

  zones.whenDrawn(() => {
    followControls(document.getElementById(ID));
    fillChoices();
  });

  zones.panels.proposal = { read, relax };
})();
