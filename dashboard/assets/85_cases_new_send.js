// How does a new case get to the server once, whatever the line does? The draft, its key, and the steps that are left.
//
// What is sent is written down with its key before it is sent. As long as no answer says what became of it, the same
// words go again under the same key, also after the page was loaded anew.
(function () {
  "use strict";
  const { cases } = window.minqing;
  if (!cases.isHere) return;
  const NAME = "new";
  const RETRY_MS = 3000;

  /** @typedef {{stage: "report"|"photos"|"solve", body: Object, result: string|null, id: number|null, seq: number|null}} Pending */
  /** @type {{fields: Object, key: string, pending: Pending|null}|null} */
  let held = null;
  /** Files cannot be kept over a reload. @type {{file: File, key: string, state: "waiting"|"sending"|"done"|"refused", why: string}[]} */
  let photos = [];
  let isRunning = false;
  let timer = 0;

  const draft = () => (held = held || cases.draft.read(NAME) || { fields: {}, key: cases.newKey(), pending: null });
  const keep = () => cases.draft.write(NAME, draft());
  const tell = (state, error) => cases.emit("new-state", { state, error });

  /** Keeps what is typed. */
  function change(fields) {
    draft().fields = fields;
    keep();
  }

  function discard() {
    held = null;
    photos = [];
    cases.draft.drop(NAME);
  }

  /** Whether nobody knows what became of a request: then it goes again as it was. */
  function isUncertain(error) {
    if (!(error instanceof cases.Refused)) return true;
    if (/photos-off$/.test(error.problem.type || "")) return false;
    return error.status >= 500 || [401, 408, 429].includes(error.status);
  }

  async function report(pending) {
    const answer = await cases.ask("POST", "/api/v1/incidents", { ...pending.body, key: held.key });
    pending.id = answer.items[0].id;
    pending.stage = "photos";
  }

  async function sendPhotos(pending) {
    for (const photo of photos.filter((one) => one.state !== "done" && one.state !== "refused")) await sendPhoto(pending, photo);
    pending.stage = pending.result ? "solve" : null;
  }

  /** A refused photo does not hold up the case. */
  async function sendPhoto(pending, photo) {
    const form = new FormData();
    form.append("file", photo.file);
    form.append("key", photo.key);
    photo.state = "sending";
    tell("photo");
    try {
      await cases.ask("POST", `/api/v1/cases/${pending.id}/attachments`, form);
      photo.state = "done";
    } catch (error) {
      photo.state = isUncertain(error) ? "waiting" : "refused";
      if (photo.state === "waiting") throw error;
      photo.why = cases.wordsFor(error);
      cases.tell(cases.say("new_photo_refused", { name: photo.file.name, why: photo.why }), "bad");
    } finally {
      tell("photo");
    }
  }

  /** The number of the last event stays what it was when this was first sent. */
  async function solve(pending) {
    if (pending.seq === null) pending.seq = (await cases.ask("GET", `/api/v1/cases/${pending.id}`)).state.seq;
    keep();
    try {
      await cases.ask("POST", `/api/v1/cases/${pending.id}/transitions`, { act: "solve_on_spot", facts: { result: pending.result }, seq: pending.seq, key: `${held.key}-spot` });
    } catch (error) {
      if (isUncertain(error)) throw error;
      cases.tell(cases.say("new_unsolved", { id: pending.id, why: cases.wordsFor(error) }), "bad");
    }
    pending.stage = null;
  }

  const STAGES = { report, photos: sendPhotos, solve };

  /** Sends a filled-in form. */
  function begin(body, result) {
    draft().pending = { stage: "report", body, result, id: null, seq: null };
    keep();
    return run();
  }

  /** Takes the steps that are left. */
  async function run() {
    const pending = draft().pending;
    if (isRunning || !pending) return;
    isRunning = true;
    window.clearTimeout(timer);
    tell("sending");
    try {
      while (pending.stage) {
        await STAGES[pending.stage](pending);
        keep();
      }
      discard();
      cases.emit("new-done", pending);
    } catch (error) {
      stopped(error);
    } finally {
      isRunning = false;
    }
  }

  function stopped(error) {
    if (isUncertain(error)) {
      timer = window.setTimeout(run, RETRY_MS);
      return tell("waiting", error);
    }
    held.pending = null;
    if (error.problem.field === "key") held.key = cases.newKey();
    keep();
    return tell("refused", error);
  }

  window.addEventListener("online", run);

  cases.newCase = {
    draft, change, discard, begin, run,
    photos: () => photos,
    addPhotos: (files) => photos.push(...files.map((file) => ({ file, key: cases.newKey(), state: "waiting", why: "" }))),
    removePhoto: (photo) => (photos = photos.filter((one) => one !== photo)),
    isKept: () => cases.draft.read(NAME) !== null,
  };
})();
