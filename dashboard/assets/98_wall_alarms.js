// What interrupts the rotation? A case that becomes a major risk, a breached urgent deadline: heard, seen, with place and owner.
(function () {
  "use strict";
  const app = window.minqing;
  const { wall } = app;
  if (!wall.isHere) return;
  const { el, fill, say } = wall;
  const MOST_WAITING = 20;
  const RISK_LIST = 20;
  const HANDLED = new Set(["dispatched", "handling", "returned", "rework"]);
  const TONES_HZ = [880, 660, 880, 660];
  const TONE_S = 0.22;
  const LEAVE_MS = 500;
  const REST_MS = 5000;
  const MOST_KNOWN = 500;
  /** So long it is shown who has taken an alarm. */
  const TAKEN_MS = 5000;
  /** What people do about a case whose limit has passed. */
  const SEEN_TO = new Set(["redispatch", "accept", "return", "handle", "ask_extension", "suspend", "supervise", "whistle", "report_in", "close", "void"]);

  let waiting = [];
  let current = null;
  let timer = 0;
  const known = new Set();
  let context = null;
  let resting = 0;

  /** Sound needs the browser's leave; a kiosk gives it by its command line, anybody else by one press. */
  async function isLetPlay() {
    context = context || new AudioContext();
    window.clearTimeout(resting);
    await Promise.race([context.resume().catch(() => undefined), new Promise((done) => window.setTimeout(done, LEAVE_MS))]);
    const isLet = context.state === "running";
    wall.emit("silent", !isLet);
    // Between alarms the device is given back: a wall is silent for days.
    resting = window.setTimeout(() => context.suspend(), REST_MS);
    return isLet;
  }

  async function sound() {
    if (!wall.scenes().alarms.has_sound || !(await isLetPlay())) return;
    const place = context;
    TONES_HZ.forEach((hz, k) => {
      const [tone, loudness] = [place.createOscillator(), place.createGain()];
      const start = place.currentTime + k * TONE_S * 1.2;
      tone.frequency.value = hz;
      loudness.gain.setValueAtTime(0, start);
      loudness.gain.linearRampToValueAtTime(0.25, start + 0.02);
      loudness.gain.linearRampToValueAtTime(0, start + TONE_S);
      tone.connect(loudness).connect(place.destination);
      tone.start(start);
      tone.stop(start + TONE_S);
    });
  }

  function push(alarm) {
    if (known.has(alarm.key)) return;
    known.add(alarm.key);
    if (known.size > MOST_KNOWN) known.delete(known.values().next().value);
    waiting = [...waiting, alarm].slice(-MOST_WAITING);
    if (!current) next();
  }

  function next() {
    window.clearTimeout(timer);
    current = waiting.shift() ?? null;
    wall.emit("alarm", current);
    draw();
    if (!current) return;
    sound();
    const hold = wall.scenes().alarms.hold_s * 1000;
    wall.map.visit(current.row, hold);
    wall.map.pulse(current.row, "breached", hold);
    timer = window.setTimeout(next, hold);
  }

  function tick() {
    const node = current && document.getElementById("wall-alarm-since");
    if (node) node.textContent = sinceWords(current.at);
  }

  const sinceWords = (at) => `${wall.clock(at)} · ${say("ago", { span: wall.span(wall.serverNow() - at) })}`;
  const shownPlace = (row) => (row.unit ? `${wall.placeOf(row.unit)} ${row.unit.name}` : say("nowhere"));
  const fact = (label, value, id) => el("div", null, el("dt", null, label), el("dd", { id: id ?? null }, value));

  function draw() {
    const place = wall.part("alarm");
    place.hidden = !current;
    if (!current) return;
    const { row, owner, why, at, kind, takenBy } = current;
    place.dataset.taken = String(Boolean(takenBy));
    fill(place,
      el("div.wall-alarm-kind", null, takenBy ? `✓ ${say("alarm_taken", { who: takenBy })}` : `▲ ${say(`alarm_${kind}`)}`),
      el("div.wall-alarm-what", null, wall.classOf(row)),
      el("dl.wall-alarm-facts", null, fact(say("alarm_place"), shownPlace(row)), fact(say("alarm_owner"), owner), fact(say("alarm_since"), sinceWords(at), "wall-alarm-since"), why ? fact(say("alarm_why"), why) : null),
      el("div.wall-alarm-end", null, say("alarm_case", { n: row.id }), waiting.length ? ` · ${say("alarm_more", { n: waiting.length })}` : ""));
  }

  const riskAlarm = (risk) => ({ key: `risk-${risk.id}-${risk.raised_at}`, kind: "risk", row: risk.incident, owner: wall.ownerOf(risk), why: wall.rulesOf(risk), at: Date.parse(risk.raised_at) });

  /** Somebody has seen to it, at a desk: who is said for a moment, then it is not shown any longer. */
  async function settled(kind, id) {
    waiting = waiting.filter((alarm) => alarm.kind !== kind || alarm.row.id !== id);
    const alarm = current;
    if (alarm?.kind !== kind || alarm.row.id !== id || alarm.isTaken) return;
    alarm.isTaken = true;
    const takenBy = await (kind === "risk" ? takerOfRisk(id) : takerOfCase(id)).catch(() => null);
    if (current !== alarm) return;
    current = { ...alarm, takenBy: takenBy ?? say("no_owner") };
    draw();
    window.clearTimeout(timer);
    timer = window.setTimeout(next, TAKEN_MS);
  }

  async function takerOfRisk(id) {
    return wall.ownerOf(await wall.request("GET", `/api/v1/risks/${id}`));
  }

  async function takerOfCase(id) {
    const row = (await wall.ticker.readRows([id])).get(id);
    return row?.department ? wall.departmentOf(row.department) : null;
  }

  /** A risk that was raised: the event names the case alone, what it is about is read. */
  async function onAlerts(events) {
    for (const event of events) if (event.act !== "raise") settled("risk", event.id);
    if (!wall.scenes().alarms.on_risk) return;
    for (const id of [...new Set(events.filter((event) => event.act === "raise").map((event) => event.id))].slice(-MOST_WAITING)) {
      const risk = await wall.request("GET", `/api/v1/risks/${id}`).catch(() => null);
      if (risk && risk.state === "open") push(riskAlarm(risk));
    }
  }

  /**
   * After a gap of which the feed does not tell: what was raised meanwhile is not passed over.
   * @param {number} since milliseconds of the server
   */
  async function catchUp(since) {
    if (!wall.scenes().alarms.on_risk) return;
    const body = await wall.request("GET", `/api/v1/risks?state=open&limit=${RISK_LIST}`).catch(() => null);
    for (const risk of [...(body?.items ?? [])].reverse()) if (Date.parse(risk.raised_at) > since) push(riskAlarm(risk));
  }

  const isUrgent = (row) => row.severity >= (wall.scenes().alarms.urgent[row.class_code] ?? Infinity);

  function onCases(events) {
    for (const event of events) if (SEEN_TO.has(event.act)) settled("breach", event.id);
    return onBreaches(events.filter((event) => event.act === "breach" && HANDLED.has(event.state)));
  }

  /**
   * Cases whose limit has passed while somebody handled them.
   * @param {{id: number, at: string, state: string|undefined}[]} events where the state is not told, the case's own one decides
   */
  async function onBreaches(events) {
    const breached = events.slice(-MOST_WAITING);
    if (!breached.length || !wall.scenes().alarms.on_breach) return;
    const rows = await wall.ticker.readRows(breached.map((event) => event.id)).catch(() => new Map());
    for (const { id, at, state } of breached) {
      const row = rows.get(id);
      if (row && HANDLED.has(state ?? row.status) && isUrgent(row)) push({ key: `breach-${id}-${at}`, kind: "breach", row, owner: row.department ? wall.departmentOf(row.department) : say("no_owner"), why: "", at: Date.parse(row.due_at ?? at) });
    }
  }

  wall.alarms = {
    onAlerts,
    onCases,
    onBreaches,
    catchUp,
    current: () => current,
    tick,
    /** Asks for the leave to play; one press anywhere gives it. */
    unlock: () => wall.scenes()?.alarms.has_sound && isLetPlay(),
  };
})();
