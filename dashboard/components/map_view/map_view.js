// How does Dash show a map? The React side of MapView: loads the map program, keeps it alive, passes props both ways.
(function () {
  "use strict";

  const HERE = document.currentScript.src;
  const CLIENT = new URL("client/", HERE).href;
  const VENDOR = new URL("../../../vendor/maplibre/", HERE).href;
  /** Waits before a map that lost its graphics context is made anew; the last one repeats. */
  const REMAKE_MS = [3000, 10000, 30000, 60000];
  const React = window.React;
  const h = React.createElement;

  /** @type {Promise<Object>|null} */
  let program = null;

  function loadStyleSheet(href) {
    return new Promise((resolve, reject) => {
      const link = document.createElement("link");
      link.rel = "stylesheet";
      link.href = href;
      link.onload = resolve;
      link.onerror = () => reject(new Error(`cannot load ${href}`));
      document.head.appendChild(link);
    });
  }

  /** Loads engine, map library and its style sheet once per page. */
  function loadProgram() {
    program ||= Promise.all([
      import(`${CLIENT}engine.js`),
      import(`${VENDOR}maplibre-gl.mjs`),
      import(`${CLIENT}messages.js`),
      import(`${CLIENT}webgl.js`),
      loadStyleSheet(`${VENDOR}maplibre-gl.css`),
    ]).then(([engine, gl, messages, webgl]) => ({ ...engine, gl, ...messages, ...webgl }));
    return program;
  }

  /** Words for the one case in which messages.js itself did not load. */
  const ASSETS_TEXT = {
    zh: ["地图程序没有加载成功", "列表和图表不受影响。请刷新页面；若仍然如此，请管理员运行 make setup。"],
    en: ["The map program did not load", "Lists and charts still work. Reload the page; if that does not help, the administrator should run make setup."],
  };

  const LOADING_TEXT = { zh: "地图加载中…", en: "Loading the map…" };

  class MapView extends React.Component {
    constructor(props) {
      super(props);
      this.root = React.createRef();
      this.host = React.createRef();
      this.state = { problem: null, ready: false };
      this.status = { ready: false, webgl: null, renderer: "", lost: false, error: null };
      this.remakes = 0;
    }

    componentDidMount() {
      this.isAlive = true;
      this.start();
    }

    componentDidUpdate(before) {
      const isOther = before.lang !== this.props.lang || before.wall !== this.props.wall;
      if (isOther && this.engine) this.remake();
      else this.engine?.update(this.props);
    }

    componentWillUnmount() {
      this.isAlive = false;
      this.stop();
    }

    async start(memory) {
      let tools;
      try {
        tools = await loadProgram();
      } catch (error) {
        program = null;
        this.setStatus({ error: { code: "assets", text: String(error.message) } });
        if (this.isAlive) this.setState({ problem: "assets" });
        return;
      }
      if (this.isAlive) this.open(tools, memory);
    }

    open(tools, memory) {
      this.tools = tools;
      const graphics = tools.detectGraphics();
      this.setStatus(graphics);
      if (graphics.webgl === "none") {
        this.setState({ problem: "noWebgl" });
        if (this.remakes) this.remakeLater(memory);
        return;
      }
      try {
        this.engine = new tools.MapEngine(tools.gl, this.host.current, this.props, this.out(), memory);
      } catch (error) {
        this.host.current.replaceChildren();
        this.setStatus({ webgl: "none", error: { code: "webgl", text: String(error.message) } });
        this.setState({ problem: "noWebgl" });
      }
    }

    out() {
      return {
        set: (props) => this.tell(props),
        status: (change) => this.setStatus(change),
        event: (name, detail) => this.root.current?.dispatchEvent(new CustomEvent(`mapview:${name}`, { detail, bubbles: true })),
      };
    }

    /** Outputs go to Dash, and as an event to what works in the page without it. */
    tell(props) {
      if (!this.isAlive) return;
      this.props.setProps?.(props);
      this.root.current?.dispatchEvent(new CustomEvent("mapview:output", { detail: props, bubbles: true }));
    }

    setStatus(change) {
      const next = { ...this.status, ...change };
      if (!this.isAlive || JSON.stringify(next) === JSON.stringify(this.status)) return;
      const before = this.status;
      this.status = next;
      if (next.lost !== before.lost) this.onLost(next.lost);
      if (next.ready && !before.ready) this.setState({ ready: true, problem: null });
      if (next.ready && !next.lost) this.remakes = 0;
      this.props.setProps?.({ status: next });
      this.root.current?.dispatchEvent(new CustomEvent("mapview:status", { detail: next, bubbles: true }));
    }

    onLost(isLost) {
      clearTimeout(this.timer);
      this.setState({ problem: isLost ? "lost" : null });
      if (isLost) this.remakeLater(this.engine.memory());
    }

    remakeLater(memory) {
      const wait = REMAKE_MS[Math.min(this.remakes, REMAKE_MS.length - 1)];
      this.remakes += 1;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.remake(memory), wait);
    }

    /** Throws the map away and makes it again where it was. */
    remake(memory) {
      const from = memory || this.engine?.memory();
      this.stop();
      this.status = { ...this.status, ready: false, lost: false };
      this.start(from);
    }

    stop() {
      clearTimeout(this.timer);
      this.engine?.destroy();
      this.engine = null;
    }

    problemWords(problem) {
      const { lang } = this.props;
      if (!this.tools) return ASSETS_TEXT[lang === "en" ? "en" : "zh"];
      return [this.tools.say(lang, `${problem}Title`), this.tools.say(lang, `${problem}Text`)];
    }

    renderProblem() {
      const { problem, ready } = this.state;
      const loading = LOADING_TEXT[this.props.lang === "en" ? "en" : "zh"];
      if (!problem) return ready ? null : h("div", { key: "loading", className: "mqmv-loading" }, loading);
      const [title, text] = this.problemWords(problem);
      return h("div", { key: "problem", className: `mqmv-problem mqmv-${problem}`, role: "alert" }, h("strong", null, title), h("p", null, text));
    }

    render() {
      const { id, className, style, theme, busy } = this.props;
      const { ready } = this.state;
      const classes = ["mqmv", `mqmv-${theme === "light" ? "light" : "dark"}`, className].filter(Boolean).join(" ");
      return h(
        "div",
        { id, ref: this.root, className: classes, style, "aria-busy": Boolean(busy) || !ready, "data-dimmed": Boolean(busy) || undefined },
        h("div", { key: "host", ref: this.host, className: "mqmv-host" }),
        this.renderProblem(),
      );
    }
  }

  window.minqing_map_view = { MapView, loadProgram };
})();
