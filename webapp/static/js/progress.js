/* Asks how far a run is, for each element with data-progress (data-bar names its bar), and loads the page again when one has ended. */
(function () {
  "use strict";

  const EVERY = 2000;

  async function ask(element) {
    let answer;
    try {
      answer = await fetch(element.dataset.progress, { headers: { Accept: "application/json" } });
    } catch {
      return true;
    }
    if (!answer.ok) return answer.status >= 500;
    const run = await answer.json();
    if (!run.open) {
      window.location.reload();
      return false;
    }
    if (element.textContent !== run.words) element.textContent = run.words;
    const bar = document.getElementById(element.dataset.bar || "");
    if (bar && run.share !== null) bar.value = run.share;
    else if (bar) bar.removeAttribute("value");
    return true;
  }

  async function watch(element) {
    while (await ask(element)) await new Promise((resolve) => setTimeout(resolve, EVERY));
  }

  document.querySelectorAll("[data-progress]").forEach(watch);
})();
