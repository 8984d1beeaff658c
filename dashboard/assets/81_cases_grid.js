// How does the queue get into the grid, and how does one walk through it? Pages by cursor, the open case marked, rows chosen.
//
// Events: `rows` (what is loaded has changed), `chosen` (rows for an act on several), `listed` (a first page has come).
(function () {
  "use strict";
  const { cases } = window.minqing;
  if (!cases.isHere) return;
  const { ask, emit, go, limits, on, say } = cases;
  const PAGE = 100;
  const FILTERS = ["queue", "state", "deadline", "class", "unit", "department", "q", "sort"];
  const FIGURE = ["part", "adjusted", "unit", "level", "child", "class", "department", "seen_at", "from", "to"];

  /** @type {Object|null} the grid's own interface */
  let grid = null;
  /** Where the open case stood when it was last seen in the list. */
  let place = -1;
  /** Of the list that is shown: the cursor of each page. */
  let cursors = [""];
  let generation = 0;

  const openId = () => cases.address().case || null;

  /** The address of a page of what is asked for. */
  function pageAddress(asked, cursor) {
    const keys = asked.figure ? FIGURE : FILTERS;
    const query = new URLSearchParams(keys.filter((key) => asked[key]).map((key) => [key, asked[key]]));
    query.set("limit", PAGE);
    if (cursor) query.set("cursor", cursor);
    return asked.figure ? `/api/v1/figures/${encodeURIComponent(asked.figure)}/cases?${query}` : `/api/v1/cases?${query}`;
  }

  /** One page; those before it are asked for first where their cursors are not known. */
  async function readPage(asked, number, mine) {
    while (cursors.length <= number) {
      const before = await ask("GET", pageAddress(asked, cursors.at(-1)));
      if (mine !== generation || !before.next) return { items: [], next: null };
      cursors.push(before.next);
    }
    const answer = await ask("GET", pageAddress(asked, cursors[number]));
    if (mine === generation && answer.next) cursors[number + 1] = answer.next;
    return answer;
  }

  function newSource() {
    generation += 1;
    cursors = [""];
    const mine = generation;
    const asked = cases.address();
    return {
      async getRows({ startRow, successCallback, failCallback }) {
        const number = Math.floor(startRow / PAGE);
        try {
          const answer = await readPage(asked, number, mine);
          if (mine !== generation) return;
          // The grid knows rows by texts.
          const listed = answer.items.map((item) => ({ ...item, key: String(item.id) }));
          successCallback(listed, answer.next ? -1 : startRow + listed.length);
          if (number === 0) emit("listed", { n: answer.items.length, hasMore: Boolean(answer.next), total: answer.total ?? null, problem: null });
          emit("rows", rows());
        } catch (error) {
          failCallback();
          if (mine === generation) emit("listed", { n: 0, hasMore: false, total: null, problem: error });
        }
      },
    };
  }

  /** All rows that the browser holds. */
  function rows() {
    const held = [];
    grid?.forEachNode((node) => node.data && held.push(node.data));
    return held;
  }

  /** Asks anew for another list. */
  function list() {
    if (!grid) return;
    grid.deselectAll();
    place = -1;
    grid.setGridOption("datasource", newSource());
  }

  let waiting = 0;
  /** The same list once more, in place; what is chosen and where it was scrolled to stay. */
  function refresh() {
    if (!grid || waiting) return;
    waiting = window.setTimeout(() => {
      waiting = 0;
      cursors = [""];
      grid.refreshInfiniteCache();
    }, 150);
  }

  const nodeOf = (id) => (id ? grid?.getRowNode(String(id)) : null);

  /** Marks the open case and keeps it in sight. */
  function mark(before, isSought) {
    if (!grid) return;
    const node = nodeOf(openId());
    const nodes = [nodeOf(before), node].filter(Boolean);
    if (nodes.length) grid.redrawRows({ rowNodes: nodes });
    if (node && node.rowIndex !== null) {
      place = node.rowIndex;
      if (isSought) grid.ensureIndexVisible(node.rowIndex);
    }
  }

  let marked = null;
  function show(id, how) {
    go({ case: id }, how);
  }

  /** The next or the previous case; where the open one has left the list, the one that took its place. */
  function step(by) {
    if (!grid) return;
    const node = nodeOf(openId());
    const isThere = node && node.rowIndex !== null;
    const from = isThere ? node.rowIndex : place;
    const to = isThere ? from + by : by > 0 ? Math.max(0, from) : Math.max(0, from - 1);
    const next = grid.getDisplayedRowAtIndex(to);
    if (!next?.data) return;
    place = to;
    grid.ensureIndexVisible(to);
    show(next.data.id, { isStep: true });
  }

  /** Chooses the open case for an act on several, or lets it go. */
  function toggle() {
    const node = nodeOf(openId());
    if (node) node.setSelected(!node.isSelected());
  }

  function chosen() {
    return grid ? grid.getSelectedRows() : [];
  }

  /** The limits of the list are drawn by the server's clock; a row is drawn anew each second. */
  function useTick() {
    const [, beat] = window.React.useState(0);
    window.React.useEffect(() => cases.onTick(() => beat((n) => n + 1)), []);
  }

  const h = (...parts) => window.React.createElement(...parts);
  const shaped = (meaning, text) => h("span", { className: "cases-mark", "data-meaning": meaning }, h("span", { className: "shape", "aria-hidden": "true" }, limits.SHAPES[meaning]), h("span", null, text));

  function CasesWhat({ data }) {
    if (!data) return h("span", { className: "quiet" }, "…");
    const where = [data.unit?.name || say("unassigned"), data.address].filter(Boolean).join(" · ");
    return h("div", { className: "cases-row", title: data.text || undefined },
      h("div", { className: "cases-row-what" }, h("b", null, cases.classOf(data)), data.text ? ` ${data.text}` : ""),
      h("div", { className: "cases-row-where" }, h("span", { className: "cases-chip", "data-status": data.status }, say(`status_${data.status}`)), data.told ? h("span", { className: "cases-chip", "data-told": data.told }, say("row_told", { n: data.told })) : null, h("span", { className: "where" }, where), h("span", null, cases.shortMoment(data.reported_at))));
  }

  function CasesLimit({ data }) {
    useTick();
    if (!data) return null;
    const isUntimed = !data.timer && !data.overdue && limits.isOpen(data.status);
    const text = data.timer ? limits.textOf(data.timer) : say(data.overdue ? "limit_late" : `status_${data.status}`);
    const stand = isUntimed ? h("span", { className: "quiet" }, say("limit_none")) : shaped(limits.meaningOfRow(data), text);
    return h("div", { className: "cases-row" }, stand, h("div", { className: "cases-row-where" }, h("span", { className: "where" }, data.timer ? say(`stage_${data.timer.stage}`) : cases.departmentOfKey(data.department))));
  }

  window.dashAgGridComponentFunctions = Object.assign(window.dashAgGridComponentFunctions || {}, { CasesWhat, CasesLimit });

  async function start() {
    grid = await window.dash_ag_grid.getApiAsync("cases-grid");
    const step16 = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    grid.setGridOption("rowHeight", Math.round(52 * step16));
    grid.setGridOption("headerHeight", Math.round(30 * step16));
    grid.setGridOption("getRowClass", ({ data }) => (data && String(data.id) === openId() ? "cases-row-now" : undefined));
    grid.addEventListener("rowClicked", ({ data, event }) => data && !event?.target?.closest?.(".ag-selection-checkbox, .ag-checkbox") && show(data.id));
    // A press opens by itself, as a step that the way back knows; arrows walk.
    let isPressed = false;
    const frame = document.getElementById("cases-grid");
    frame.addEventListener("pointerdown", () => (isPressed = true), true);
    frame.addEventListener("keydown", () => (isPressed = false), true);
    grid.addEventListener("cellFocused", ({ rowIndex, column }) => {
      const data = isPressed || rowIndex === null || rowIndex === undefined ? null : grid.getDisplayedRowAtIndex(rowIndex)?.data;
      if (data && column?.getColId?.() === "case" && String(data.id) !== openId()) show(data.id, { isStep: true });
    });
    grid.addEventListener("selectionChanged", () => emit("chosen", chosen()));
    grid.addEventListener("modelUpdated", () => mark(null, false));
    list();
    marked = openId();
  }

  on("ready", start);
  on("address", ({ changed }) => {
    if ([...changed].some((key) => key !== "case")) list();
    if (changed.has("case")) {
      mark(marked, true);
      marked = openId();
    }
  });

  cases.grid = { list, refresh, rows, step, toggle, chosen, show, clear: () => grid?.deselectAll(), isListed: (id) => Boolean(nodeOf(id)) };
})();
