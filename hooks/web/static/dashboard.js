/* Scripts only add: short tables sort in place, a form is sent once, overviews follow what happens. Everything works without. */
(() => {
  "use strict";
  const REFRESH_SECONDS = 20;

  const value = (row, column) => row.cells[column].textContent.trim();
  const number = (text) => {
    const match = /^-?[\d,]+(\.\d+)?/.exec(text);
    return match ? Number(match[0].replaceAll(",", "")) : null;
  };
  const compare = (a, b) => {
    const [x, y] = [number(a), number(b)];
    return x !== null && y !== null ? x - y : a.localeCompare(b);
  };
  const sort = (table, head, column) => {
    const descending = head.getAttribute("aria-sort") === "ascending";
    table.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows].sort((a, b) => compare(value(a, column), value(b, column)));
    if (descending) rows.reverse();
    table.tBodies[0].append(...rows);
  };

  const enhance = (root) => {
    root.querySelectorAll("table[data-sortable]").forEach((table) => {
      [...table.tHead.rows[0].cells].forEach((head, column) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "sort";
        button.textContent = head.textContent;
        button.addEventListener("click", () => sort(table, head, column));
        head.replaceChildren(button);
      });
    });
    root.querySelectorAll("form[method=post]").forEach((form) => {
      form.addEventListener("submit", (event) => {
        if (form.dataset.sent) event.preventDefault();
        form.dataset.sent = "yes";
      });
    });
  };

  /* Whoever is reading a sorted table, an open list or a form is not disturbed. */
  const isBusy = (main) =>
    document.hidden || main.contains(document.activeElement) || main.querySelector("details[open], [data-sortable] [aria-sort]");
  const refresh = async (main) => {
    if (isBusy(main)) return;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      if (!answer.ok || isBusy(main)) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
      if (!fresh) return;
      main.replaceChildren(...fresh.childNodes);
      enhance(main);
    } catch { /* the service is away: what is shown stays */ }
  };

  /* What was done is said once: not again on reloading, and not in a link that is copied. */
  const shown = new URL(location.href);
  if (shown.searchParams.has("outcome")) {
    shown.searchParams.delete("outcome");
    history.replaceState(null, "", shown);
  }
  enhance(document);
  const live = document.querySelector("main[data-live]");
  if (live) setInterval(() => refresh(live), REFRESH_SECONDS * 1000);
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
})();
