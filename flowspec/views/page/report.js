// The page: what is wrong first, then who reaches whom, the map, and what all of it rests on.

const report = JSON.parse(document.getElementById("data").textContent);
const main = document.getElementById("main");
const isPlan = report.kind === "plan";
const items = (isPlan ? report.intents : report.causes).map((item) => ({ item, words: wordsOf(item) }));
const status = (item) => (isPlan ? item.status : item.effect);
const parts = new Map();

function wordsOf(item) {
  const found = [];
  const visit = (value) => {
    if (typeof value === "string") found.push(value);
    else if (value && typeof value === "object") Object.values(value).forEach(visit);
  };
  visit(item);
  (item.nsgs || []).forEach((nsg) => found.push(report.nsgs[nsg]));
  (item.groups || []).forEach(([from, to]) => found.push(report.groups[from], report.groups[to]));
  return found.join("\n").toLowerCase();
}

function part(id, title, ...content) {
  const section = el("section", { "aria-labelledby": `${id}-title`, id }, el("h2", { id: `${id}-title` }, title), content);
  parts.set(id, title);
  main.append(section);
  return section;
}

function choice(id, label, options) {
  return el("label", {}, label, el("select", { id }, el("option", { value: "" }, "all"),
    options.map(([value, text]) => el("option", { value }, text))));
}

function verdict() {
  const counts = Object.entries(report.counts).filter(([name, number]) => number || name === "satisfied");
  const words = { errored: "in error" };
  document.getElementById("verdict").append(...[
    report.gate.length ? el("pre", { class: "gate" }, report.gate.join("\n")) : null,
    el("p", {}, report.last),
    el("ul", { class: "counts", "aria-label": "Counts" }, counts.map(([name, number]) => el("li", { class: number ? name : null }, el("b", {}, number.toLocaleString("en")), words[name] || name))),
    report.live ? el("p", {}, report.live) : null,
  ].filter(Boolean));
}

const told = el("p", { role: "status" });
const found = el("div");
const panel = el("section", { class: "panel", "aria-label": "The chosen pair of groups", hidden: true });
const grid = el("div");
const fine = el("div");

function filters() {
  const names = (numbers) => [...numbers].map((at) => [String(at), report.nsgs[at]]).sort((a, b) => a[1].localeCompare(b[1]));
  const owners = [...new Set(items.map(({ item }) => item.owner || ""))].sort();
  const states = [...new Set(items.map(({ item }) => status(item)))];
  const nsgs = new Set(items.flatMap(({ item }) => item.nsgs || []));
  const form = document.getElementById("filters");
  form.append(
    el("label", {}, "Text", el("input", { id: "text", type: "search", autocomplete: "off", spellcheck: "false" })),
    ...(isPlan ? [choice("owner", "Owner", owners.map((name) => [`=${name}`, name || "nobody"]))] : []),
    choice("status", isPlan ? "Status" : "Effect", states.map((name) => [name, STATUS[name].slice(2)])),
    choice("nsg", "NSG", names(nsgs)),
    el("button", { type: "reset" }, "Clear"), told);
  let waiting = 0;
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(show, 120); };
  form.addEventListener("input", soon);
  form.addEventListener("reset", () => setTimeout(show));
  form.addEventListener("submit", (event) => event.preventDefault());
}

function chosen() {
  const value = (id) => document.getElementById(id)?.value || "";
  const words = value("text").toLowerCase().split(/\s+/).filter(Boolean);
  const [owner, state, nsg] = [value("owner"), value("status"), value("nsg")];
  return items.filter(({ item, words: all }) =>
    words.every((word) => all.includes(word)) && (!owner || `=${item.owner || ""}` === owner) && (!state || status(item) === state) &&
    (!nsg || (item.nsgs || []).includes(Number(nsg)))).map(({ item }) => item);
}

function show() {
  const shown = chosen();
  told.textContent = `${count(shown.length, isPlan ? "intent" : "cause")} of ${items.length.toLocaleString("en")}`;
  const wrong = isPlan ? shown.filter((item) => item.status !== "satisfied") : shown;
  found.replaceChildren(wrong.length ? grown(wrong, 50, isPlan ? intentEntry : causeEntry) : el("p", {}, isPlan ? "Nothing that is shown is wrong." : "No difference is shown."));
  [...found.querySelectorAll("details")].slice(0, 5).forEach((box) => box.show());
  if (!isPlan) return;
  panel.hidden = true;
  grid.replaceChildren(...[matrix(shown, panel)].flat().filter(Boolean));
  const satisfied = shown.filter((item) => item.status === "satisfied");
  fine.replaceChildren(satisfied.length ? grown(satisfied, 50, intentEntry) : el("p", {}, "None that is shown."));
}

function plan() {
  part("wrong", "What is wrong", found);
  part("reach", "Who reaches whom", matrixKey(), grid, panel);
  if (report.map && report.map.vnets.length) part("network", "The network", networkMap(report.map, report.intents, (nsg) => {
    const select = document.getElementById("nsg");
    if (![...select.options].some((option) => option.value === String(nsg))) {
      select.append(el("option", { value: nsg }, report.nsgs[nsg]));
    }
    select.value = String(nsg);
    show();
    document.getElementById("wrong-title").scrollIntoView();
    select.focus();
  }));
  part("satisfied", "What is satisfied", fine);
  if (report.changes.length) part("changes", "Suggested changes", el("ul", {}, report.changes.map((text) => el("li", {}, code(text)))), more(report.more.changes, "change"));
}

function diff() {
  part("wrong", "What is different", found, more(report.more.causes, "cause"));
  const list = (id, title, names, left) => names.length && part(id, title, el("ul", {}, names.map((name) => el("li", {}, name))), more(left, "other"));
  list("added", "Only in the new inventory", report.added, report.more.added);
  list("removed", "Only in the old inventory", report.removed, report.more.removed);
}

verdict();
filters();
if (isPlan) plan();
else diff();
if (report.problems.length) part("notes", "To look at", report.problems.map(problemText), more(report.more.problems, "message"));
show();
document.getElementById("about").append(el("h2", {}, "What this rests on"), ...report.about.map((line) => el("p", {}, line)),
  el("p", { class: "quiet" }, `flowspec ${report.version}${report.today ? `, ${report.today}` : ""}`));
document.getElementById("parts").append(el("ul", {}, [...parts].map(([id, title]) => el("li", {}, el("a", { href: `#${id}` }, title)))));
addEventListener("beforeprint", () => [...found.querySelectorAll("details")].slice(0, 200).forEach((box) => box.show()));
