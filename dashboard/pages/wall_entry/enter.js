// How does the key of a display get from the address to the server? Out of the address first, then once by a form.
(function () {
  "use strict";
  const key = window.location.hash.slice(1);
  window.history.replaceState(null, "", window.location.pathname);
  const form = document.getElementById("entry");
  if (!key) {
    const said = document.getElementById("said");
    said.textContent = said.dataset.missing;
    return;
  }
  form.elements.key.value = key;
  form.submit();
})();
