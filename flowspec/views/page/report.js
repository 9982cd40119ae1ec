// The page: what is wrong first, then who reaches whom, the map, and what all of it rests on.

const report = JSON.parse(document.getElementById("data").textContent);
const main = document.getElementById("main");
const found = el("div");
const panel = el("section", { class: "panel", "aria-label": "The chosen pair", hidden: true });
const grid = el("div");
const fine = el("div");
const atlas = el("div");
let by = report.kind === "plan" ? "groups" : "subnets";
let matrixOf = [];

// Of each kind of report: what its filters act on, the status of one, what they are called, its parts, and how it is shown.
const KINDS = {
  plan: { items: report.intents, status: (item) => item.status, noun: "intent", wrong: "not as wished", label: "Status", owners: true, parts: planParts, show: showPlan },
  diff: { items: report.causes, status: (item) => item.effect, noun: "cause", wrong: "something opens", label: "Effect", parts: diffParts, show: showDiff },
  coverage: { items: (report.gaps || []).concat(report.silent || []), status: (item) => item.status || "silent", noun: "finding", label: "Kind", parts: coverageParts, show: showCoverage },
  explain: { items: report.walks, status: (item) => item.access, noun: "flow", label: "Answer", parts: explainParts, show: showExplain },
};
const kind = KINDS[report.kind];
const isPlan = report.kind === "plan";
const items = kind.items.map((item) => ({ item, words: wordsOf(item) }));
const parts = new Map();

function wordsOf(item) {
  const found = [];
  const visit = (value) => {
    if (typeof value === "string") found.push(value);
    else if (value && typeof value === "object") Object.values(value).forEach(visit);
  };
  visit(item);
  (item.nsgs || []).forEach((nsg) => found.push(report.nsgs[nsg]));
  for (const by of ["groups", "subnets"]) {
    const named = new Set();
    blocksOf(item, by).forEach(([, , from, to]) => [...from, ...to].forEach((at) => named.add(at)));
    named.forEach((at) => found.push(report[by][at]));
  }
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
  const words = { errored: "in error", gaps: "permitted by custom rules", default: "permitted by default rules", silent: "custom rules", uncovered: "in no boundary",
    Allow: "permitted", Deny: "denied", Unknown: "not known" };
  document.getElementById("verdict").append(...[
    report.gate.length ? el("pre", { class: "gate" }, report.gate.join("\n")) : null,
    el("p", {}, report.last),
    report.percent === undefined || report.percent === null ? null : coverageBar(report.percent),
    el("ul", { class: "counts", "aria-label": "Counts" }, counts.map(([name, number]) => el("li", { class: number ? name : null }, el("b", {}, number.toLocaleString("en")), words[name] || name))),
    report.live ? el("p", {}, report.live) : null,
  ].filter(Boolean));
}

const told = el("p", { role: "status" });

function filters() {
  const names = (numbers) => [...numbers].map((at) => [String(at), report.nsgs[at]]).sort((a, b) => a[1].localeCompare(b[1]));
  const owners = [...new Set(items.map(({ item }) => item.owner || ""))].sort();
  const states = [...new Set(items.map(({ item }) => kind.status(item)))];
  const nsgs = new Set(items.flatMap(({ item }) => item.nsgs || []));
  const form = document.getElementById("filters");
  form.append(
    el("label", {}, "Text", el("input", { id: "text", type: "search", autocomplete: "off", spellcheck: "false" })),
    ...(kind.owners ? [choice("owner", "Owner", owners.map((name) => [`=${name}`, name || "nobody"]))] : []),
    choice("status", kind.label, states.map((name) => [name, STATUS[name].slice(2)])),
    choice("nsg", "NSG", names(nsgs)),
    el("button", { type: "reset" }, "Clear"), told);
  let waiting = 0;
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(show, 120); };
  form.addEventListener("input", soon);
  form.addEventListener("reset", () => setTimeout(show));
  form.addEventListener("submit", (event) => event.preventDefault());
}

function asked() {
  const value = (id) => document.getElementById(id)?.value || "";
  const nsg = value("nsg");
  return { words: value("text").toLowerCase().split(/\s+/).filter(Boolean), owner: value("owner"), state: value("status"), nsg: nsg ? Number(nsg) : null };
}

function chosen({ words, owner, state, nsg }) {
  return items.filter(({ item, words: all }) =>
    words.every((word) => all.includes(word)) && (!owner || `=${item.owner || ""}` === owner) && (!state || kind.status(item) === state) &&
    (nsg === null || (item.nsgs || []).includes(nsg))).map(({ item }) => item);
}

