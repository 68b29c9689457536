/* Copies the draft, and keeps the mail link in step with what is typed. Without this script a button does the second. */
"use strict";

(() => {
  const [subject, body, link, copy, said] = ["subject", "body", "mailto", "copy", "said"].map((id) => document.getElementById(id));
  // The same limit as web.introductions.MAX_MAILTO.
  const longest = 1900;

  function refresh() {
    const head = `mailto:?subject=${encodeURIComponent(subject.value)}`;
    const whole = `${head}&body=${encodeURIComponent(body.value.replace(/\r?\n/g, "\r\n"))}`;
    link.href = whole.length <= longest ? whole : head;
  }

  subject.addEventListener("input", refresh);
  body.addEventListener("input", refresh);
  if (navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(body.value);
      said.textContent = copy.dataset.done;
    });
  }
})();
