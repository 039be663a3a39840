/* The annotator's own standing, in the labelling screen. Nothing appears while there is nothing to show. */
(() => {
  "use strict";
  const STREAM = /^\/projects\/(\d+)\/data/;
  const FOLDED = "steadyhand-folded";
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

  const figure = (label, value, hint) => {
    const box = element("span", "figure");
    box.title = hint;
    box.append(element("span", "label", label), element("strong", "value", value));
    return box;
  };

  const percent = (estimate) => (estimate && estimate.value !== null ? Math.round(100 * estimate.value) + " %" : "not known yet");
  const money = (minor, currency) => new Intl.NumberFormat(undefined, { style: "currency", currency }).format(minor / 100);

  const reputation = (s) => {
    if (!s.known || !s.reputation || s.reputation.value === null) return "not known yet";
    const { value, low, high } = s.reputation;
    return `${Math.round(value)} (${Math.round(low)} to ${Math.round(high)})`;
  };

  const fold = (folded) => {
    bar.classList.toggle("steadyhand-is-folded", folded);
    document.documentElement.classList.toggle("steadyhand-bar-folded", folded);
    const button = bar.querySelector(".steadyhand-fold");
    button.textContent = folded ? "▴" : "▾";
    button.setAttribute("aria-expanded", String(!folded));
    button.setAttribute("aria-label", folded ? "Show your standing" : "Hide your standing");
    try { localStorage.setItem(FOLDED, folded ? "1" : ""); } catch { /* private windows have no storage */ }
  };

  /* The arithmetic of an annotator's own amounts, settled ones included. */
  const explain = (s) => {
    const list = bar.querySelector(".steadyhand-why");
    const lines = [element("p", "", s.why || "Nothing to explain yet.")];
    for (const line of s.settled || []) {
      lines.push(element("p", "settled", `${line.period}: ${money(line.minor, line.currency)} (${line.kind}, contract ${line.contract_version})`));
      for (const reason of line.reasons) lines.push(element("p", "reason", reason));
    }
    list.replaceChildren(...lines);
  };

  /* Stands where the next task would; the style sheet shows it only while no task is open, so that one that was begun can be sent. */
  const notePause = (s) => {
    bar.querySelectorAll(".steadyhand-paused").forEach((old) => old.remove());
    if (!s.paused) return;
    const notice = element("section", "paused");
    notice.setAttribute("role", "status");
    notice.append(
      element("h2", "", "Labelling is paused for you in this project"),
      element("p", "", s.paused),
      element("p", "", "What you have done is kept, and so is what you earned with it. Tasks come again once the pause is over."),
    );
    bar.append(notice);
  };

  const remove = () => {
    if (bar) bar.remove();
    bar = null;
    displayed = "";
    document.documentElement.classList.remove("steadyhand-bar-on", "steadyhand-bar-folded");
  };

  const show = (s) => {
    const text = JSON.stringify(s);
    if (bar && text === displayed) return;
    displayed = text;
    if (!bar) {
      bar = element("aside", "bar");
      bar.setAttribute("aria-label", "Your standing");
      const figures = element("div", "figures");
      figures.setAttribute("aria-live", "polite");
      const button = element("button", "fold");
      button.type = "button";
      button.addEventListener("click", () => fold(!bar.classList.contains("steadyhand-is-folded")));
      const ask = element("button", "ask", "Why this amount?");
      ask.type = "button";
      const list = element("section", "why");
      list.hidden = true;
      list.setAttribute("aria-label", "How your pay comes about");
      ask.setAttribute("aria-expanded", "false");
      ask.addEventListener("click", () => {
        list.hidden = !list.hidden;
        ask.setAttribute("aria-expanded", String(!list.hidden));
      });
      bar.append(figures, ask, button, list);
      document.body.append(bar);
      document.documentElement.classList.add("steadyhand-bar-on");
      let folded = false;
      try { folded = localStorage.getItem(FOLDED) === "1"; } catch { /* as above */ }
      fold(folded);
    }
    const checks = s.known ? "" : ` (${s.checked} of ${s.needed} checks)`;
    bar.querySelector(".steadyhand-figures").replaceChildren(
      ...(s.paused ? [figure("Paused", s.paused, "Nothing is served to you in this project until it is resumed")] : []),
      figure("Consistency", percent(s.self_consistency), "How far you gave the same answer when the same item came again; a pair comes with its sides swapped"),
      figure("Reputation", reputation(s) + checks, "0 to 100 with its uncertainty, from repeated items and items with a known answer. A different taste does not lower it."),
      figure("Standing", s.standing, "Follows from the lower end of your reputation"),
      figure("Bonus so far", money(s.bonus_minor, s.currency), (s.why || "").replace("bonus: ", "")),
      ...(s.settled && s.settled.length ? [figure("Settled", money(s.settled_minor, s.currency), "Bonuses of closed periods")] : []),
      figure("Done", String(s.judgments), "Judgments that count"),
    );
    explain(s);
    notePause(s);
  };

  const refresh = async () => {
    project = inStream();
    if (!project) return remove();
    try {
      const answer = await fetch(`/steadyhand/panel?project=${project}`, { credentials: "same-origin" });
      if (answer.status === 200) show(await answer.json());
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
