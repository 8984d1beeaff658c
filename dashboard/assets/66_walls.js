// Which walls does this browser drive, and how are they told what to show? Shared by the remote, the desk and the map.
//
// What is chosen, and whether walls follow, is kept for all windows of this browser.
(function () {
  "use strict";
  const app = (window.minqing = window.minqing || {});
  const { request, newEvents } = app.kit;
  const { on, emit } = newEvents();
  const PATH = "/api/v1/wall/groups";
  const CHOSEN = "minqing.walls.chosen";
  const FOLLOWS = "minqing.walls.follow";
  /** Steps that follow each other so fast are told as one. */
  const REST_MS = 500;

  /** Fields that a refusal names, as they are told, and what each is without a value. */
  const FIELDS = { incident: "incident", scene: "scene", unit: "area", as_of: "as_of" };
  const NONE = { incident: null, scene: null, area: "", as_of: "" };

  /** @typedef {{area: string, name: string}} Key */

  let groups = [];
  let timer = 0;
  let waiting = {};

  const same = (one, other) => one.area === other.area && one.name === other.name;

  /** @returns {Key[]} the groups that are driven; without a choice the first one */
  function chosen() {
    const kept = JSON.parse(window.localStorage.getItem(CHOSEN) ?? "[]");
    const known = groups.length ? kept.filter((key) => groups.some((group) => same(group, key))) : kept;
    return known.length || !groups.length ? known : [{ area: groups[0].area, name: groups[0].name }];
  }

  function choose(keys) {
    window.localStorage.setItem(CHOSEN, JSON.stringify(keys.map(({ area, name }) => ({ area, name }))));
    emit("change");
  }

  const isFollowing = () => window.localStorage.getItem(FOLLOWS) === "true";

  /** What the groups that are driven were told last; of the first one. */
  const told = () => groups.find((group) => chosen().some((key) => same(group, key)))?.told ?? null;

  function take(answer) {
    groups = answer.items;
    emit("change");
    return groups;
  }

  const read = async () => take(await request("GET", PATH));

  /** The past moment that has been reached by now: a replay goes on where it is. */
  function momentOf({ as_of: first, speed, starts_at: since }) {
    if (!first) return "";
    const now = app.live.serverNow();
    const reached = Date.parse(first) + speed * Math.max(0, now - Date.parse(since));
    return reached < now ? new Date(reached).toISOString() : "";
  }

  /**
   * Tells the chosen groups what to show; what is not named stays as it was told last.
   * @param {{scene?: string|null, held?: boolean, area?: string, as_of?: string, speed?: number, incident?: number|null, follows?: boolean}} change
   */
  async function direct(change) {
    await read();
    const kept = keptOf(told());
    try {
      await put({ ...kept, ...change });
    } catch (error) {
      // What was told before may have ceased to be: a scene that was taken out, a case that is gone.
      const field = FIELDS[error.problem?.field];
      if (!(field in kept) || field in change) throw error;
      await put({ ...kept, [field]: NONE[field], ...change });
    }
  }

  function keptOf(last) {
    if (!last) return {};
    return { scene: last.scene, held: last.held, area: last.area, as_of: momentOf(last), speed: last.speed, incident: last.incident, follows: last.follows };
  }

  async function put(asked) {
    const speed = asked.as_of ? asked.speed : 0;
    take(await request("PUT", PATH, { ...asked, speed, groups: chosen() }));
  }

  /** Where walls follow, they are told where this window has gone; steps in quick succession are told once. */
  function went(change) {
    if (!isFollowing()) return;
    waiting = { ...waiting, ...change };
    window.clearTimeout(timer);
    timer = window.setTimeout(async () => {
      const step = waiting;
      waiting = {};
      try {
        await direct(step);
        mark();
      } catch (error) {
        emit("problem", error);
      }
    }, REST_MS);
  }

  async function follow(isOn) {
    window.localStorage.setItem(FOLLOWS, String(isOn));
    mark();
    await direct(isOn ? { follows: true } : { follows: false, incident: null });
  }

  /** Whoever drives walls by going about must see that it is so, and be able to end it. */
  function mark() {
    const sign = document.getElementById("walls-follow");
    if (!sign) return;
    sign.hidden = !isFollowing();
    delete sign.dataset.problem;
  }

  /** Walls that did not follow must not be thought to. */
  function fail(error) {
    const sign = document.getElementById("walls-follow");
    sign.dataset.problem = "true";
    sign.setAttribute("aria-description", error.message);
    sign.title = error.message;
  }

  function onMap() {
    const query = app.readQuery();
    went({ area: query.unit ?? "", as_of: query.as_of ?? "", speed: 0, scene: null, incident: null });
  }

  app.walls = { on, read, direct, went, follow, choose, chosen, told, same, isFollowing, groups: () => groups };
  app.kit.whenDrawn(["walls-follow"], () => {
    mark();
    document.getElementById("walls-follow").addEventListener("click", () => follow(false).catch((error) => emit("problem", error)));
    window.addEventListener("storage", mark);
    on("problem", fail);
    if (window.location.pathname !== "/map") return;
    window.addEventListener("minqing:published", onMap);
    onMap();
  });
})();
