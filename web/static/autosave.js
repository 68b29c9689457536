/* Saves the form a moment after typing stops, then fetches quality and matches anew. Without it the buttons save. */
"use strict";

(() => {
  const WAIT = 1500;
  const form = document.getElementById("wizard");
  const said = document.getElementById("saved");
  const outlook = document.getElementById("outlook");
  if (!form || !said) return;
  let timer, saving = false, again = false, stopped = false, leaving = false;

  // What was not saved must not be overlooked.
  const tell = (words, isWrong) => {
    said.className = isWrong ? "notice" : "facts";
    said.textContent = words;
  };

  const refresh = async () => {
    const answer = await fetch(form.dataset.outlook);
    if (!answer.ok || answer.redirected) return;
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    outlook.replaceChildren(...parsed.body.childNodes);
  };

  const save = async () => {
    if (stopped || leaving) return;
    if (saving) { again = true; return; }
    saving = true;
    const body = new FormData(form);
    body.set("do", "autosave");
    try {
      const answer = await fetch(form.action, { method: "POST", body });
      const isOurs = answer.headers.get("Content-Type")?.startsWith("application/json");
      if (!isOurs) {
        // The page to sign in on, or the one that says that the form has expired: typing goes on, saving does not.
        stopped = true;
        tell(form.dataset.signedOut, true);
      } else {
        const { version, said: words } = await answer.json();
        tell(words, !answer.ok);
        if (answer.ok) form.elements.version.value = version;
        else stopped = true;
      }
      saving = false;
      if (!stopped && again) { again = false; await save(); }
      else if (!stopped) await refresh();
    } catch {
      saving = false;
      tell(form.dataset.failed, true);
    }
  };

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(save, WAIT);
  };

  // While Japanese is being converted the text is not what will be saved.
  form.addEventListener("input", (event) => { if (!event.isComposing) later(); });
  form.addEventListener("compositionend", later);
  // A save on its way would make the version of what is being sent an old one.
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (leaving) event.preventDefault();
    else if (saving) {
      event.preventDefault();
      const button = event.submitter;
      const wait = setInterval(() => {
        if (saving) return;
        clearInterval(wait);
        form.requestSubmit(button);
      }, 50);
    } else leaving = true;
  });
  // Back from the next page, the form is typed in again.
  window.addEventListener("pageshow", () => { leaving = false; });
})();
