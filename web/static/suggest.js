/* Names of organisations under a search box while one types: the combobox pattern of the ARIA Authoring Practices.
   Choosing a name opens its page; without a choice the form searches, as it does without this script. */

(() => {
  "use strict";
  const WAIT = 150;

  for (const box of document.querySelectorAll("input[data-suggest]")) {
    const list = document.createElement("ul");
    const said = document.createElement("p");
    let chosen = -1, timer = 0, asked = null;

    list.className = "suggestions";
    list.id = `${box.id}-names`;
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", box.dataset.suggestLabel);
    said.className = "unseen";
    said.setAttribute("role", "status");
    box.parentElement.append(list, said);
    box.setAttribute("role", "combobox");
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-expanded", "false");
    box.setAttribute("aria-controls", list.id);

    const close = () => {
      list.hidden = true;
      chosen = -1;
      box.setAttribute("aria-expanded", "false");
      box.removeAttribute("aria-activedescendant");
    };

    const mark = (place) => {
      const options = [...list.children];
      chosen = (place + options.length) % options.length;
      options.forEach((option, i) => option.setAttribute("aria-selected", String(i === chosen)));
      options[chosen].scrollIntoView({ block: "nearest" });
      box.setAttribute("aria-activedescendant", options[chosen].id);
    };

    const show = (found) => {
      list.replaceChildren(...found.map((one, i) => {
        const option = document.createElement("li");
        const name = document.createElement("span");
        const facts = document.createElement("span");
        option.id = `${list.id}-${i}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.address = one.address;
        name.lang = one.lang;
        name.textContent = one.name;
        facts.className = "facts";
        facts.textContent = one.facts;
        option.append(name, facts);
        return option;
      }));
      close();
      list.hidden = found.length === 0;
      said.textContent = found.length ? `${box.dataset.suggestLabel} (${found.length})` : "";
      box.setAttribute("aria-expanded", String(found.length > 0));
    };

    const ask = async () => {
      const text = box.value.trim();
      asked?.abort();
      if (!text) return show([]);
      asked = new AbortController();
      try {
        const address = new URL(box.dataset.suggest, location.href);
        address.searchParams.set("q", text);
        const answer = await fetch(address, { signal: asked.signal });
        // Too many questions, or no connection: the box goes on working as a plain search.
        if (answer.ok && document.activeElement === box) show(await answer.json());
      } catch { /* a newer question took its place */ }
    };

    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT);
    };

    // While Japanese is being converted the text is not what will be asked for.
    box.addEventListener("input", (event) => { if (!event.isComposing) later(); });
    box.addEventListener("compositionend", later);
    box.addEventListener("blur", () => { clearTimeout(timer); close(); });
    box.addEventListener("keydown", (event) => {
      if (event.isComposing || list.hidden) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        mark(event.key === "ArrowDown" ? chosen + 1 : chosen < 0 ? -1 : chosen - 1);
      } else if (event.key === "Enter" && chosen >= 0) {
        event.preventDefault();
        location.assign(list.children[chosen].dataset.address);
      } else if (event.key === "Escape") {
        event.preventDefault();
        close();
      }
    });
    // Before the blur that the click brings.
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) location.assign(option.dataset.address);
    });
  }
})();
