// Which plan is open, how far is it saved, and what happens to it? The one place that changes the plan of the page.
//
// Events: `opened` (another plan or none), `changed` (zones, figures or state), `saving` (words on top), `refused`
// (a change that was not made), `steps` (history may have grown), `others` (somebody else changed the plan).
(function () {
  "use strict";
  const zones = window.minqing.zones;
  if (!zones.isHere) return;
  const { ask, emit, on, say, tell } = zones;

  /**
   * @typedef {Object} Open
   * @property {Object} plan as the server tells it; zone numbers by unit in `zone`, in the order of the sheet
   * @property {Object} sheet
   * @property {Map<number, number>} colours place in the palette by zone
   */

  /** @type {Open|null} */
  let open = null;
  let line = Promise.resolve();
  let waiting = 0;
  let state = "saved";
  let listening = null;
  /** Once more after a failed long poll, later each time. */
  const RETRY_MS = [1000, 3000, 10000, 30000];

  const query = () => new URLSearchParams(window.location.search);

  /** The plan's id stands in the address, so that it can be shared. */
  function writeAddress(id) {
    const held = query();
    if (id) held.set("plan", id);
    else held.delete("plan");
    const text = held.toString();
    window.history.replaceState({}, "", window.location.pathname + (text ? `?${text}` : ""));
  }

  /** Puts the zone numbers of the server, which come by its own order of units, into the order of the sheet. */
  function inSheetOrder(sheet, plan) {
    const zone = new Array(sheet.codes.length).fill(-1);
    plan.units.forEach((code, k) => {
      const place = sheet.placeOfCode.get(code);
      if (place !== undefined) zone[place] = plan.zone[k] ?? -1;
    });
    return zone;
  }

  /** @param {number|string} id @returns {Promise<boolean>} whether it is open now */
  async function openPlan(id) {
    emit("loading", true);
    try {
      const plan = await ask("GET", `/plans/${encodeURIComponent(id)}`);
      const sheet = await zones.sheet.read({ within: plan.within, level: plan.within_level, base: plan.base });
      take(plan, sheet);
      return true;
    } catch (error) {
      tell(say("open_failed", { why: error.message }), "bad");
      return false;
    } finally {
      emit("loading", false);
    }
  }

  function take(plan, sheet) {
    const zone = inSheetOrder(sheet, plan);
    const isOther = open?.plan.id !== plan.id;
    plan.zones = plan.zones.filter((one) => one.members > 0);
    const told = new Map(plan.zones.map((one) => [one.no, one.colour]));
    const colours = zones.sheet.colourZones(sheet, zone, isOther ? told : open.colours);
    const lockedUnits = new Set(plan.locked_units || (isOther ? [] : open.lockedUnits));
    open = { plan: { ...plan, zone }, sheet, colours, lockedUnits };
    writeAddress(plan.id);
    setState("saved");
    emit(isOther ? "opened" : "changed", open);
    emit("steps");
    zones.setProps("zones-plan", { data: { id: plan.id, version: plan.version, state: plan.state, within: plan.within, base: plan.base } });
    if (isOther) listen();
  }

  function close() {
    open = null;
    listening?.abort();
    writeAddress(null);
    emit("opened", null);
    zones.setProps("zones-plan", { data: null });
  }

  /** Reads the plan anew; what a person has selected stays. */
  async function refresh() {
    if (!open) return;
    const plan = await ask("GET", `/plans/${open.plan.id}`);
    if (open?.plan.id === plan.id) take(plan, open.sheet);
  }

  function setState(next) {
    state = next;
    emit("saving", { state, version: open?.plan.version });
  }

  /**
   * Takes over what a change has led to.
   * @param {{version: number, changed?: {units: string[], zone: number[]}, zones?: Object[], figures?: Object, steps?: Object}} answer
   */
  function apply(answer) {
    const { plan, sheet } = open;
    const zone = plan.zone.slice();
    (answer.changed?.units || []).forEach((code, k) => {
      const place = sheet.placeOfCode.get(code);
      if (place !== undefined) zone[place] = answer.changed.zone[k] ?? -1;
    });
    const told = new Map((answer.zones || []).map((one) => [one.no, one]));
    const held = new Set(zone.filter((no) => no >= 0));
    const kept = plan.zones.filter((one) => !told.has(one.no) && held.has(one.no));
    const list = [...kept, ...[...told.values()].filter((one) => held.has(one.no))].sort((a, b) => a.no - b.no);
    const lockedUnits = answer.locked_units ? new Set(answer.locked_units) : open.lockedUnits;
    const next = { ...plan, ...pick(answer, ["version", "figures", "steps", "state", "name"]), zone, zones: list };
    open = { ...open, plan: next, lockedUnits, colours: zones.sheet.colourZones(sheet, zone, open.colours) };
    zones.setProps("zones-plan", { data: { id: next.id, version: next.version, state: next.state, within: next.within, base: next.base } });
    emit("changed", open);
    emit("steps");
    // A zone of which nothing was told cannot be guessed: the whole plan says it.
    return list.length === held.size;
  }

  function pick(answer, names) {
    return Object.fromEntries(names.filter((name) => answer[name] !== undefined).map((name) => [name, answer[name]]));
  }

  /**
   * One change of the plan; changes wait for each other, as each builds on the version before.
   * @param {string} method
   * @param {string} path below the plan, such as "/moves"
   * @param {Object} [body] without the version
   * @returns {Promise<Object|null>} the answer; null where the change was not made
   */
  function command(method, path, body) {
    if (!open) return Promise.resolve(null);
    waiting += 1;
    setState("saving");
    const { id } = open.plan;
    const done = line.then(() => carryOut(id, method, path, body || {}));
    line = done.catch(() => undefined);
    return done;
  }

  async function carryOut(id, method, path, body) {
    try {
      if (open?.plan.id !== id) return null;
      const answer = await ask(method, `/plans/${id}${path}`, { version: open.plan.version, ...body });
      waiting -= 1;
      if (open?.plan.id !== id) return null;
      if (answer.units && answer.zone) take(answer, open.sheet);
      else if (!apply(answer)) await refresh();
      setState(waiting ? "saving" : "saved");
      return answer;
    } catch (error) {
      waiting -= 1;
      await explain(error);
      return null;
    }
  }

  async function explain(error) {
    if (!(error instanceof zones.Refused)) {
      setState("unsaved");
      tell(say("unreachable"), "bad");
      return;
    }
    setState(waiting ? "saving" : "saved");
    if (error.status === 409) {
      await refresh().catch(() => setState("unsaved"));
      tell(conflictWords(error.problem), "bad");
    } else {
      emit("refused", error.problem.reason ? error.problem : { ...error.problem, text: error.message });
    }
  }

  function conflictWords(problem) {
    const who = [...new Set((problem.since || []).filter((step) => !step.mine).map((step) => step.who))];
    return who.length ? say("conflict_by", { who: who.join("、") }) : say("conflict");
  }

  /** Follows what others do to the plan, as long as it is open. */
  async function listen() {
    listening?.abort();
    const { signal } = (listening = new AbortController());
    const { id } = open.plan;
    for (let failures = 0; !signal.aborted && open?.plan.id === id; ) {
      try {
        await hear(await ask("GET", `/plans/${id}/events?after=${open.plan.version}`, undefined, signal), id);
        failures = 0;
      } catch (error) {
        if (signal.aborted || [403, 404].includes(error.status)) return;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]));
        failures += 1;
      }
    }
  }

  async function hear(news, id) {
    // One's own changes are heard too; they have been taken over before.
    await line;
    if (open?.plan.id !== id) return;
    emit("others", { editors: news.editors || [] });
    if (!(news.version > open.plan.version)) return;
    const steps = (news.steps || []).filter((step) => step.version > open.plan.version);
    await refresh();
    const who = [...new Set(steps.filter((step) => !step.mine).map((step) => step.who))];
    if (who.length) tell(say("others_changed", { who: who.join("、"), n: steps.length }));
  }

  on("opened", () => emit("saving", { state, version: open?.plan.version }));
  window.addEventListener("beforeunload", (event) => waiting > 0 && event.preventDefault());

  Object.assign(zones, {
    plan: {
      open: openPlan, close, refresh, command, take,
      current: () => open,
      saving: () => state,
      isDraft: () => open?.plan.state === "draft" && !open.plan.stale && zones.may("edit"),
      /** Places of the units of a zone. */
      placesOf: (no) => (open ? open.plan.zone.flatMap((other, place) => (other === no ? [place] : [])) : []),
      /** Number and name of a zone, for lists. */
      words: (one) => `${one.no + 1} ${zones.nameOf(one) || ""}`.trim(),
      zone: (no) => open?.plan.zones.find((one) => one.no === no),
    },
  });
})();
