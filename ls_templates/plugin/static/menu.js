/* An entry in Label Studio's menu: `Quality` for admins and reviewers, `My page` for annotators. Selectors of Label Studio 1.23.2. */
(() => {
  "use strict";
  const NAMES = { "/steadyhand/": ["Quality", "Quality"], "/steadyhand/me/": ["My page", "Meine Seite"] };
  const LANGUAGES = ["en", "de"];
  const address = document.currentScript.dataset.address;
  const language = navigator.languages.map((name) => LANGUAGES.indexOf(name.slice(0, 2))).find((n) => n >= 0) || 0;
  const SVG = "http://www.w3.org/2000/svg";

  const icon = () => {
    const span = document.createElement("span");
    span.className = "lsf-main-menu__item-icon";
    const svg = document.createElementNS(SVG, "svg");
    Object.entries({ width: 24, height: 24, viewBox: "0 0 24 24", fill: "none" }).forEach(([name, value]) => svg.setAttribute(name, value));
    const path = document.createElementNS(SVG, "path");
    Object.entries({ d: "M4 16h4l2-8 3 10 2-6h5", stroke: "currentColor", "stroke-width": 2, "stroke-linejoin": "round" }).forEach(([name, value]) => path.setAttribute(name, value));
    svg.append(path);
    span.append(svg);
    return span;
  };

  const add = () => {
    const projects = document.querySelector(".lsf-main-menu a.lsf-main-menu__item[href='/projects']");
    if (!projects || document.querySelector(`.lsf-main-menu a[href='${address}']`)) return;
    const link = document.createElement("a");
    link.className = "lsf-main-menu__item";
    link.href = address;
    link.dataset.external = "true"; // Label Studio's own router leaves such links to the browser
    link.append(icon(), NAMES[address][language]);
    const item = document.createElement("li");
    item.append(link);
    projects.closest("li").after(item);
  };

  new MutationObserver(add).observe(document.body, { childList: true, subtree: true });
  add();
})();
