// How are figures and their course over time drawn?
(function () {
  "use strict";
  const { wall } = window.minqing;
  if (!wall.isHere) return;
  const { el, fill, say, amount, number, SHARES } = wall;
  const SUMMED = ["reported", "open", "overdue", "closed", "on_time_share"];
  const SPARK_W = 100;
  const SPARK_H = 28;
  const SLOW_MS = 30000;
  const SHAPES = { within: "●", approaching: "◐", breached: "▲" };

  function query(panel, scene, days, more) {
    const asked = { unit: scene.unit.address, level: scene.unit.address ? scene.unit.level : "", from: wall.day(days - 1), to: wall.day(0), class: panel.classes.join(","), ...more };
    return new URLSearchParams(Object.entries(asked).filter(([, value]) => value)).toString();
  }

  const summary = (panel, scene, days, by) => wall.sources.source(`/api/v1/summary?${query(panel, scene, days, { by })}`, { kinds: ["figures"] });
  const isSummed = (panel) => SUMMED.includes(panel.metric);

  function figureSources(panel, scene) {
    if (isSummed(panel)) {
      const value = summary(panel, scene, panel.days, "day");
      return panel.days >= panel.spark_days ? [value] : [value, summary(panel, scene, panel.spark_days, "day")];
    }
    const value = wall.sources.source(`/api/v1/figures?${query(panel, scene, panel.days, { figure: panel.metric })}`, { kinds: ["figures"], restMs: SLOW_MS });
    if (panel.classes.length) return [value];
    const subject = scene.unit.address ? { subject: "unit", subject_code: scene.unit.code, unit: "", level: "" } : {};
    return [value, wall.sources.source(`/api/v1/figures/days?${query(panel, scene, panel.spark_days, { figure: panel.metric, ...subject })}`, { kinds: [], read: keptDays })];
  }

  /** Kept days have no moment of their own: they do not change any more. */
  async function keptDays(path, signal) {
    const before = wall.shownNow();
    const body = await wall.request("GET", path, undefined, signal);
    return { ...body, as_of: new Date(before).toISOString() };
  }

  const FIELDS = { reported: "n", open: "open", overdue: "overdue", closed: "closed", on_time_share: "on_time_share" };

  /** @returns {{value: number|null, note: string, days: (number|null)[]}} */
  function figureOf(panel, [first, second]) {
    if (isSummed(panel)) {
      const days = (second ?? first).data.items.slice(-panel.spark_days).map((item) => item[FIELDS[panel.metric]]);
      return { value: first.data.figures[panel.metric].value, note: "", days };
    }
    const { factual } = first.data.total[panel.metric];
    const formula = first.data.formulas.find((one) => one.key === panel.metric);
    const note = formula && !formula.collected ? say("not_collected") : say("of", { n: number(factual.numerator), of: number(factual.denominator) });
    return { value: factual.value, note, days: second ? second.data.items.map((item) => item.figures[panel.metric]?.factual.value ?? null) : [] };
  }

  /** Which meaning a value has; null where the panel knows no light. */
  function meaningOf(value, light) {
    if (!light || value === null || value === undefined) return null;
    const sign = light.red > light.yellow ? 1 : -1;
    if (sign * value >= sign * light.red) return "breached";
    return sign * value >= sign * light.yellow ? "approaching" : "within";
  }

  const known = (values) => values.filter((value) => value !== null && value !== undefined);

  /** Places of values in a box, gaps where nothing is known; the newest at the right. */
  function placed(values, [low, high]) {
    const step = SPARK_W / Math.max(1, values.length - 1);
    const height = high - low || 1;
    return values.map((value, k) => (value === null || value === undefined ? null : [k * step, SPARK_H - 2 - ((value - low) / height) * (SPARK_H - 4)]));
  }

  const line = (kind, points) => (points.length > 1 ? el(`polyline.${kind}`, { points: points.map(([x, y]) => `${x.toFixed(2)},${y.toFixed(2)}`).join(" "), "vector-effect": "non-scaling-stroke" }) : null);

  /** A line of days; the part up to today is broken, because today is not over. */
  function spark(values, range) {
    const points = placed(values, range).filter(Boolean);
    return [line("wall-line", points.slice(0, -1)), line("wall-line-today", points.slice(-2))];
  }

  function box(children) {
    return el("svg.wall-spark", { viewBox: `0 0 ${SPARK_W} ${SPARK_H}`, preserveAspectRatio: "none", "aria-hidden": "true" }, children);
  }

  const rangeOf = (values, metric) => (values.length ? [SHARES.test(metric) ? Math.min(...values) : 0, Math.max(...values)] : [0, 1]);

  wall.kinds.figure = {
    sources: figureSources,
    draw(body, panel, sources) {
      const { value, note, days } = figureOf(panel, sources);
      const meaning = meaningOf(value, panel.light);
      const light = meaning ? el("span.wall-light", { "data-meaning": meaning, title: say(`light_${meaning}`) }, SHAPES[meaning]) : null;
      fill(body,
        el("div.wall-value", { "data-metric": panel.metric }, el("b", null, amount(value, panel.metric)), light),
        note ? el("div.wall-note", null, note) : null,
        known(days).length > 1 ? box(spark(days, rangeOf(known(days), panel.metric))) : null);
    },
  };

  /** What the period has so far, and how that differs from the period before when it was as old. */
  function change(total, { change: by, previous }) {
    const sign = by > 0 ? "↑" : by < 0 ? "↓" : "＝";
    const share = by === null || !previous ? null : `${sign} ${number(Math.abs(by / previous) * 100, 1)}%`;
    return el("div.wall-change", null, el("b", null, number(total)), share ? [el("span", null, share), el("span.wall-quiet", null, say("before"))] : null);
  }

  const sum = (values) => values.reduce((total, value) => total + value, 0);

  wall.kinds.trend = {
    /** The change beside the figure is worked out more seldom; the panel is as old as its figure. */
    needs: 1,
    sources: (panel, scene) => [
      summary(panel, scene, 2 * panel.days, "day"),
      wall.sources.source(`/api/v1/summary/before?${query(panel, scene, panel.days, {})}`, { kinds: ["figures"], restMs: SLOW_MS }),
    ],
    draw(body, panel, [days, before]) {
      const values = days.data.items.slice(-2 * panel.days).map((item) => item[FIELDS[panel.metric]]);
      const range = [0, Math.max(1, ...values)];
      const [earlier, now] = [values.slice(0, panel.days), values.slice(panel.days)];
      fill(body,
        change(sum(now), before.data?.figures[panel.metric] ?? { change: null }),
        box([line("wall-line-before", placed(earlier, range).filter(Boolean)), ...spark(now, range)]),
        el("div.wall-keys", null, el("span.wall-key-now", null, say("these_days", { n: panel.days })), el("span.wall-key-before", null, say("days_before", { n: panel.days }))));
    },
  };

  wall.query = query;
  wall.summary = summary;
})();
