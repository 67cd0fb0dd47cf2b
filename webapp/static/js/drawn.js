/* A drawn page: filters change the address without a new page, every number opens, and trouble is said in words. */
(function () {
  "use strict";

  const dripline = (window.dripline = window.dripline || {});
  const ANSWERS = /\/_dash-(update-component|layout|dependencies)$/;

  /* Only addresses of this product are followed, whoever wrote them: one slash, no scheme, no other host,
     and no path that begins with two once its dots are taken out: alone it would read as a host. */
  function ownAddress(address) {
    if (typeof address !== "string" || !/^[/?](?![/\\])/.test(address)) return null;
    const target = new URL(address, window.location.href);
    return target.origin === window.location.origin && !target.pathname.startsWith("//") ? target : null;
  }

  dripline.ownAddress = ownAddress;
  dripline.go = (address) => {
    const target = ownAddress(address);
    if (!target) return;
    if (target.pathname !== window.location.pathname) {
      window.location.assign(target.href);
      return;
    }
    window.history.pushState(null, "", target.pathname + target.search);
    window.dispatchEvent(new CustomEvent("dripline:moved"));
  };

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest?.("a[href]");
    if (!link || link.target || link.hasAttribute("download") || link.hash || !link.closest("#main")) return;
    if (link.origin !== window.location.origin || link.pathname !== window.location.pathname) return;
    event.preventDefault();
    dripline.go(link.pathname + link.search);
  });

  function say(sentence, label, href) {
    let banner = document.querySelector(".banner");
    if (!banner) {
      banner = document.createElement("p");
      banner.className = "notice bad banner";
      banner.setAttribute("role", "alert");
      document.querySelector(".page").prepend(banner);
    }
    document.querySelector(".page").classList.add("failed");
    banner.textContent = `${sentence} `;
    if (label) {
      const link = document.createElement("a");
      link.href = href;
      link.textContent = label;
      banner.append(link);
    }
  }

  async function explain(status, answer) {
    const here = window.location.pathname + window.location.search;
    if (status === 401) say("You have been signed out.", "Sign in again", `/sign-in?next=${encodeURIComponent(here)}`);
    else if (status === 400 || status === 403) say("This page is no longer valid for your session.", "Load it again", here);
    else if (status === 429) say("Too many questions at once. Wait a moment, then", "load the page again", here);
    else if (status === 503) {
      const said = await answer.clone().json().catch(() => ({}));
      say(said.message || "Dripline cannot answer at the moment; try again in a minute.", "Try again", here);
    } else if (status === 0) say("Dripline cannot be reached. Check the connection, then", "load the page again", here);
    else say("These numbers could not be counted just now; nothing was changed.", "Try again", here);
  }

  /* The line at the top says that numbers are being counted, but only when it takes long enough to be noticed. */
  let open = 0;
  let timer = 0;
  function busy(change) {
    open += change;
    window.clearTimeout(timer);
    const line = document.querySelector(".progress-line");
    document.querySelector(".page")?.setAttribute("aria-busy", String(open > 0));
    if (open > 0 && !line) {
      timer = window.setTimeout(() => {
        const bar = document.createElement("div");
        bar.className = "progress-line";
        document.body.append(bar);
      }, 200);
    }
    if (open === 0) line?.remove();
  }

  const ask = window.fetch.bind(window);
  window.fetch = async (resource, options) => {
    const address = typeof resource === "string" ? resource : resource.url;
    if (!ANSWERS.test(new URL(address, window.location.href).pathname)) return ask(resource, options);
    busy(1);
    try {
      const answer = await ask(resource, options);
      if (answer.status >= 400) explain(answer.status, answer);
      else document.querySelector(".banner")?.remove();
      return answer;
    } catch (trouble) {
      if (trouble?.name !== "AbortError") explain(0);
      throw trouble;
    } finally {
      busy(-1);
    }
  };

  /* A page about one thing names it: the title that comes with the answer becomes the heading and the window's title. */
  new MutationObserver(() => {
    const title = document.getElementById("page-title")?.textContent;
    const heading = document.querySelector(".page > h1");
    if (!title || !heading || heading.textContent === title) return;
    heading.textContent = title;
    document.title = `${title} · Dripline`;
  }).observe(document.getElementById("react-entry-point"), { childList: true, subtree: true, characterData: true });
})();