function show() {
  const filter = asked(), shown = chosen(filter);
  told.textContent = `${count(shown.length, kind.noun)} of ${items.length.toLocaleString("en")}`;
  kind.show(shown);
  if (report.map) atlas.replaceChildren(...networkMap(report.map, shown, Object.values(filter).some((one) => one && one.length !== 0 || one === 0) ? filter : null, chooseNsg).flat());
}

// The filters, set to one NSG of the map.
function chooseNsg(nsg) {
  const select = document.getElementById("nsg");
  if (![...select.options].some((option) => option.value === String(nsg))) select.append(el("option", { value: nsg }, report.nsgs[nsg]));
  select.value = String(nsg);
  show();
  document.getElementById("wrong-title").scrollIntoView();
  select.focus();
}

function showMatrix() {
  panel.hidden = true;
  grid.replaceChildren(...matrix(matrixOf, panel, by, kind.noun, kind.wrong).flat().filter(Boolean));
}

// A list of entries in its place, the first few of them open.
function list(place, entries, make, none, open = 0, tag = "div") {
  place.replaceChildren(entries.length ? grown(entries, 50, make, tag) : el("p", {}, none));
  [...place.querySelectorAll("details")].slice(0, open).forEach((box) => box.show());
}

function showPlan(shown) {
  list(found, shown.filter((item) => item.status !== "satisfied"), intentEntry, "Nothing that is shown is wrong.", 5);
  matrixOf = shown;
  showMatrix();
  list(fine, shown.filter((item) => item.status === "satisfied"), intentEntry, "None that is shown.");
}

function planParts() {
  part("wrong", "What is wrong", found);
  part("reach", "Who reaches whom", matrixKey("some flows are not as wished"), report.map && matrixChoice((chosen) => { by = chosen; showMatrix(); }), grid, panel);
  mapPart();
  part("satisfied", "What is satisfied", fine);
  if (report.changes.length) part("changes", "Suggested changes", el("ul", {}, report.changes.map((text) => el("li", {}, code(text)))), more(report.more.changes, "change"));
}

function mapPart() {
  if (report.map && report.map.vnets.length) part("network", "The network", atlas);
}

function showDiff(shown) {
  list(found, shown, causeEntry, "No difference is shown.", 5);
  matrixOf = shown;
  if (report.map) showMatrix();
}

function diffParts() {
  part("wrong", "What is different", found, more(report.more.causes, "cause"));
  if (report.map) part("reach", "Between which subnets", matrixKey("something opens"), grid, panel);
  mapPart();
  const names = (id, title, all, left) => all.length && part(id, title, el("ul", {}, all.map((name) => el("li", {}, name))), more(left, "other"));
  names("added", "Only in the new inventory", report.added, report.more.added);
  names("removed", "Only in the old inventory", report.removed, report.more.removed);
}

const byDefault = el("div"), silent = el("div");

function showCoverage(shown) {
  list(found, shown.filter((item) => item.status && item.status !== "default"), gapEntry, "Nothing that is shown.", 5);
  list(byDefault, shown.filter((item) => item.status === "default"), gapEntry, "Nothing that is shown.");
  list(silent, shown.filter((item) => !item.status), silentEntry, "None that is shown.", 0, "ul");
}

function coverageParts() {
  if (report.problems.length) part("notes", "In error", report.problems.map(problemText));
  part("wrong", "Permitted by custom rules, and nothing speaks about it", found, more(report.more.gaps, "gap"));
  part("default", "Permitted by Azure's default rules, and nothing speaks about it", byDefault);
  part("silent", "Custom rules that nothing speaks about", silent, more(report.more.silent, "rule"));
  if (report.uncovered.length) part("uncovered", "NICs and subnets that no boundary is around", grown(report.uncovered, 200, (name) => el("li", {}, name), "ul"), more(report.more.uncovered, "other"));
}

function showExplain(shown) {
  list(found, shown, walkEntry, "No flow is shown.", 5);
}

function explainParts() {
  part("wrong", "Why", found);
}

verdict();
filters();
kind.parts();
if (report.problems.length && !parts.has("notes")) part("notes", "To look at", report.problems.map(problemText), more(report.more.problems, "message"));
show();
const about = report.about.map((line) => el("p", {}, line));
document.getElementById("about").append(...(about.length ? [el("h2", {}, "What this rests on"), ...about] : []),
  el("p", { class: "quiet" }, `flowspec ${report.version}${report.today ? `, ${report.today}` : ""}`));
document.getElementById("parts").append(el("ul", {}, [...parts].map(([id, title]) => el("li", {}, el("a", { href: `#${id}` }, title)))));
addEventListener("beforeprint", () => {
  drawRest();
  [...found.querySelectorAll("details")].slice(0, 200).forEach((box) => box.show && box.show());
});
