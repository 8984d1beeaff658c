// Which typed texts outlive a dropped connection or a closed window? Drafts of one account, until sent or signed out.
(function () {
  "use strict";
  const app = (window.minqing = window.minqing || {});
  const PREFIX = "minqing.draft.";

  const names = () => Object.keys(window.localStorage).filter((name) => name.startsWith(PREFIX));

  /** A browser may forbid the storage: then nothing is kept, and nothing breaks. */
  function guarded(act, otherwise) {
    try {
      return act();
    } catch {
      return otherwise;
    }
  }

  /**
   * @param {string} name what the draft is of, such as "case.12.dispatch"; the account is part of it by `owner`
   * @param {string} owner name of the account
   */
  const keyOf = (owner, name) => `${PREFIX}${owner}.${name}`;

  const read = (owner, name) => guarded(() => JSON.parse(window.localStorage.getItem(keyOf(owner, name))), null);
  const write = (owner, name, value) => guarded(() => window.localStorage.setItem(keyOf(owner, name), JSON.stringify(value)));
  const drop = (owner, name) => guarded(() => window.localStorage.removeItem(keyOf(owner, name)));

  /** Whoever signs in next at this screen finds nothing of the one before. */
  function forget(isForgotten) {
    guarded(() => names().filter(isForgotten).forEach((name) => window.localStorage.removeItem(name)));
  }

  document.addEventListener("submit", (event) => {
    if (new URL(event.target.action, window.location.href).pathname === "/logout") forget(() => true);
  }, true);

  app.drafts = {
    read, write, drop,
    /** Drafts of other accounts go. */
    keepOnly: (owner) => forget((name) => !name.startsWith(`${PREFIX}${owner}.`)),
  };
})();
