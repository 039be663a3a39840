/* Scripts only add: short tables sort in place, a form is sent once. Everything works without. */
(() => {
  "use strict";
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
  document.querySelectorAll("table[data-sortable]").forEach((table) => {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.textContent = head.textContent;
      button.addEventListener("click", () => sort(table, head, column));
      head.replaceChildren(button);
    });
  });
  document.querySelectorAll("form[method=post]").forEach((form) => {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
    });
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
})();
