/* Follows every open row of the list of reports by one address (data-follow); rows that have ended are swapped in place, from data-page. */
(function () {
  "use strict";

  const EVERY = 2000;
  const list = document.querySelector("[data-follow]");
  if (!list) return;

  function swap(fresh, id) {
    const old = document.getElementById(id);
    const now = fresh.getElementById(id);
    if (old && now) old.replaceWith(document.adoptNode(now));
  }

  async function take(ended) {
    const answer = await fetch(list.dataset.page, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const month = new URL(list.dataset.page, window.location.href).searchParams.get("month");
    [...ended, "month-title", `month-${month}`].forEach((id) => swap(fresh, id));
  }

  async function ask(waiting) {
    const answer = await fetch(list.dataset.follow, { headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) return answer.status >= 500;
    const { open } = await answer.json();
    const ended = [];
    waiting.forEach((tag) => {
      const words = open[tag.dataset.open.replace("run-", "")];
      if (words === undefined) ended.push(tag.dataset.open);
      else if (tag.textContent !== words) tag.textContent = words;
    });
    if (ended.length) await take(ended);
    return true;
  }

  async function follow() {
    for (;;) {
      const waiting = [...list.querySelectorAll("[data-open]")];
      if (!waiting.length || !(await ask(waiting).catch(() => true))) return;
      await new Promise((resolve) => setTimeout(resolve, EVERY));
    }
  }

  follow();
})();
