// Which words does the map itself show? Every sentence in both languages.

const WORDS = {
  zh: {
    map: "地图",
    zoomIn: "放大",
    zoomOut: "缩小",
    noData: "无数据",
    suppressed: "少于公开下限或没有",
    filtered: "不在筛选范围内",
    noWebglTitle: "此浏览器无法显示地图",
    noWebglText: "地图需要 WebGL 2，当前浏览器没有提供。列表和图表不受影响。请在浏览器设置中打开硬件加速，或换用新版 Chrome、Edge 或 Firefox。",
    lostTitle: "地图显示中断，正在恢复",
    lostText: "显卡连接中断。数据没有丢失，几秒后自动恢复。",
    assetsTitle: "地图程序没有加载成功",
    assetsText: "无法读取地图程序文件。列表和图表不受影响。请刷新页面；若仍然如此，请管理员运行 make setup。",
    selected: "已选 {n} 个",
  },
  en: {
    map: "Map",
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    noData: "no data",
    suppressed: "below the minimum count, or none",
    filtered: "outside the filter",
    noWebglTitle: "This browser cannot draw the map",
    noWebglText: "The map needs WebGL 2, which this browser does not offer. Lists and charts still work. Turn on hardware acceleration in the browser's settings, or use a recent Chrome, Edge or Firefox.",
    lostTitle: "The map was interrupted and is coming back",
    lostText: "The graphics connection broke. No data is lost; the map returns by itself within seconds.",
    assetsTitle: "The map program did not load",
    assetsText: "The files of the map could not be read. Lists and charts still work. Reload the page; if that does not help, the administrator should run make setup.",
    selected: "{n} selected",
  },
};

/**
 * @param {string|undefined} lang "zh" or "en"
 * @param {keyof typeof WORDS.zh} key
 * @returns {string}
 */
export function say(lang, key) {
  return WORDS[lang === "en" ? "en" : "zh"][key];
}

/** @param {string|undefined} lang @returns {string} the BCP 47 tag that picks the right CJK letter forms */
export function tagOf(lang) {
  return lang === "en" ? "en" : "zh-CN";
}

/**
 * @param {string|undefined} lang
 * @returns {Object<string, string>} texts of the map library's own buttons
 */
export function controlTexts(lang, label) {
  const km = lang === "en" ? "km" : "公里";
  const metre = lang === "en" ? "m" : "米";
  return {
    "Map.Title": label || say(lang, "map"),
    "NavigationControl.ZoomIn": say(lang, "zoomIn"),
    "NavigationControl.ZoomOut": say(lang, "zoomOut"),
    "ScaleControl.Meters": metre,
    "ScaleControl.Kilometers": km,
  };
}
