// On which map do the panels show what they mean: the open plan, a proposal that comes about, or units without a plan?
(function () {
  "use strict";
  const zones = window.minqing.zones;
  if (!zones.isHere) return;
  const { say, sheet: draw } = zones;
  const { MAP } = zones.map;
  const NAMED = 3;

  /** @type {Object|null} sheet that is shown while no plan is open */
  let ground = null;
  /** @type {{sheet: Object, colours: Map<number, number>}|null} proposal that covers the open plan */
  let proposal = null;
  /** @type {number[]} ids selected on the map */
  let selected = [];
  let version = 1e6;
  let views = 1e6;

  const shown = () => proposal?.sheet || zones.plan.current()?.sheet || ground;
  const next = () => (version += 1);

  /** @param {Object} sheet @param {number[]} zone @param {Map<number, number>} colours */
  function paint(sheet, zone, colours) {
    zones.setProps(MAP, draw.drawZones(sheet, { zone, zones: [], colours, version: next() }));
  }

  function lookAt(sheet) {
    views += 1;
    zones.setProps(MAP, { view: { nonce: views, bounds: sheet.bounds, fly: false, padding: 24 } });
  }

  /** Units that could be planned, while no plan is open. @param {{within: string, level: string, base: string}} where */
  async function showGround(where) {
    const sheet = await draw.read(where);
    if (zones.plan.current() || proposal) return;
    ground = sheet;
    paint(sheet, sheet.codes.map(() => -1), new Map());
    lookAt(sheet);
    document.getElementById("zones-empty").classList.add("low");
  }

  /** Zones by place of the sheet, from the order in which the server names them. */
  function inSheetOrder(sheet, { units, zone }) {
    if (!units) return zone;
    const found = new Array(sheet.codes.length).fill(-1);
    units.forEach((code, k) => {
      const place = sheet.placeOfCode.get(code);
      if (place !== undefined) found[place] = zone[k];
    });
    return found;
  }

  /**
   * Paints the best plan so far; colours stay where zones stay.
   * @param {{units?: string[], zone: number[]}} state of the job
   * @param {{within: string, level: string, base: string}} where
   */
  async function showProposal(state, where) {
    const sheet = await draw.read(where);
    const zone = inSheetOrder(sheet, state);
    const isNew = proposal?.sheet !== sheet;
    const colours = draw.colourZones(sheet, zone, isNew ? new Map() : proposal.colours);
    const isElsewhere = shown() !== sheet;
    proposal = { sheet, colours };
    zones.fill("zones-empty");
    paint(sheet, zone, colours);
    if (isElsewhere) lookAt(sheet);
  }

  /** Back to the plan that is open, or to the units alone. */
  function leaveProposal() {
    if (!proposal) return;
    const { sheet } = proposal;
    proposal = null;
    if (zones.plan.current()) zones.map.show();
    else paint((ground = sheet), sheet.codes.map(() => -1), new Map());
  }

  const idsOf = (codes) => codes.map((code) => shown()?.placeOfCode.get(code)).filter((place) => place !== undefined).map((place) => shown().ids[place]);

  /** Marks units and looks at them. @param {string[]} codes */
  function highlight(codes) {
    const sheet = shown();
    if (!sheet) return;
    const ids = idsOf(codes);
    if (zones.plan.current() && !proposal) zones.map.pass("g", ids);
    else zones.setProps(MAP, { flags: { [draw.FILL]: { g: ids } } });
    const places = ids.map((id) => sheet.placeOfId.get(id));
    if (places.length) zones.map.flyTo(draw.boundsOf(sheet, places));
  }

  /** @param {string[]} codes @returns {string} a few names and how many more */
  function namesOf(codes) {
    const sheet = shown();
    const nameOf = (code) => {
      const place = sheet?.placeOfCode.get(code);
      return place === undefined ? code : draw.unitName(sheet, place);
    };
    const list = codes.slice(0, NAMED).map(nameOf).join(say("list_comma"));
    return codes.length > NAMED ? say("list_more", { list, n: zones.number(codes.length - NAMED) }) : list;
  }

  function selectedCodes() {
    const sheet = shown();
    return sheet ? selected.map((id) => sheet.codes[sheet.placeOfId.get(id)]).filter(Boolean) : [];
  }

  zones.whenDrawn(() =>
    document.getElementById(MAP).addEventListener("mapview:output", ({ detail }) => {
      if (detail.selected) {
        selected = detail.selected.ids || [];
        zones.emit("picked", selectedCodes());
      }
    }));
  zones.on("opened", (held) => {
    if (held) proposal = null;
  });
  zones.on("chosen", (chosen) => {
    selected = [...chosen.units];
    zones.emit("picked", selectedCodes());
  });

  zones.panels.host = { showGround, showProposal, leaveProposal, highlight, namesOf, selectedCodes, inSheetOrder, shown };
})();
