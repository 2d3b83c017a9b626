// What pages need beside htmx. No inline script, no HTML made here: words only ever go in as text.
(function () {
  "use strict";
  const root = document.documentElement;
  const $ = (what, where) => (where || document).querySelector(what);
  const $$ = (what, where) => [...(where || document).querySelectorAll(what)];

  // Theme
  function setTheme(name, keep) {
    root.dataset.theme = name;
    if (keep) try { localStorage.setItem("theme", name); } catch (error) { /* storage is off */ }
    $$("[data-theme-icon]").forEach((one) => { one.hidden = one.dataset.themeIcon === name; });
    document.dispatchEvent(new CustomEvent("listener:theme"));
  }
  function kept() { try { return localStorage.getItem("theme"); } catch (error) { return null; } }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => { if (!kept()) setTheme(event.matches ? "dark" : "light", false); });

  // A word to the person, read out too
  function say(words, bad) {
    const toast = document.createElement("div");
    toast.className = bad ? "toast bad" : "toast";
    toast.textContent = words;
    $("[data-toasts]").append(toast);
    setTimeout(() => toast.remove(), bad ? 7000 : 3500);
  }

  // The filter bar: without this it works too, with emptier addresses in mind
  function tidy(form) {
    $$("input, select", form).forEach((field) => { if (field.name && !field.value && field.type !== "checkbox") field.disabled = true; });
    setTimeout(() => $$("input:disabled, select:disabled", form).forEach((field) => { field.disabled = false; }));
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "get") return;
    const by = event.submitter;
    if (by && by.hasAttribute("data-apply-dates")) {
      const from = $("[data-from]", form).value, to = $("[data-to]", form).value;
      if (from && to) $("input[name=period]", form).value = from <= to ? `${from}..${to}` : `${to}..${from}`;
    }
    tidy(form);
  });
  function closePops(but) { $$("details.pop[open]").forEach((one) => { if (one !== but) one.open = false; }); }
  document.addEventListener("click", (event) => {
    closePops(event.target.closest("details.pop"));
    const menu = event.target.closest("[data-menu]");
    if (menu) {
      const open = menu.closest(".side").classList.toggle("open");
      menu.setAttribute("aria-expanded", String(open));
    }
    const facets = event.target.closest("[data-facets]");
    if (facets) facets.setAttribute("aria-expanded", String(facets.closest(".facets").classList.toggle("open")));
    if (event.target.closest("[data-theme-switch]")) setTheme(root.dataset.theme === "dark" ? "light" : "dark", true);
    const tried = event.target.closest("[data-try]");
    if (tried) {
      const field = $("#query");
      field.value = $("[data-query]", tried.closest(".card")).textContent;
      field.scrollIntoView({ block: "center" });
      field.focus();
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    const pill = event.target.closest("[data-new-pill]");
    if (pill) location.reload();
  });

  // One key for each thing that is done often; the row in focus is meant
  const KEYS = { 1: "positive", p: "positive", 2: "neutral", u: "neutral", 3: "negative", n: "negative", 0: "model" };
  function row() { return (document.activeElement && document.activeElement.closest("[data-post]")) || $("[data-audit]"); }
  function move(by) {
    const all = $$("[data-post]"), at = all.indexOf(row());
    const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { const open = $("details.pop[open]"); closePops(null); if (open) $("summary", open).focus(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
    const here = row();
    if (event.key === "/" && $("[data-search]")) { event.preventDefault(); $("[data-search]").focus(); }
    else if (event.key === "j" && $("[data-post]")) move(1);
    else if (event.key === "k" && $("[data-post]")) move(-1);
    else if (here && KEYS[event.key]) { const button = $(`[data-judge=${KEYS[event.key]}]`, here); if (button) { event.preventDefault(); button.click(); } }
    else if (here && event.key === "i") { const button = $("[data-irrelevant]", here); if (button) button.click(); }
    else if (here && event.key === "s" && $("[data-skip]", here)) $("[data-skip]", here).click();
    else if (here && event.key === "b" && $("[data-back]", here)) $("[data-back]", here).click();
    else if (here && event.key === "Enter" && event.target === here) { const button = $("[data-expand]", here); if (button) button.click(); }
  });

  // What came of a request
  document.addEventListener("listener:said", (event) => say(event.detail.value || String(event.detail), false));
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    say(root.dataset[status === 403 ? "sayForbidden" : status === 401 ? "saySignIn" : "sayFailed"] || `Error ${status}`, true);
  });
  document.addEventListener("htmx:sendError", () => say(root.dataset.sayOffline || "No connection", true));
  // The focus stays on the row that was worked on, though it was drawn anew
  let worked = null;
  document.addEventListener("htmx:beforeRequest", (event) => { const post = event.target.closest("[data-post]"); worked = post ? post.id : null; });
  document.addEventListener("htmx:afterSettle", () => {
    if (!worked) return;
    const post = document.getElementById(worked);
    if (post && !post.contains(document.activeElement)) post.focus({ preventScroll: true });
    worked = null;
  });

  // A file that takes seconds to make: the button says so until it is there, and what was wrong where it does not come
  async function make(link) {
    const words = $("[data-words]", link), before = words.textContent;
    link.setAttribute("aria-busy", "true");
    words.textContent = link.dataset.making;
    try {
      const answer = await fetch(link.href);
      if (!answer.ok) { say((await answer.json().catch(() => ({}))).detail || root.dataset.sayFailed, true); return; }
      const named = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") || "");
      const file = document.createElement("a");
      file.href = URL.createObjectURL(await answer.blob());
      file.download = named ? named[1] : "report";
      file.click();
      setTimeout(() => URL.revokeObjectURL(file.href), 60000);
      say(link.dataset.ready.replace("{name}", file.download), false);
    } catch (error) {
      say(root.dataset.sayOffline || "No connection", true);
    } finally {
      link.removeAttribute("aria-busy");
      words.textContent = before;
    }
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-making]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!link.hasAttribute("aria-busy")) make(link);
  });

  // Live: what is new since the page was made
  function live() {
    const address = root.dataset.live;
    if (!address || !window.EventSource) return;
    const events = new EventSource(address);
    let fresh = 0;
    events.addEventListener("hello", (event) => { badge(JSON.parse(event.data).open_alerts); if ($("[data-work] *")) working(); });
    events.addEventListener("work", working);
    events.addEventListener("news", (event) => {
      const news = JSON.parse(event.data);
      badge(news.open_alerts);
      if (news.alerts && news.open_alerts) say(root.dataset.sayAlert);
      fresh += news.mentions || 0;
      const pill = $("[data-new-pill]");
      if (!fresh || !pill) return;
      pill.textContent = (fresh === 1 ? root.dataset.newOne : root.dataset.newMany || "{number}").replace("{number}", fresh.toLocaleString(root.lang));
      pill.hidden = false;
    });
    addEventListener("pagehide", () => events.close());
  }
  function working() { document.dispatchEvent(new CustomEvent("listener:work")); }
  function badge(open) {
    const place = $("[data-alert-badge]");
    if (!place || open === undefined) return;
    place.textContent = open > 99 ? "99+" : String(open);
    place.hidden = open === 0;
  }

  setTheme(root.dataset.theme, false);
  if (document.readyState === "complete") live();
  else addEventListener("load", live);
})();
