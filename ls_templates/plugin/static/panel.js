/* The annotator's own standing, in the labelling screen. Nothing appears while there is nothing to show. Its words are in
   words.LANGUAGE.json, in the first of the browser's languages that there is. */
(() => {
  "use strict";
  const STREAM = /^\/projects\/(\d+)\/data/;
  const LANGUAGES = ["en", "de"];
  const FOLDED = "steadyhand-folded";
  const READ = "steadyhand-answers-read"; // the time of the newest answer that was read
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

  /* Newcomers: where they are, and what was expected of the last training answer. */
  const stageOf = (o) => say(words.stages[o.stage], { done: o.progress.done, of: o.progress.of });

  const told = (o) => {
    const lines = [];
    const tries = o.progress.tries;
    const last = tries[tries.length - 1];
    if (o.feedback) {
      const expected = words.sides[o.feedback.side] || o.feedback.answer;
      lines.push(say(o.feedback.right ? words.wasRight : words.wasWrong, { item: o.feedback.excerpt, expected }), o.feedback.explanation);
    }
    if (last) lines.push(say(words.tried, { score: range(last.score, 100, " %"), mark: percent(o.pass_mark) }));
    lines.push(say(words.nextStep[o.stage], { left: o.progress.left, of: o.progress.of, mark: percent(o.pass_mark) }));
    return lines.filter(Boolean);
  };

  /* What keeps somebody from their next task. */
  const kept = (s) => [
    ...(s.paused ? [figure(words.paused, s.paused, words.pausedHint)] : []),
    ...(s.to_read ? [figure(words.guide, words.readFirst, words.readWhy)] : []),
  ];

  const figures = (s) => {
    if (s.training) return [figure(words.newcomer, words.trainingFirst)];
    if (s.onboarding) return [figure(words.newcomer, stageOf(s.onboarding))];
    if (s.hidden) return kept(s);
    const known = s.known && isKnown(s.reputation);
    const consistency = isKnown(s.self_consistency) ? range(s.self_consistency, 100, " %") : words.unknown;
    return [
      ...kept(s),
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
    return say(next.is_reached ? words.reached : words.next, { name: words.standings[next.name], required: Math.round(next.required), now: Math.round(next.lower_end) });
  };

  /* What people call a period; `all` is the whole project, `all-2` what it came to later. */
  const periodName = (name) => {
    const whole = /^all(?:-(\d+))?$/.exec(name);
    return !whole ? name : whole[1] ? say(words.wholePart, { part: whole[1] }) : words.whole;
  };

  const nextBonus = (s) =>
    !s.next_bonus_minor ? "" : say(words.ahead, { amount: money(s.next_bonus_minor, s.currency) });

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
    const result = s.settled && s.settled.length ? say(words.beyond, { amount }) : say(words.result, { n: s.told ?? s.judgments, amount });
    return [say(words.score, { measure, score: percent(s.pay_score) }), ...rule, result];
  };

  const explain = (s) => {
    bar.querySelector(".steadyhand-ask").textContent = s.onboarding ? words.expected : words.why;
    bar.querySelector(".steadyhand-ask").hidden = Boolean(s.hidden) && !s.onboarding;
    if (s.onboarding) {
      bar.querySelector(".steadyhand-why").replaceChildren(...told(s.onboarding).map((line) => element("p", "", line)));
      return bar.classList.contains("steadyhand-is-folded") ? undefined : open("why");
    }
    if (s.hidden) return bar.querySelector(".steadyhand-why").replaceChildren();
    const lines = answersOf(s).map((a) => element("p", "", say(words.answered, a)));
    if (s.tip && words.tips[s.tip.kind]) lines.push(element("p", "", `${words.tip}: ` + say(words.tips[s.tip.kind], { about: words.sideNames[s.tip.about] || s.tip.about })));
    lines.push(element("p", "", `${words.standing}: ${words.standings[s.standing]}; ${ahead(s)}`));
    lines.push(element("p", "", arithmetic(s).join(" ")));
    if (nextBonus(s)) lines.push(element("p", "", nextBonus(s)));
    for (const line of s.settled || []) {
      lines.push(element("p", "settled", say(words.line, { period: periodName(line.period), amount: money(line.minor, line.currency), kind: words.kinds[line.kind], version: line.contract_version })));
    }
    if (s.told_every) lines.push(element("p", "", say(s.told ? words.asOf : words.asOfNone, s)));
    bar.querySelector(".steadyhand-why").replaceChildren(...lines);
  };

  /* Answers to what was asked, until the own page was opened. */
  const answersOf = (s) => {
    let read = 0;
    try { read = Number(localStorage.getItem(READ)); } catch { /* as below */ }
    return (s.answers || []).filter((answer) => answer.at > read);
  };

  const linkOwnPage = (s) => {
    const link = bar.querySelector(".steadyhand-mine");
    const [newest] = answersOf(s);
    link.textContent = newest ? words.myPageNew : words.myPage;
    link.onclick = () => {
      try { if (newest) localStorage.setItem(READ, newest.at); } catch { /* as below */ }
      link.textContent = words.myPage;
    };
  };

  const fold = (folded) => {
    bar.classList.toggle("steadyhand-is-folded", folded);
    document.documentElement.classList.toggle("steadyhand-bar-folded", folded);
    const button = bar.querySelector(".steadyhand-fold");
    button.textContent = folded ? "▴" : "▾";
    button.setAttribute("aria-expanded", String(!folded));
    button.setAttribute("aria-label", folded ? words.show : words.hide);
    if (folded) open(null);
    try { localStorage.setItem(FOLDED, folded ? "1" : ""); } catch { /* private windows have no storage */ }
  };

  /* The explanation, and the form for unclear items, have room of their own: the bar grows, and the screen above it shrinks. */
  const open = (name) => {
    for (const [part, button] of [["why", "ask"], ["unclear", "doubt"]]) {
      bar.querySelector(".steadyhand-" + part).hidden = part !== name;
      bar.querySelector(".steadyhand-" + button).setAttribute("aria-expanded", String(part === name));
    }
    document.documentElement.classList.toggle("steadyhand-bar-open", name !== null);
  };

  const toggle = (name) => open(bar.querySelector(".steadyhand-" + name).hidden ? name : null);

  /* The number of the task on the screen; Label Studio writes it beside its buttons. */
  const taskNumber = () => {
    const shown = document.querySelector(".lsf-current-task__task-id");
    return shown && shown.firstChild && Number(shown.firstChild.textContent.replace(/\D/g, "")) || null;
  };

  /* An item that can't be judged as it is: say why, and go on to the next one. */
  const unclearForm = (reasons) => {
    const form = element("form", "unclear");
    form.setAttribute("aria-label", words.unclear);
    const reason = element("select");
    reason.setAttribute("aria-label", words.unclearWhy);
    reasons.forEach((name) => reason.append(new Option(words.reasons[name] || name, name)));
    const text = element("input");
    text.maxLength = 1000;
    text.placeholder = words.unclearText;
    text.setAttribute("aria-label", words.unclearText);
    const send = element("button", "", words.unclearSend);
    const said = element("span", "said");
    said.setAttribute("role", "status");
    form.append(element("span", "", words.unclearHint), reason, text, send, said);
    reason.addEventListener("change", () => (text.required = reason.value === "other"));
    form.addEventListener("keydown", (event) => event.stopPropagation()); // Label Studio's shortcuts
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const task = taskNumber();
      send.disabled = true;
      let noted = false;
      try {
        const body = JSON.stringify({ task, reason: reason.value, text: text.value });
        noted = (await fetch("/steadyhand/unclear", { method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json" }, body })).ok;
      } catch { /* said below */ }
      send.disabled = false;
      said.textContent = noted ? words.unclearNoted : words.unclearFailed;
      if (!noted) return;
      text.value = "";
      open(null);
      const skip = document.querySelector("[data-testid=bottombar-skip-button]");
      if (skip && taskNumber() === task) skip.click();
    });
    return form;
  };

  const leadTo = (address, text) => {
    const link = element("a", "", text);
    link.href = address;
    link.dataset.external = "true"; // Label Studio's own router leaves such links to the browser
    return link;
  };
  const stream = (number, text) => leadTo(`/projects/${number}/data?labeling=1`, text);
  const guideAt = (number) => `/steadyhand/guide/${number}/`;

  const linkGuide = (s) => {
    const link = bar.querySelector(".steadyhand-guide");
    const guide = s.onboarding ? s.onboarding.guide : s.guide;
    link.hidden = !guide;
    link.href = guideAt(s.onboarding ? s.onboarding.project : project);
    link.textContent = guide && guide.is_new ? words.guideNew : words.guide;
  };

  /* Whether the next task waits for the guide to be read. */
  const waitsForReading = () => {
    const notice = bar && bar.querySelector(".steadyhand-to-read");
    return notice && getComputedStyle(notice).display !== "none";
  };

  /* Stands where the next task would; the style sheet shows it only while no task is open, so that one that was begun can be sent. */
  const noteWhyNothing = (s) => {
    bar.querySelectorAll(".steadyhand-paused").forEach((old) => old.remove());
    const passed = s.onboarding && s.onboarding.stage === "passed";
    const over = s.onboarding && (passed || s.onboarding.stage === "failed");
    if (!s.paused && !s.training && !over && !s.to_read) return;
    const notice = element("section", "paused");
    notice.setAttribute("role", "status");
    if (s.training) notice.append(element("h2", "", words.trainingFirst), element("p", "", words.trainingWhy), stream(s.training.project, words.toTraining));
    else if (over) notice.append(element("h2", "", stageOf(s.onboarding)), ...told(s.onboarding).map((line) => element("p", "", line)));
    else if (!s.paused) {
      notice.classList.add("steadyhand-to-read");
      notice.append(element("h2", "", words.readTitle), element("p", "", words.readWhy), leadTo(guideAt(project), words.toGuide));
    } else notice.append(element("h2", "", words.pauseTitle), element("p", "", s.paused), element("p", "", words.pauseKept));
    if (passed) notice.append(stream(s.onboarding.project, words.toWork));
    bar.append(notice);
  };

  const remove = () => {
    if (bar) bar.remove();
    bar = null;
    displayed = "";
    document.documentElement.classList.remove("steadyhand-bar-on", "steadyhand-bar-folded", "steadyhand-bar-open");
  };

  const build = (s) => {
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
    list.tabIndex = 0; // it scrolls where it is long
    const doubt = element("button", "doubt", words.unclear);
    doubt.type = "button";
    doubt.hidden = !s.unclear_reasons;
    const guide = element("a", "guide");
    guide.target = "_blank";
    row.append(shown, doubt, ask, guide, mine, button);
    bar.append(row, list, unclearForm(s.unclear_reasons || []));
    ask.addEventListener("click", () => toggle("why"));
    doubt.addEventListener("click", () => toggle("unclear"));
    button.addEventListener("click", () => fold(!bar.classList.contains("steadyhand-is-folded")));
    document.body.append(bar);
    document.documentElement.classList.add("steadyhand-bar-on");
    open(null);
    let folded = false;
    try { folded = localStorage.getItem(FOLDED) === "1"; } catch { /* as above */ }
    fold(folded);
  };

  const show = async (s) => {
    const text = JSON.stringify(s);
    if (bar && text === displayed) return;
    if (!words) words = await (await fetch(`/steadyhand/words.${language}.json`, { credentials: "same-origin" })).json();
    displayed = text;
    if (!bar) build(s);
    bar.querySelector(".steadyhand-figures").replaceChildren(...figures(s));
    explain(s);
    linkGuide(s);
    linkOwnPage(s);
    if (!s.to_read && !s.paused && waitsForReading()) location.reload(); // on to the next task
    noteWhyNothing(s);
  };

  const refresh = async () => {
    project = inStream();
    if (!project) return remove();
    try {
      const answer = await fetch(`/steadyhand/panel?project=${project}`, { credentials: "same-origin" });
      if (answer.status === 200) await show(await answer.json());
      else if (answer.status === 204 && waitsForReading()) location.reload(); // it can't be read now, so nobody waits for it
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

  addEventListener("focus", refresh); // from a page where something was read, or looked at
  setInterval(() => waitsForReading() && refresh(), 5000);

  let lastPage = "";
  setInterval(() => {
    const page = location.pathname + location.search + Boolean(inStream());
    if (page !== lastPage) { lastPage = page; refresh(); }
  }, 700);
})();
