// What does the remote know: words, the city's time, the scenes and parts of what the walls show, open alarms?
//
// Parts add themselves to `minqing.remote`; it stands on a page of its own and, at a press, beside the cases.
(function () {
  "use strict";
  const app = (window.minqing = window.minqing || {});
  app.remote = { isHere: ["/wall/remote", "/cases"].includes(window.location.pathname) };
  if (!app.remote.isHere) return;
  const { request, nameOf, classOf, tag, Refused } = app.kit;
  const { on, emit } = app.kit.newEvents();
  const say = app.kit.wordsOf("remote-words");
  const lang = document.documentElement.dataset.lang === "en" ? "en" : "zh";
  const RISKS = 5;
  const AGAIN_MS = 15000;

  /** @type {{area: string|null, book: Object|null, way: Object[], parts: Object[], risks: Object[], problem: string, busy: string}} */
  const held = { area: null, book: null, way: [], parts: [], risks: [], problem: "", busy: "" };

  const wordsFor = (error) => (error instanceof Refused ? error.message : say("unreachable"));

  /** The address of what the scenes are about: what the walls were told, else their own area. */
  function areaShown() {
    const [first] = app.walls.chosen();
    return app.walls.told()?.area || first?.area || "";
  }

  /** Scenes of what is shown, the way down to it, and the parts below it. */
  async function readArea() {
    const area = areaShown();
    const asked = area ? `?unit=${encodeURIComponent(area)}` : "";
    const book = await request("GET", `/api/v1/wall/scenes${asked}`);
    const { code, level } = book.scenes[0].unit;
    const unit = await request("GET", `/api/v1/units/${encodeURIComponent(code)}?level=${level}`);
    Object.assign(held, { area, book, way: unit.breadcrumb, parts: unit.below });
  }

  async function readRisks() {
    held.risks = (await request("GET", `/api/v1/risks?state=open&limit=${RISKS}`)).items;
  }

  async function refresh() {
    try {
      await app.walls.read();
      if (held.area !== areaShown()) await readArea();
      await readRisks();
      held.problem = "";
    } catch (error) {
      held.problem = wordsFor(error);
    }
    emit("change");
  }

  /**
   * Does something that a press asked for: says that it is under way, and why it failed.
   * @param {string} name of the control
   * @param {function(): Promise<void>} act
   */
  async function doing(name, act) {
    if (held.busy) return;
    Object.assign(held, { busy: name, problem: "" });
    emit("change");
    try {
      await act();
      if (held.area !== areaShown()) await readArea();
    } catch (error) {
      held.problem = wordsFor(error);
    }
    held.busy = "";
    emit("change");
  }

  const direct = (name, change) => doing(name, () => app.walls.direct(change));

  /** Somebody has seen to a risk: walls stop showing its alarm. */
  const acknowledge = (risk) => doing(`risk-${risk.id}`, async () => {
    await request("POST", `/api/v1/risks/${risk.id}/acknowledge`, { seq: risk.seq, key: app.kit.newKey() });
    await readRisks();
  });

  function moment(text) {
    return new Intl.DateTimeFormat(tag, { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: held.book?.time_zone }).format(new Date(text));
  }

  function begin() {
    app.live.subscribe("walls", refresh);
    app.live.subscribe("alerts", refresh);
    app.walls.on("change", () => emit("change"));
    app.walls.on("problem", (error) => {
      held.problem = wordsFor(error);
      emit("change");
    });
    window.setInterval(refresh, AGAIN_MS);
    return refresh();
  }

  Object.assign(app.remote, { held, lang, on, say, nameOf, classOf, begin, direct, doing, acknowledge, moment, refresh });
})();
