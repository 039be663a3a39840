/* The annotator's own standing, in the labelling screen. Nothing appears while there is nothing to show. Its words are in
   words.LANGUAGE.json, in the first of the browser's languages that there is. */
(() => {
  "use strict";
  const STREAM = /^\/projects\/(\d+)\/data/;
  const LANGUAGES = ["en", "de"];
  const FOLDED = "steadyhand-folded";
  const SVG = "http://www.w3.org/2000/svg";
  const language = navigator.languages.map((name) => name.slice(0, 2)).find((name) => LANGUAGES.includes(name)) || "en";
  let words = null;
  let bar = null;
  let displayed = "";
  let project = null;

  const inStream = () => {
    const match = STREAM.exec(location.pathname);
    return match && document.querySelector("[class*=lsf-editor], [class*=lsf-label-view], .lsf-wrapper") ? match[1] : null;
  };

  const element = (tag, name, text) => {
    const node = document.createElement(tag);
    if (name) node.className = "steadyhand-" + name;
    if (text !== undefined) node.textContent = text;
    return node;
  };

  const say = (text, values) => text.replace(/{(\w+)}/g, (_, name) => values[name]);
  const percent = (share) => Math.round(100 * share) + " %";
  const money = (minor, currency) => new Intl.NumberFormat(language, { style: "currency", currency }).format(minor / 100);

  /* An interval from 0 to top with its value, as a small picture; the text beside it says the same. */
  const picture = ({ value, low, high }, top) => {
    const svg = document.createElementNS(SVG, "svg");
    const part = (name, attributes) => {
      const node = document.createElementNS(SVG, name);
      Object.entries(attributes).forEach(([key, v]) => node.setAttribute(key, v));
      svg.append(node);
    };
    svg.setAttribute("viewBox", "0 0 64 10");
    svg.setAttribute("aria-hidden", "true");
    part("rect", { x: 0, y: 4, width: 64, height: 2, class: "steadyhand-track" });
    part("rect", { x: (64 * low) / top, y: 3, width: Math.max(1, (64 * (high - low)) / top), height: 4, rx: 2, class: "steadyhand-interval" });
    part("circle", { cx: (64 * value) / top, cy: 5, r: 3, class: "steadyhand-dot" });
    return svg;
  };

  const figure = (label, value, hint, { estimate, top, minor } = {}) => {
    const box = element("span", "figure" + (minor ? " steadyhand-minor" : ""));
    if (hint) box.title = hint;
    box.append(element("span", "label", label), element("strong", "value", value));
    if (estimate) box.append(picture(estimate, top));
    return box;
  };

  const isKnown = (estimate) => estimate && estimate.value !== null;
  const range = (estimate, scale, unit) =>
    `${Math.round(scale * estimate.value)}${unit} (${say(words.range, { low: Math.round(scale * estimate.low), high: Math.round(scale * estimate.high) })})`;

  const figures = (s) => {
    const known = s.known && isKnown(s.reputation);
    const consistency = isKnown(s.self_consistency) ? range(s.self_consistency, 100, " %") : words.unknown;
    return [
      ...(s.paused ? [figure(words.paused, s.paused, words.pausedHint)] : []),
      figure(words.standing, words.standings[s.standing], ahead(s)),
      figure(words.reputation, known ? range(s.reputation, 1, "") : words.unknown, words.reputationHint, { estimate: known && s.reputation, top: 100 }),
      figure(words.consistency, consistency, words.consistencyHint, { estimate: isKnown(s.self_consistency) && s.self_consistency, top: 1, minor: true }),
      figure(words.bonus, money(s.bonus_minor, s.currency), nextBonus(s)),
      ...(s.settled && s.settled.length ? [figure(words.settled, money(s.settled_minor, s.currency), words.settledHint, { minor: true })] : []),
      figure(words.answers, String(s.judgments), "", { minor: true }),
    ];
  };

  /* What is missing to the next standing. */
  const ahead = (s) => {
    if (!s.known) return say(words.missing, { n: s.needed - s.checked });
    const next = s.next_standing;
    if (!next) return words.highest;
    return say(words.next, { name: words.standings[next.name], required: Math.round(next.required), now: Math.round(next.lower_end) });
  };

  const nextBonus = (s) =>
    s.next_bonus_minor === null || s.next_bonus_minor === undefined ? "" : say(words.ahead, { amount: money(s.next_bonus_minor, s.currency) });

  /* The bonus in words; an older service does not say what it follows from. */
  const arithmetic = (s) => {
    if (!s.terms) return [s.why || words.nothing];
    const measure = words.measures[s.measure];
    const amount = money(s.bonus_minor, s.currency);
    if (!s.known || s.pay_score === null) return [say(words.tooFew, { measure, checked: s.checked, needed: s.needed, amount })];
    const each = (step) => money(step.per_judgment_minor, s.currency);
    const [first, last] = [s.terms.steps[0], s.terms.steps[s.terms.steps.length - 1]];
    const rule =
      s.terms.kind === "linear"
        ? [say(words.linear, { from: percent(first.from_score), to: percent(last.from_score), each: each(last) })]
        : s.terms.kind === "binary"
          ? [say(words.binary, { from: percent(first.from_score), each: each(first) })]
          : s.terms.steps.map((step) => say(words.tier, { from: percent(step.from_score), each: each(step) }));
    return [say(words.score, { measure, score: percent(s.pay_score) }), ...rule, say(words.result, { n: s.judgments, amount })];
  };

  const explain = (s) => {
    const lines = [element("p", "", `${words.standing}: ${words.standings[s.standing]}; ${ahead(s)}`)];
    lines.push(element("p", "", arithmetic(s).join(" ")));
    if (nextBonus(s)) lines.push(element("p", "", nextBonus(s)));
    for (const line of s.settled || []) {
      lines.push(element("p", "settled", say(words.line, { period: line.period, amount: money(line.minor, line.currency), kind: line.kind, version: line.contract_version })));
    }
    bar.querySelector(".steadyhand-why").replaceChildren(...lines);
  };

  const fold = (folded) => {
    bar.classList.toggle("steadyhand-is-folded", folded);
    document.documentElement.classList.toggle("steadyhand-bar-folded", folded);
    const button = bar.querySelector(".steadyhand-fold");
    button.textContent = folded ? "▴" : "▾";
    button.setAttribute("aria-expanded", String(!folded));
    button.setAttribute("aria-label", folded ? words.show : words.hide);
    if (folded) open(false);
    try { localStorage.setItem(FOLDED, folded ? "1" : ""); } catch { /* private windows have no storage */ }
  };

  /* The explanation has room of its own: the bar grows, and the screen above it shrinks. */
  const open = (isOpen) => {
    bar.querySelector(".steadyhand-why").hidden = !isOpen;
    bar.querySelector(".steadyhand-ask").setAttribute("aria-expanded", String(isOpen));
    document.documentElement.classList.toggle("steadyhand-bar-open", isOpen);
  };

  /* Stands where the next task would; the style sheet shows it only while no task is open, so that one that was begun can be sent. */
  const notePause = (s) => {
    bar.querySelectorAll(".steadyhand-paused").forEach((old) => old.remove());
    if (!s.paused) return;
    const notice = element("section", "paused");
    notice.setAttribute("role", "status");
    notice.append(element("h2", "", words.pauseTitle), element("p", "", s.paused), element("p", "", words.pauseKept));
    bar.append(notice);
  };

  const remove = () => {
    if (bar) bar.remove();
    bar = null;
    displayed = "";
    document.documentElement.classList.remove("steadyhand-bar-on", "steadyhand-bar-folded", "steadyhand-bar-open");
  };

  const build = () => {
    bar = element("aside", "bar");
    bar.setAttribute("aria-label", words.label);
    const row = element("div", "row");
    const shown = element("div", "figures");
    shown.setAttribute("aria-live", "polite");
    const ask = element("button", "ask", words.why);
    ask.type = "button";
    const mine = element("a", "mine", words.myPage);
    mine.href = `/steadyhand/me/?project=${project}`;
    mine.target = "_blank";
    const button = element("button", "fold");
    button.type = "button";
    const list = element("section", "why");
    list.setAttribute("aria-label", words.whyLabel);
    row.append(shown, ask, mine, button);
    bar.append(row, list);
    ask.addEventListener("click", () => open(list.hidden));
    button.addEventListener("click", () => fold(!bar.classList.contains("steadyhand-is-folded")));
    document.body.append(bar);
    document.documentElement.classList.add("steadyhand-bar-on");
    open(false);
    let folded = false;
    try { folded = localStorage.getItem(FOLDED) === "1"; } catch { /* as above */ }
    fold(folded);
  };

  const show = async (s) => {
    const text = JSON.stringify(s);
    if (bar && text === displayed) return;
    if (!words) words = await (await fetch(`/steadyhand/words.${language}.json`, { credentials: "same-origin" })).json();
    displayed = text;
    if (!bar) build();
    bar.querySelector(".steadyhand-figures").replaceChildren(...figures(s));
    explain(s);
    notePause(s);
  };

  const refresh = async () => {
    project = inStream();
    if (!project) return remove();
    try {
      const answer = await fetch(`/steadyhand/panel?project=${project}`, { credentials: "same-origin" });
      if (answer.status === 200) await show(await answer.json());
      else if (answer.status !== 204 || !bar) remove();
    } catch { /* keep what is displayed */ }
  };

  /* After a submit the figures follow within a few seconds; finished requests are only watched, so nothing of the page's is touched. */
  let timers = [];
  const soon = () => {
    timers.forEach(clearTimeout);
    timers = [600, 1500, 3000, 6000].map((ms) => setTimeout(refresh, ms));
  };
  new PerformanceObserver((list) => {
    if (list.getEntries().some((e) => /\/api\/(tasks\/\d+\/annotations|annotations\/\d+|dm\/actions)/.test(e.name))) soon();
  }).observe({ type: "resource", buffered: false });

  let lastPage = "";
  setInterval(() => {
    const page = location.pathname + location.search + Boolean(inStream());
    if (page !== lastPage) { lastPage = page; refresh(); }
  }, 700);
})();
