// Which buttons ask before they do what cannot be taken back? Those that say so: data-confirm="Really?"
(function () {
  "use strict";
  document.addEventListener(
    "click",
    (event) => {
      const source = event.target.closest?.("[data-confirm]");
      if (!source || window.confirm(source.dataset.confirm)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );
})();
