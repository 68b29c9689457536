/* Reordering a shortlist: rows are dragged by their handle; arrows and drops are saved without leaving the page.
   Without this script the arrows send the form and the page comes back. */
"use strict";

(() => {
  const rows = () => [...document.querySelectorAll("table.matches tbody tr[data-item]")];
  let dragged = null;
  let before = [];

  // Sends the form and shows what came back, whatever it is: the new order, or both orders where two have saved at once.
  async function send(button) {
    const form = document.getElementById("order");
    const data = new FormData(form);
    if (button) data.append(button.name, button.value);
    const focus = button && button.id;
    document.body.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, { method: "POST", body: data, credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const main = page.getElementById("main");
      if (!main) throw new Error("no page");
      document.getElementById("main").replaceWith(document.adoptNode(main));
      document.title = page.title;
      enhance();
      const target = focus && document.getElementById(focus);
      // At either end the arrow is off: the other one of the same row takes the focus.
      const [way, id] = focus ? [focus.slice(0, focus.indexOf("-")), focus.slice(focus.indexOf("-") + 1)] : [];
      const other = target && target.disabled && document.getElementById((way === "up" ? "down-" : "up-") + id);
      (other || target || document.getElementById("main")).focus({ preventScroll: true });
    } catch {
      // Offline, or signed out: the browser's own way says so.
      if (button) button.dataset.plain = "1";
      form.requestSubmit(button || undefined);
    } finally {
      document.body.removeAttribute("aria-busy");
    }
  }

  function sendOrder() {
    const inputs = [...document.querySelectorAll("#order input[name=order]")];
    rows().forEach((row, i) => { inputs[i].value = row.dataset.item; });
    send(null);
  }

  function rowAt(y) {
    return rows().find((row) => { const box = row.getBoundingClientRect(); return y < box.top + box.height / 2; });
  }

  function move(event) {
    if (!dragged) return;
    event.preventDefault();
    const next = rowAt(event.clientY);
    const body = dragged.parentElement;
    if (next !== dragged && next !== dragged.nextElementSibling) body.insertBefore(dragged, next || null);
    const edge = 60;
    if (event.clientY < edge) window.scrollBy(0, -12);
    if (event.clientY > window.innerHeight - edge) window.scrollBy(0, 12);
  }

  function stop(event) {
    if (!dragged) return;
    dragged.classList.remove("dragged");
    const now = rows();
    const isCancelled = event.type === "pointercancel" || event.key === "Escape";
    if (isCancelled) before.forEach((row) => dragged.parentElement.append(row));
    dragged = null;
    document.removeEventListener("pointermove", move);
    if (!isCancelled && now.some((row, i) => row !== before[i])) sendOrder();
  }

  function start(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    dragged = event.currentTarget.closest("tr");
    before = rows();
    dragged.classList.add("dragged");
    document.addEventListener("pointermove", move, { passive: false });
  }

  function enhance() {
    const table = document.querySelector("table.matches");
    if (!table || !document.getElementById("order")) return;
    table.classList.add("draggable");
    table.querySelectorAll(".grip").forEach((grip) => grip.addEventListener("pointerdown", start));
  }

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (event.target.id !== "order" || !button || button.dataset.plain) return;
    event.preventDefault();
    send(button);
  });
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, stop);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") stop(event); });
  enhance();
})();
