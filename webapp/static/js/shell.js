/* The frame on every page: menu, colours, explanations that open in place, and the filter line. Keeps no data. */
(function () {
  "use strict";

  const dripline = (window.dripline = window.dripline || {});
  const CARRIED = ["period", "from", "to", "site", "indication", "phase", "product", "compare"];

  /* Goes to an address; a drawn page replaces this, so that a change of filters needs no new page. */
  dripline.go = (address) => window.location.assign(address);

  function setUpMenu() {
    const side = document.querySelector(".side");
    const button = document.querySelector(".menu-button");
    if (!side || !button) return;
    button.addEventListener("click", () => {
      const open = side.classList.toggle("open");
      button.setAttribute("aria-expanded", String(open));
    });
  }

  function setUpTheme() {
    document.querySelectorAll('.theme input[name="theme"]').forEach((input) => {
      input.addEventListener("change", () => {
        const root = document.documentElement;
        const secure = window.location.protocol === "https:" ? "; Secure" : "";
        if (input.value === "system") {
          root.removeAttribute("data-theme");
          document.cookie = `theme=; Path=/; Max-Age=0; SameSite=Lax${secure}`;
        } else {
          root.setAttribute("data-theme", input.value);
          document.cookie = `theme=${input.value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
        }
        window.dispatchEvent(new CustomEvent("dripline:theme"));
      });
    });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      window.dispatchEvent(new CustomEvent("dripline:theme"));
    });
  }

  /* Paper is light, whatever the screen is. */
  function setUpPaper() {
    const root = document.documentElement;
    let stated = "";
    window.matchMedia("print").addEventListener("change", ({ matches }) => {
      if (matches) stated = root.dataset.theme || "";
      if (matches || stated) root.dataset.theme = matches ? "light" : stated;
      else root.removeAttribute("data-theme");
    });
  }

  function setUpExplanations() {
    document.addEventListener("click", (event) => {
      document.querySelectorAll("details.pop[open]").forEach((open) => {
        if (!open.contains(event.target)) open.open = false;
      });
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      const open = [...document.querySelectorAll("details.pop[open]")].pop();
      if (!open) return;
      open.open = false;
      open.querySelector("summary").focus();
    });
  }

  /* A table or list behind a chart is as wide as its card; a panel near the edge of the window turns to the other side. */
  document.addEventListener("toggle", (event) => {
    const panel = event.target.open && event.target.matches?.("details.pop") && event.target.querySelector(":scope > .panel");
    if (!panel) return;
    panel.style.translate = "";
    const box = panel.getBoundingClientRect();
    const room = document.documentElement.clientWidth - 8;
    if (box.left < 8) panel.style.translate = `${8 - box.left}px 0`;
    else if (box.right > room) panel.style.translate = `${room - box.right}px 0`;
  }, true);

  function addressOf(form) {
    const asked = new URLSearchParams(window.location.search);
    const fields = new FormData(form);
    new Set([...form.elements].map((element) => element.name).filter(Boolean)).forEach((name) => asked.delete(name));
    const boxes = [...form.querySelectorAll('input[name="site"]')];
    const everySite = boxes.every((box) => box.checked);
    const preset = form.querySelector('input[name="period"]:checked');
    for (const [name, value] of fields) {
      if (!value || (name === "site" && everySite)) continue;
      if ((name === "from" || name === "to") && preset && preset.value !== "custom") continue;
      if (name === "period" && preset && "default" in preset.dataset) continue;
      asked.append(name, value);
    }
    const query = asked.toString();
    return form.getAttribute("action") + (query ? `?${query}` : "");
  }

  function showAddress(form) {
    const asked = new URLSearchParams(window.location.search);
    const fallback = form.querySelector('input[name="period"][data-default]');
    for (const element of form.elements) {
      if (!element.name || element.type === "hidden") continue;
      if (element.type === "checkbox") element.checked = asked.getAll(element.name).includes(element.value);
      else if (element.type === "radio") element.checked = element.value === (asked.get(element.name) || (asked.get("from") ? "custom" : fallback?.value));
      else if (element.name === "from" || element.name === "to") element.value = asked.get(element.name) || element.value;
      else element.value = asked.get(element.name) || "";
    }
    summarise(form);
  }

  function summarise(form) {
    const reset = form.querySelector("[data-reset]");
    if (reset) reset.hidden = !window.location.search;
    form.querySelectorAll("[data-pick]").forEach((pick) => {
      const summary = pick.querySelector("[data-summary]");
      const chosen = [...pick.querySelectorAll("input:checked")];
      const total = Number(summary.dataset.total);
      if (chosen.length === 0 || chosen.length === total) summary.textContent = summary.dataset.all;
      else if (chosen.length === 1) summary.textContent = chosen[0].nextSibling.textContent;
      else summary.textContent = `${chosen.length} of ${total}`;
    });
  }

  function setUpSearch(pick) {
    const search = pick.querySelector("[data-pick-search]");
    const nothing = pick.querySelector("[data-pick-nothing]");
    search?.addEventListener("input", () => {
      const wanted = search.value.trim().toLocaleLowerCase();
      let found = 0;
      pick.querySelectorAll("fieldset").forEach((region) => {
        const name = region.querySelector("legend").textContent.toLocaleLowerCase();
        let shown = 0;
        region.querySelectorAll("label").forEach((label) => {
          label.hidden = !(label.textContent.toLocaleLowerCase().includes(wanted) || name.includes(wanted));
          shown += label.hidden ? 0 : 1;
        });
        region.hidden = shown === 0;
        found += shown;
      });
      nothing.hidden = found > 0;
    });
    search?.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
  }

  const PAUSE = 450;

  function setUpFilters() {
    const form = document.querySelector("form[data-filters]");
    if (!form) return;
    let waiting = 0;
    let applied = -PAUSE;
    const apply = () => {
      window.clearTimeout(waiting);
      applied = performance.now();
      const preset = form.querySelector('input[name="period"]:checked');
      const dates = ["from", "to"].map((name) => form.elements[name]).filter(Boolean);
      if (preset?.value === "custom" && dates.some((date) => !date.value || !date.checkValidity())) return;
      dripline.go(addressOf(form));
    };
    form.addEventListener("change", (event) => {
      if (event.target.form !== form || event.target.matches("[data-pick-search]")) return;
      summarise(form);
      window.clearTimeout(waiting);
      /* Several boxes are often ticked, and arrow keys run through choices: only what follows quickly waits for its end. */
      const pause = event.target.type === "checkbox" ? PAUSE : performance.now() - applied < PAUSE ? 120 : 0;
      waiting = window.setTimeout(apply, pause);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      apply();
    });
    form.querySelectorAll("[data-pick]").forEach((pick) => {
      setUpSearch(pick);
      pick.querySelector("[data-pick-clear]")?.addEventListener("click", () => {
        pick.querySelectorAll('input[type="checkbox"]').forEach((box) => (box.checked = false));
        summarise(form);
        apply();
      });
    });
    window.addEventListener("popstate", () => showAddress(form));
    window.addEventListener("dripline:moved", () => showAddress(form));
    window.addEventListener("pageshow", (event) => event.persisted && showAddress(form));
    summarise(form);
  }

  const SAME_WISH = 10_000;

  /* What is recorded cannot be taken back, so a form that is on its way is not sent once more by a second click. */
  function setUpSendingOnce() {
    const sent = new WeakMap();
    document.addEventListener("submit", (event) => {
      if (event.defaultPrevented || event.target.method !== "post") return;
      const now = performance.now();
      if (now - (sent.get(event.target) ?? -SAME_WISH) < SAME_WISH) event.preventDefault();
      else sent.set(event.target, now);
    });
    /* Back on the page, the same form sent again is a wish of its own. */
    window.addEventListener("pageshow", (event) => event.persisted && document.querySelectorAll("form").forEach((form) => sent.delete(form)));
  }

  /* A view is saved as the address stands at that moment. */
  function setUpSaving() {
    const form = document.querySelector("form[data-save-view]");
    form?.addEventListener("submit", () => {
      form.elements.path.value = window.location.pathname + window.location.search;
    });
  }

  function setUpCopy() {
    document.querySelectorAll("[data-copy-link]").forEach((button) => {
      const label = button.textContent;
      const shown = button.dataset.copyLink; // an address that stands beside the button; else the page's own
      button.setAttribute("aria-live", "polite");
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(shown || window.location.href);
          button.textContent = "Copied";
        } catch {
          button.textContent = shown ? "Mark it and copy it" : "Copy it from the address bar";
        }
        window.setTimeout(() => (button.textContent = label), 2000);
      });
    });
  }

  /* The period and sites that are shown now travel along to the next page. */
  function setUpCarrying() {
    document.querySelectorAll("a[data-carry]").forEach((link) => {
      const carry = () => {
        const kept = new URLSearchParams();
        for (const [name, value] of new URLSearchParams(window.location.search)) {
          if (CARRIED.includes(name)) kept.append(name, value);
        }
        const query = kept.toString();
        link.setAttribute("href", link.pathname + (query ? `?${query}` : ""));
      };
      link.addEventListener("pointerdown", carry);
      link.addEventListener("click", carry);
      link.addEventListener("focus", carry);
    });
  }

  /* A long list of a form: what is typed above it leaves the options that hold it; a single one is chosen at once. */
  function setUpSearches() {
    document.querySelectorAll("[data-search-of]").forEach((search) => {
      const list = document.getElementById(search.dataset.searchOf);
      const found = document.querySelector(`[data-found-of="${search.dataset.searchOf}"]`);
      const every = [...list.options];
      const always = (option) => ["", "another"].includes(option.value);
      const named = every.filter((option) => !always(option));
      const narrow = () => {
        const words = search.value.trim().toLocaleLowerCase().split(/\s+/);
        const holds = (option) => words.every((word) => option.text.toLocaleLowerCase().includes(word));
        const fitting = named.filter(holds);
        const chosen = list.value;
        list.replaceChildren(...every.filter((option) => always(option) || fitting.includes(option)));
        const only = search.value.trim() && fitting.length === 1 ? fitting[0].value : chosen;
        list.value = [...list.options].some((option) => option.value === only) ? only : "";
        found.hidden = !search.value.trim();
        found.textContent = fitting.length ? `${fitting.length} of ${named.length}` : "Nothing in the list has that.";
      };
      search.addEventListener("input", narrow);
      search.addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        list.focus();
      });
    });
  }

  setUpMenu();
  setUpTheme();
  setUpPaper();
  setUpExplanations();
  setUpFilters();
  setUpSendingOnce();
  setUpSaving();
  setUpCopy();
  setUpCarrying();
  setUpSearches();
})();
