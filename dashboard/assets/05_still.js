// How are elements drawn that no callback ever touches? All of them as one component of Dash: see components/still.py.
(function () {
  "use strict";

  /** @param {string|number|null|Array} node a text, nothing, or [tag, attributes, child, …]; "" only holds children */
  function draw(node) {
    if (!Array.isArray(node)) return node;
    const [tag, attributes, ...children] = node;
    return window.React.createElement(tag || window.React.Fragment, attributes, ...children.map(draw));
  }

  const Still = ({ tree }) => draw(tree);
  window.minqing_still = { Still: window.React.memo(Still) };
})();
