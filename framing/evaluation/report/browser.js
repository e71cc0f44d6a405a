// The error browser: filters, sorts and draws the sentences that stand in #records.
(() => {
  "use strict";
  const PAGE = 25;
  const data = JSON.parse(document.getElementById("records").textContent);
  const names = data.labels;
  const find = (id) => document.getElementById(id);
  const list = find("list"), more = find("more"), count = find("count");

  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };

  // What happened in a sentence, label by label. `sure` is the probability that the model gave to
  // its own answer.
  const KINDS = {
    error: "every error",
    missed: "missed: gold only",
    extra: "extra: predicted only",
    confused: "one label for another",
    span: "other words for a label",
    right: "right",
    any: "every sentence",
  };
  const characters = (spans, label) => {
    const covered = new Set();
    for (const [k, start, end] of spans) {
      if (k === label) for (let c = start; c < end; c++) covered.add(c);
    }
    return covered;
  };
  const overlap = (gold, found, label) => {
    const one = characters(gold, label), other = characters(found, label);
    if (!one.size && !other.size) return 1;
    let both = 0;
    for (const c of one) if (other.has(c)) both += 1;
    return (2 * both) / (one.size + other.size);
  };
  const verdictsOf = ([, gold, found, scores, goldSpans, foundSpans]) => {
    const verdicts = [];
    names.forEach((_, k) => {
      const inGold = gold.includes(k), inFound = found.includes(k), p = scores[k];
      if (inGold && !inFound) verdicts.push({ k, kind: "missed", p, sure: p === null ? 0 : 1 - p });
      if (!inGold && inFound) verdicts.push({ k, kind: "extra", p, sure: p ?? 0 });
      if (inGold && inFound) {
        const share = overlap(goldSpans, foundSpans, k);
        verdicts.push({ k, kind: share < 1 ? "span" : "right", p, share, sure: p ?? 0 });
      }
    });
    return verdicts;
  };

  const items = [];
  data.articles.forEach((article, a) => article.s.forEach((sentence, i) => {
    const verdicts = verdictsOf(sentence);
    const kinds = new Set(verdicts.map((v) => v.kind));
    if (kinds.has("missed") && kinds.has("extra")) kinds.add("confused");
    if (kinds.has("missed") || kinds.has("extra") || kinds.has("span")) kinds.add("error");
    if (!kinds.has("error")) kinds.add("right");
    items.push({ a, i, verdicts, kinds, order: items.length });
  }));

  const counts = (kind) => kind === "any" ? items.length : items.filter((x) => x.kinds.has(kind)).length;
  const option = (value, text) => {
    const element = make("option", "", text);
    element.value = value;
    return element;
  };
  find("by-label").append(option("", "all labels"), ...names.map((name, k) => option(k, name)));
  find("by-kind").append(...Object.entries(KINDS).map(([k, text]) => option(k, `${text} (${counts(k)})`)));

  // Gold: a line under the words. Predicted: shaded. Several labels: several lines, mixed shades.
  const drawn = (sentence) => {
    const [text, , , , gold, found] = sentence;
    const edges = new Set([0, text.length]);
    for (const [, start, end] of [...gold, ...found]) edges.add(start).add(end);
    const cuts = [...edges].sort((x, y) => x - y);
    const fragment = document.createDocumentFragment();
    for (let n = 0; n + 1 < cuts.length; n++) {
      const [start, end] = [cuts[n], cuts[n + 1]];
      const covering = (spans) => [...new Set(spans.filter((s) => s[1] <= start && end <= s[2]).map((s) => s[0]))];
      const under = covering(gold), behind = covering(found);
      if (!under.length && !behind.length) {
        fragment.append(text.slice(start, end));
        continue;
      }
      const mark = make("mark", "", text.slice(start, end));
      const shades = behind.map((k) => `color-mix(in srgb, var(--c${k % 7}) 24%, transparent)`);
      if (shades.length === 1) mark.style.background = shades[0];
      if (shades.length > 1) {
        const stripes = shades.map((s, j) => `${s} ${j * 7}px ${(j + 1) * 7}px`);
        mark.style.background = `repeating-linear-gradient(135deg, ${stripes.join(", ")})`;
      }
      const lines = [];
      under.forEach((k, j) => {
        lines.push(`0 ${4 * j + 3}px 0 0 var(--c${k % 7})`, `0 ${4 * j + 4}px 0 0 var(--ground)`);
      });
      if (lines.length) mark.style.boxShadow = lines.join(", ");
      const said = [];
      if (under.length) said.push(`gold: ${under.map((k) => names[k]).join(", ")}`);
      if (behind.length) said.push(`predicted: ${behind.map((k) => names[k]).join(", ")}`);
      mark.title = said.join("; ");
      fragment.append(mark);
    }
    return fragment;
  };

  const SAY = { missed: "missed", extra: "extra", span: "other words for", right: "right" };
  const verdictLine = (verdict) => {
    const line = make("li");
    line.append(make("span", `key c${verdict.k % 7}`), `${SAY[verdict.kind]} `, make("b", "", names[verdict.k]));
    const numbers = [];
    if (verdict.p !== null && verdict.p !== undefined) {
      const threshold = data.thresholds[verdict.k];
      const p = verdict.p < 0.01 ? "under 0.01" : verdict.p > 0.99 ? "over 0.99" : verdict.p.toFixed(2);
      numbers.push(`probability ${p}` + (threshold === null ? "" : `, threshold ${threshold.toFixed(2)}`));
    }
    if (verdict.kind === "span") numbers.push(`overlap ${Math.round(100 * verdict.share)} %`);
    if (numbers.length) line.append(` (${numbers.join("; ")})`);
    return line;
  };

  const context = (item, whole) => {
    const sentences = data.articles[item.a].s;
    const from = whole ? 0 : Math.max(0, item.i - 1);
    const to = whole ? sentences.length : Math.min(sentences.length, item.i + 2);
    const text = make("p", whole ? "text whole" : "text");
    for (let i = from; i < to; i++) {
      if (i > from) text.append(whole && sentences[i][6] ? "\n\n" : " ");
      if (i === item.i) text.append(drawn(sentences[i]));
      else text.append(make("span", "around", sentences[i][0]));
    }
    return text;
  };

  const draw = (item) => {
    const article = data.articles[item.a];
    const element = make("article", "item");
    element.tabIndex = -1;
    const about = [article.title || article.id, ...article.about, `${article.id}, sentence ${item.i + 1} of ${article.s.length}`];
    const text = make("div");
    text.append(context(item, false));
    const verdicts = make("ul", "verdicts");
    verdicts.append(...item.verdicts.map(verdictLine));
    element.append(make("p", "where", about.join(" · ")), text, verdicts);
    if (article.s.length > 3) {
      const open = make("button", "open", "whole article");
      open.type = "button";
      open.setAttribute("aria-expanded", "false");
      open.onclick = () => {
        const whole = open.getAttribute("aria-expanded") !== "true";
        open.setAttribute("aria-expanded", String(whole));
        open.textContent = whole ? "less" : "whole article";
        text.replaceChildren(context(item, whole));
      };
      element.append(open);
    }
    return element;
  };

  let chosen = [], shown = 0;
  const showMore = () => {
    const next = chosen.slice(shown, shown + PAGE);
    list.append(...next.map(draw));
    shown += next.length;
    const left = chosen.length - shown;
    more.hidden = left === 0;
    more.textContent = `Show ${Math.min(PAGE, left)} more of ${left.toLocaleString("en")}`;
  };
  const choose = () => {
    const label = find("by-label").value, kind = find("by-kind").value;
    const order = find("by-order").value, words = find("by-words").value.trim().toLowerCase();
    const matters = (v) => (label === "" || v.k === Number(label)) && (
      kind === "any" || (kind === "error" ? v.kind !== "right" : kind === "confused" ? v.kind === "missed" || v.kind === "extra" : v.kind === kind));
    chosen = items.filter((x) => (kind === "any" || x.kinds.has(kind))
      && (label === "" || x.verdicts.some(matters))
      && (!words || data.articles[x.a].s[x.i][0].toLowerCase().includes(words)));
    if (order !== "text") {
      const sign = order === "sure" ? -1 : 1;
      // Wrong labels come before wrong words: their confidence is not of the same kind.
      const rank = (x) => {
        const wrong = x.verdicts.filter((v) => matters(v) && (v.kind === "missed" || v.kind === "extra"));
        const used = wrong.length ? wrong : x.verdicts.filter(matters);
        return { wrong: wrong.length ? 0 : 1, sure: used.length ? Math.max(...used.map((v) => v.sure)) : 0 };
      };
      const ranks = new Map(chosen.map((x) => [x, rank(x)]));
      chosen.sort((x, y) => ranks.get(x).wrong - ranks.get(y).wrong
        || sign * (ranks.get(x).sure - ranks.get(y).sure) || x.order - y.order);
    }
    shown = 0;
    list.replaceChildren();
    count.textContent = `${chosen.length.toLocaleString("en")} of ${items.length.toLocaleString("en")} sentences`;
    showMore();
  };

  const move = (step) => {
    const all = [...list.children];
    let at = all.indexOf(document.activeElement.closest(".item"));
    if (at < 0) at = step > 0 ? -1 : all.length;
    if (at + step >= all.length && !more.hidden) showMore();
    const target = list.children[at + step];
    if (!target) return;
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "center" });
  };
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "Enter" && event.target.classList.contains("item")) event.target.querySelector(".open")?.click();
    else if (event.key === "/") find("by-words").focus();
    else return;
    event.preventDefault();
  });
  more.onclick = () => {
    const first = shown;
    showMore();
    list.children[first]?.focus({ preventScroll: true });
  };
  find("filters").onsubmit = (event) => event.preventDefault();
  for (const id of ["by-label", "by-kind", "by-order"]) find(id).onchange = choose;
  let waiting;
  find("by-words").oninput = () => {
    clearTimeout(waiting);
    waiting = setTimeout(choose, 120);
  };
  choose();
})();
