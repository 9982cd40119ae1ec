// Who reaches whom: a row for each source, a column for each destination, a button where something is said of the two.

const WORDS = { permitted: "permitted", denied: "denied", partly: "partly permitted", open: "not all stopped on the side judged", unknown: "not known",
  untold: "not told apart", none: "no flows", opens: "more is permitted", closes: "less is permitted", both: "some more, some less is permitted" };
const STRONG = ["unknown", "untold", "open", "partly"];
const MOST = 60;

function cellState(found) {
  const states = new Set(found.map((one) => one.state).filter((state) => state !== "none"));
  const strong = STRONG.find((state) => states.has(state));
  return strong || (states.size > 1 ? (states.has("opens") ? "both" : "partly") : [...states][0] || "none");
}

// The pairs of an item in blocks: state, whether it is not as wished, sources, destinations.
function blocksOf(item, by) {
  return by === "subnets" ? item.subnets || [] : (item.groups || []).map(([from, to, state, drift]) => [state, drift, [from], [to]]);
}

// The rows and columns, and what is said in each cell that is drawn. Where not all are, those that the text filter names
// come first, then those with something wrong.
function cellsOf(items, by) {
  const ends = [[new Set(), new Set()], [new Set(), new Set()]];
  const blocks = items.flatMap((item) => blocksOf(item, by).map(([state, drift, from, to]) => ({ item, state, drift, from, to })));
  for (const { drift, from, to } of blocks) {
    [from, to].forEach((numbers, side) => numbers.forEach((at) => { ends[side][0].add(at); if (drift) ends[side][1].add(at); }));
  }
  const { words } = asked();
  const looked = (at) => words.length > 0 && words.every((word) => report[by][at].toLowerCase().includes(word));
  const [rows, columns] = ends.map(([every, wrong]) => {
    const rank = (at) => (looked(at) ? 0 : wrong.has(at) ? 1 : 2);
    const inOrder = [...every].sort((a, b) => a - b);
    return inOrder.length <= MOST ? inOrder : inOrder.sort((a, b) => rank(a) - rank(b) || a - b);
  });
  const [drawnRows, drawnColumns] = [rows, columns].map((all) => new Set(all.slice(0, MOST)));
  const cells = new Map();
  for (const block of blocks) {
    const to = block.to.filter((at) => drawnColumns.has(at));
    for (const from of block.from) {
      if (!drawnRows.has(from)) continue;
      const row = cells.get(from) || cells.set(from, new Map()).get(from);
      for (const at of to) (row.get(at) || row.set(at, []).get(at)).push(block);
    }
  }
  return [rows, columns, cells];
}

// `by`: "groups" or "subnets". `wrong`: what the exclamation mark says.
function matrix(items, panel, by, noun, wrong) {
  const [rows, columns, cells] = cellsOf(items, by);
  const left = by === "groups" ? items.reduce((sum, item) => sum + (item.groupsLeft || 0), 0) : report.subnetsLeft;
  const missing = left > 0 && el("p", { class: "bad" }, by === "groups"
    ? `There was no room for ${count(left, "pair of groups", "pairs of groups")} that intents speak of.`
    : `Not in this matrix: ${count(left, noun)} with more flows than are listed here.`);
  if (!rows.length) return [missing, el("p", {}, `No ${noun} that is shown speaks of ${by}.`)];
  const name = (at) => report[by][at];
  const shown = columns.slice(0, MOST);
  const body = rows.slice(0, MOST).map((row) => el("tr", {}, el("th", { scope: "row", title: name(row) }, bare(name(row))),
    shown.map((column) => {
      const found = cells.get(row)?.get(column);
      if (!found) return el("td");
      const state = cellState(found), drift = found.some((one) => one.drift);
      const label = `${name(row)} to ${name(column)}: ${WORDS[state]}${drift ? `, ${wrong}` : ""}, ${count(found.length, noun)}`;
      return el("td", {}, el("button", {
        type: "button", title: label, "aria-label": label, "aria-pressed": "false", tabindex: "-1",
        class: `cell ${state === "unknown" ? "state-unknown" : state}${drift ? " drift" : ""}`,
        onclick: (event) => pick(event.currentTarget, name(row), name(column), state, found, panel, by, noun, wrong),
      }, shape(state)));
    })));
  const heads = shown.map((column) => el("th", { scope: "col", title: name(column) }, el("span", {}, bare(name(column)))));
  const table = el("table", { id: "matrix", "aria-describedby": "matrix-help" },
    el("thead", {}, el("tr", {}, el("td", {}), heads)), el("tbody", {}, body));
  const first = table.querySelector(".cell");
  if (first) first.tabIndex = 0;
  table.addEventListener("keydown", walk);
  const cut = rows.length > MOST || columns.length > MOST;
  return [
    missing,
    el("p", { id: "matrix-help" }, `From the ${by.slice(0, -1)} of the row to the ${by.slice(0, -1)} of the column. Arrow keys move, Enter opens.`),
    cut && el("p", { class: "quiet" },
      `The first ${MOST} of ${rows.length} sources and ${columns.length} destinations, those with something wrong first; a name in the text filter brings it to the front.`),
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

function pick(button, from, to, state, found, panel, by, noun, wrong) {
  for (const other of document.querySelectorAll(".cell[aria-pressed=true]")) other.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-pressed", "true");
  for (const other of document.querySelectorAll(".cell[tabindex='0']")) other.tabIndex = -1;
  button.tabIndex = 0;
  const heading = el("h3", { tabindex: "-1" }, code(from), " to ", code(to), `: ${WORDS[state]}`);
  const close = () => { panel.hidden = true; button.setAttribute("aria-pressed", "false"); button.focus(); };
  const told = ({ item, state, drift }) => el("li", {}, code(item.address), ` expects ${item.expect}: ${WORDS[state]}`,
    drift ? el("span", { class: "bad" }, `, ${wrong}`) : "");
  panel.hidden = false;
  panel.replaceChildren(heading,
    el("p", {}, `${count(found.length, `${noun} speaks`, `${noun}s speak`)} of these two.`),
    isPlan ? el("ul", {}, found.slice(0, 200).map(told)) : "",
    grown(found.map((one) => one.item), 20, isPlan ? intentEntry : causeEntry),
    el("button", { type: "button", onclick: close }, "Close"));
  panel.onkeydown = (event) => { if (event.key === "Escape") close(); };
  const entries = panel.querySelectorAll("details");
  if (entries.length === 1) entries[0].show();
  heading.focus();
}

function matrixKey(wrong) {
  return el("ul", { class: "key", "aria-label": "What the shapes mean" },
    Object.entries(report.legend).map(([state, text]) => el("li", {}, el("span", { class: state === "unknown" ? "state-unknown" : state }, shape(state)), text)),
    el("li", {}, el("span", { class: "bad" }, "! "), wrong));
}

// What the rows and columns are.
function matrixChoice(change) {
  const option = (by, first) => el("label", {}, el("input", { type: "radio", name: "by", value: by, checked: first, onchange: () => change(by) }), ` ${by}`);
  return el("fieldset", { class: "choice" }, el("legend", {}, "Rows and columns"), option("groups", true), option("subnets", false));
}
