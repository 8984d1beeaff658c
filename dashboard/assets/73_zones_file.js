// How does a plan that was edited elsewhere come in, and what is said of a file that holds none?
(function () {
  "use strict";
  const zones = window.minqing.zones;
  if (!zones.isHere) return;
  const { dialog, el, number, say, Refused } = zones;
  const MOST_TOLD = 30;
  const MOST_CODES = 5;
  const FAULTS = new Set(["unknown", "elsewhere", "number_cut", "no_code", "no_place", "nothing", "twice", "missing", "torn", "long_name", "fence", "pieces"]);

  /** @returns {{node: HTMLElement, send: function(Object): Promise<Object>}} fields of a form, and what sends the file */
  function planFile() {
    const file = el("input", { type: "file", name: "file", accept: ".geojson,.json,.gpkg,.zip,.xlsx,.csv" });
    const idField = el("input", { name: "id_field", maxlength: 100, placeholder: say("file_field_found") });
    const zoneField = el("input", { name: "zone_field", maxlength: 100, placeholder: say("file_field_found") });
    const node = el("div.zones-file", { hidden: true }, dialog.field(say("file"), file, say("file_hint")), dialog.field(say("file_id"), idField), dialog.field(say("file_zone"), zoneField));
    const send = (asked) => sendFile(file.files[0], { ...asked, id_field: idField.value.trim(), zone_field: zoneField.value.trim() });
    return { node, send };
  }

  async function sendFile(file, asked) {
    if (!file) throw new Error(say("choose_file"));
    const form = new FormData();
    for (const [key, value] of Object.entries({ file, ...asked })) form.append(key, value ?? "");
    try {
      return await zones.ask("POST", "/plans/import", form);
    } catch (error) {
      if (error instanceof Refused && error.problem.faults) error.node = faultsNode(error.problem);
      throw error;
    }
  }

  /** Every row that is wrong, with cause and remedy, and which columns were read. */
  function faultsNode({ faults, count, read }) {
    const columns = say("file_read", { unit: read.unit || say("file_by_place"), zone: read.zone, n: number(read.rows) });
    const more = count > MOST_TOLD ? el("p.quiet", null, say("more_faults", { n: number(count - MOST_TOLD) })) : null;
    return el("div.zones-file-faults", null,
      el("p", null, `▲ ${say("file_refused", { n: number(count) })}`), el("p.quiet", null, columns),
      el("ol", { tabindex: "0", "aria-label": say("faults") }, faults.slice(0, MOST_TOLD).map((fault) => el("li", null, el("b", null, placeOf(fault)), " ", wordsOf(fault)))), more);
  }

  const placeOf = ({ row, field }) => (row === null ? say("file_whole") : say("file_row", { row, field }));

  function wordsOf(fault) {
    const codes = fault.units.slice(0, MOST_CODES).join(say("list_comma"));
    const units = fault.count > MOST_CODES ? say("list_more", { list: codes, n: number(fault.count - MOST_CODES) }) : codes;
    return FAULTS.has(fault.kind) ? say(`file_fault_${fault.kind}`, { units, n: number(fault.count) }) : `${fault.cause} ${fault.remedy}`;
  }

  zones.planFile = planFile;
})();
