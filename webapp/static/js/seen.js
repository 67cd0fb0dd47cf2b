/* Takes the unread mark away: at once for a page that shows the report (data-seen-now), else when a file is fetched (data-seen). */
(function () {
  "use strict";

  function post(address) {
    const token = document.querySelector('input[name="csrf_token"]');
    if (!token) return;
    const body = new URLSearchParams({ csrf_token: token.value });
    fetch(address, { method: "POST", body, keepalive: true, redirect: "manual" }).catch(() => {});
  }

  document.querySelectorAll("form[data-seen-now]").forEach((form) => {
    post(form.action);
    form.hidden = true;
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-seen]");
    if (!link) return;
    post(link.dataset.seen);
    link.removeAttribute("data-seen");
  });
})();
