// Who reaches whom: a row for each source, a column for each destination, a button where an intent speaks of the two.

const WORDS = { permitted: "permitted", denied: "denied", partly: "partly permitted", open: "not all stopped on the side judged", unknown: "not known",
  untold: "not told apart", none: "no flows" };
const STRONG = ["unknown", "untold", "open", "partly"];
const MOST = 120;

function cellState(found) {
  const states = new Set(found.map((one) => one.state).filter((state) => state !== "none"));
  const strong = STRONG.find((state) => states.has(state));
  return strong || (states.size > 1 ? "partly" : [...states][0] || "none");
}

function cellsOf(intents) {
  const cells = new Map();
  for (const intent of intents) {
    for (const [from, to, state, drift] of intent.groups) {
      const row = cells.get(from) || cells.set(from, new Map()).get(from);
      (row.get(to) || row.set(to, []).get(to)).push({ intent, state, drift });
    }
  }
  return cells;
}

function matrix(intents, panel) {
  const cells = cellsOf(intents);
  const inOrder = (numbers) => [...new Set(numbers)].sort((a, b) => a - b);
  const rows = inOrder(cells.keys());
  const columns = inOrder(rows.flatMap((row) => [...cells.get(row).keys()]));
  if (!rows.length) return el("p", {}, "No intent that is shown speaks of groups.");
  const name = (at) => report.groups[at];
  const shown = columns.slice(0, MOST);
  const body = rows.slice(0, MOST).map((row) => el("tr", {}, el("th", { scope: "row", title: name(row) }, bare(name(row))),
    shown.map((column) => {
      const found = cells.get(row).get(column);
      if (!found) return el("td");
      const state = cellState(found), drift = found.some((one) => one.drift);
      const label = `${name(row)} to ${name(column)}: ${WORDS[state]}${drift ? ", not as wished" : ""}, ${count(found.length, "intent")}`;
      return el("td", {}, el("button", {
        type: "button", title: label, "aria-label": label, "aria-pressed": "false", tabindex: "-1",
        class: `cell ${state === "unknown" ? "state-unknown" : state}${drift ? " drift" : ""}`,
        onclick: (event) => pick(event.currentTarget, name(row), name(column), state, found, panel),
      }, shape(state)));
    })));
  const heads = shown.map((column) => el("th", { scope: "col", title: name(column) }, el("span", {}, bare(name(column)))));
  const table = el("table", { id: "matrix", "aria-describedby": "matrix-help" },
    el("thead", {}, el("tr", {}, el("td", {}), heads)), el("tbody", {}, body));
  const first = table.querySelector(".cell");
  if (first) first.tabIndex = 0;
  table.addEventListener("keydown", walk);
  const cut = rows.length > MOST || columns.length > MOST;
  const left = intents.reduce((sum, intent) => sum + (intent.groupsLeft || 0), 0);
  return [
    left > 0 && el("p", { class: "bad" }, `There was no room for ${count(left, "pair of groups", "pairs of groups")} that intents speak of.`),
    el("p", { id: "matrix-help" }, "From the group of the row to the group of the column. Arrow keys move, Enter opens."),
    cut && el("p", { class: "quiet" },
      `The first ${MOST} of ${rows.length} sources and ${columns.length} destinations; filter for the others.`),
    el("div", { class: "scroll", role: "region", "aria-label": "Reachability matrix", tabindex: "0" }, table),
  ];
}

// The nearest button in the direction of an arrow key.
function walk(event) {
  const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
  const from = event.target.closest(".cell");
  if (!step || !from) return;
  event.preventDefault();
  const place = (cell) => [cell.closest("tr").rowIndex, cell.closest("td").cellIndex];
  const [row, column] = place(from);
  let best = null, least = Infinity;
  for (const cell of event.currentTarget.querySelectorAll(".cell")) {
    const [r, c] = place(cell);
    const ahead = (r - row) * step[0] + (c - column) * step[1];
    const aside = Math.abs((r - row) * step[1]) + Math.abs((c - column) * step[0]);
    if (ahead > 0 && ahead + 3 * aside < least) { least = ahead + 3 * aside; best = cell; }
  }
  if (!best) return;
  from.tabIndex = -1;
  best.tabIndex = 0;
  best.focus();
}

function pick(button, from, to, state, found, panel) {
  for (const other of document.querySelectorAll(".cell[aria-pressed=true]")) other.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-pressed", "true");
  for (const other of document.querySelectorAll(".cell[tabindex='0']")) other.tabIndex = -1;
  button.tabIndex = 0;
  const heading = el("h3", { tabindex: "-1" }, code(from), " to ", code(to), `: ${WORDS[state]}`);
  const close = () => { panel.hidden = true; button.setAttribute("aria-pressed", "false"); button.focus(); };
  panel.hidden = false;
  panel.replaceChildren(heading,
    el("p", {}, `${count(found.length, "intent speaks", "intents speak")} of these two groups.`),
    el("ul", {}, found.slice(0, 200).map((one) => el("li", {}, code(one.intent.address), ` expects ${one.intent.expect}: ${WORDS[one.state]}`,
      one.drift ? el("span", { class: "bad" }, ", not as wished") : ""))),
    grown(found.map((one) => one.intent), 20, intentEntry),
    el("button", { type: "button", onclick: close }, "Close"));
  panel.onkeydown = (event) => { if (event.key === "Escape") close(); };
  const entries = panel.querySelectorAll("details");
  if (entries.length === 1) entries[0].show();
  heading.focus();
}

function matrixKey() {
  return el("ul", { class: "key", "aria-label": "What the shapes mean" },
    Object.entries(report.legend).map(([state, text]) => el("li", {}, el("span", { class: state === "unknown" ? "state-unknown" : state }, shape(state)), text)),
    el("li", {}, el("span", { class: "bad" }, "! "), "some flows are not as wished"));
}
