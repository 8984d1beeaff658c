// What do all parts of the wall share? Words, the city, its time, how figures are written.
//
// Parts add themselves to `minqing.wall`; other pages are not served these files.
(function () {
  "use strict";
  const app = (window.minqing = window.minqing || {});
  app.wall = { isHere: window.location.pathname === "/wall" };
  if (!app.wall.isHere) return;
  const doc = document;
  const lang = doc.documentElement.dataset.lang === "en" ? "en" : "zh";
  const { el, fill, number, request, tag } = app.kit;
  const { on, emit } = app.kit.newEvents();
  const say = app.kit.wordsOf("wall-words");
  const DAY_MS = 86400000;

  /** @type {{zone: string, levels: Object[], revision: number, firstDay: string, isDemo: boolean, root: Object, departments: Map<string, Object>, places: Map<string, Object>, rules: Map<string, Object>}|null} */
  let city = null;

  const nameOf = (thing) => (thing ? (lang === "en" ? thing.name_en || thing.name_zh || thing.name : thing.name_zh || thing.name) : "");
  const textOf = (text) => (text ? text[lang] : "");

  /** Reads what a city is made of; the names of its counties and towns tell where a small grid lies. */
  async function readCity() {
    const [catalog, levels, root, rules] = await Promise.all(["classes", "levels", "units?parent=", "risks/rules"].map((path) => request("GET", `/api/v1/${path}`).catch((error) => { if (path === "risks/rules") return { rules: [] }; throw error; })));
    const places = new Map();
    const below = await request("GET", `/api/v1/units?parent=${encodeURIComponent(root.items[0].code)}`);
    const towns = await Promise.all(below.items.map((unit) => request("GET", `/api/v1/units?parent=${encodeURIComponent(unit.code)}`)));
    for (const unit of [...below.items, ...towns.flatMap((one) => one.items)]) places.set(unit.code, unit);
    city = {
      zone: levels.time_zone,
      levels: levels.items,
      revision: levels.boundary_revision,
      firstDay: levels.first_day,
      isDemo: levels.city.demo === true,
      name: nameOf({ name: levels.city.name, name_en: levels.city.name_en }),
      root: root.items[0],
      departments: new Map(catalog.departments.map((one) => [one.key, one])),
      places,
      rules: new Map(rules.rules.map((one) => [one.key, one])),
    };
  }

  /** County and town of a place, by its code; they are the longest codes that it begins with. */
  function placeOf(unit) {
    if (!unit) return say("nowhere");
    const above = [];
    for (let length = 4; length < unit.code.length; length += 1) {
      const found = city.places.get(unit.code.slice(0, length));
      if (found) above.push(nameOf(found));
    }
    return above.length ? above.join(lang === "en" ? ", " : "") : unit.name;
  }

  const classOf = (row) => (lang === "en" && row.class_name_en) || row.class_name;
  const departmentOf = (key) => nameOf(city.departments.get(key)) || say("no_department");
  const serverNow = () => app.live.serverNow();

  function formatted(options) {
    let format = null;
    return (ms) => {
      format = format || new Intl.DateTimeFormat(tag, { hourCycle: "h23", timeZone: city.zone, ...options });
      return format.format(ms);
    };
  }
  const clock = formatted({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const minute = formatted({ hour: "2-digit", minute: "2-digit" });
  const date = formatted({ year: "numeric", month: "long", day: "numeric", weekday: "long" });
  const pastMoment = formatted({ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" });

  const isoDayOf = (ms) => new Date(ms).toISOString().slice(0, 10);
  let localDay = null;
  const kept = { second: null, today: 0 };

  /** The moment that figures are of: now, or the past one that the wall is told to show. */
  const shownNow = () => app.wall.group?.moment() ?? serverNow();

  /** Noon of the city's day that is shown, in milliseconds; asked for many times a second. */
  function noon() {
    const second = Math.floor(shownNow() / 1000);
    if (kept.second !== second) {
      localDay = localDay || new Intl.DateTimeFormat("en-CA", { timeZone: city.zone, year: "numeric", month: "2-digit", day: "2-digit" });
      Object.assign(kept, { second, today: Date.parse(`${localDay.format(second * 1000)}T12:00:00Z`) });
    }
    return kept.today;
  }

  /** A day of the city, as YYYY-MM-DD; `back` days before the one that is shown. */
  const day = (back) => isoDayOf(noon() - back * DAY_MS);

  /** How long ago, in one unit. */
  function span(ms) {
    const seconds = Math.max(0, Math.round(ms / 1000));
    const [n, unit] = seconds < 60 ? [seconds, "second"] : seconds < 3600 ? [Math.floor(seconds / 60), "minute"] : seconds < 172800 ? [Math.floor(seconds / 3600), "hour"] : [Math.floor(seconds / 86400), "day"];
    return new Intl.NumberFormat(tag, { style: "unit", unit, unitDisplay: "short" }).format(n);
  }

  const SHARES = /(_share|_rate)$/;
  /** A value as it is written large: a share as a percentage. */
  function amount(value, metric) {
    if (value === null || value === undefined) return "—";
    return SHARES.test(metric) ? `${number(value * 100, 1)}%` : number(value, Number.isInteger(value) ? 0 : 1);
  }

  Object.assign(app.wall, {
    lang, el, fill, number, request, on, emit, say, nameOf, textOf, placeOf, classOf, departmentOf, serverNow, shownNow, clock, minute, date, pastMoment, day, span, amount, readCity, SHARES,
    city: () => city,
    colour: (name) => getComputedStyle(doc.documentElement).getPropertyValue(`--${name}`).trim(),
    part: (name) => doc.getElementById(`wall-page-${name}`),
    mayOpen: () => doc.getElementById("wall-page").dataset.mayOpen === "true",
    /** What each kind of panel reads and how it is drawn; files of panels add themselves. */
    kinds: {},
  });
})();
