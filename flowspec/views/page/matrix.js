// Who reaches whom: a row for each source, a column for each destination, a button where something is said of the two.

const WORDS = { permitted: "permitted", denied: "denied", partly: "partly permitted", open: "not all stopped on the side judged", unknown: "not known",
  untold: "not told apart", none: "no flows", opens: "more is permitted", closes: "less is permitted", both: "some more, some less is permitted" };
const STRONG = ["unknown", "untold", "open", "partly"];
const MOST = 60;
// Rows that are drawn at once, as many as a window shows; the others follow while the page answers.
const SEEN = 15;
let drawRest = () => {};

// Of all flows together that are said to be in these states, a bit of `CODES` each.
const CODES = Object.keys(WORDS);
const bit = (state) => 1 << CODES.indexOf(state);
const NO_FLOWS = bit("none");

function stateOf(bits) {
  const said = bits & ~NO_FLOWS;
  const strong = STRONG.find((state) => said & bit(state));
  if (strong || !said) return strong || "none";
  if ((said & (said - 1)) === 0) return CODES[Math.log2(said)];
  return said & bit("opens") ? "both" : "partly";
}

// The pairs of an item in blocks: state, whether it is not as wished, sources, destinations.
function blocksOf(item, by) {
  return by === "subnets" ? item.subnets || [] : (item.groups || []).map(([from, to, state, drift]) => [state, drift, [from], [to]]);
}

// What items say of one cell.
function saidOf(items, by, from, to) {
  return items.flatMap((item) => blocksOf(item, by).filter(([, , rows, columns]) => rows.includes(from) && columns.includes(to))
    .map(([state, drift]) => ({ item, state, drift })));
}

// The rows and columns, and of each cell that is drawn the bits of its states, how many items speak of it and how many of
// them are not as wished: by its row and column on the page. Where not all are drawn, those that the text filter names come
// first, then those with something wrong.
function cellsOf(items, by) {
  const size = report[by].length;
  const blocks = items.flatMap((item) => blocksOf(item, by));
  const { words } = asked();
  const looked = (at) => words.length > 0 && words.every((word) => report[by][at].toLowerCase().includes(word));
  const [rows, columns] = [2, 3].map((side) => {
    const seen = new Uint8Array(size), wrong = new Uint8Array(size);
    for (const block of blocks) for (const at of block[side]) { seen[at] = 1; if (block[1]) wrong[at] = 1; }
    const inOrder = [...seen.keys()].filter((at) => seen[at]);
    const rank = (at) => (looked(at) ? 0 : wrong[at] ? 1 : 2);
    return inOrder.length <= MOST ? inOrder : inOrder.sort((a, b) => rank(a) - rank(b) || a - b);
  });
  const [rowOf, columnOf] = [rows, columns].map((all) => {
    const place = new Int16Array(size).fill(-1);
    all.slice(0, MOST).forEach((at, index) => { place[at] = index; });
    return place;
  });
  const [states, said, drifts] = [0, 1, 2].map(() => new Uint32Array(MOST * MOST));
  for (const [state, drift, from, to] of blocks) {
    const here = to.map((at) => columnOf[at]).filter((column) => column >= 0);
    for (const at of from) {
      if (rowOf[at] < 0) continue;
      for (const column of here) {
        const cell = rowOf[at] * MOST + column;
        states[cell] |= bit(state);
        said[cell] += 1;
        drifts[cell] += drift;
      }
    }
  }
  return { rows, columns, states, said, drifts };
}

// `by`: "groups" or "subnets". `wrong`: what the exclamation mark says.
function matrix(items, panel, by, noun, wrong) {
  const { rows, columns, states, said, drifts } = cellsOf(items, by);
  const left = by === "groups" ? items.reduce((sum, item) => sum + (item.groupsLeft || 0), 0) : report.subnetsLeft;
  const missing = left > 0 && el("p", { class: "bad" }, by === "groups"
    ? `There was no room for ${count(left, "pair of groups", "pairs of groups")} that intents speak of.`
    : `Not in this matrix: ${count(left, noun)} ${isPlan ? "with more flows than are listed here" : "for which there was no room"}.`);
  if (!rows.length) return [missing, el("p", {}, `No ${noun} that is shown speaks of ${by}.`)];
  const name = (at) => report[by][at];
  const shown = columns.slice(0, MOST);
  const cellAt = (row, column, at) => {
    if (!said[at]) return el("td");
    const state = stateOf(states[at]), drift = drifts[at] > 0;
    const label = `${name(row)} to ${name(column)}: ${WORDS[state]}${drift ? `, ${wrong}` : ""}, ${count(said[at], noun)}`;
    return el("td", {}, el("button", {
      type: "button", title: label, "aria-label": label, "aria-pressed": "false", tabindex: "-1",
      class: `cell ${state === "unknown" ? "state-unknown" : state}${drift ? " drift" : ""}`,
      onclick: (event) => pick(event.currentTarget, name(row), name(column), state, saidOf(items, by, row, column), panel, by, noun, wrong),
    }, shape(state)));
  };
  const line = (row, index) => el("tr", {}, el("th", { scope: "row", title: name(row) }, el("span", {}, bare(name(row)))),
    shown.map((column, at) => cellAt(row, column, index * MOST + at)));
  const heads = shown.map((column) => el("th", { scope: "col", title: name(column) }, el("span", {}, bare(name(column)))));
  const body = el("tbody");
  const table = el("table", { id: "matrix", "aria-describedby": "matrix-help", "aria-busy": "true" },
    el("thead", {}, el("tr", {}, el("td", {}), heads)), body);
  const drawn = rows.slice(0, MOST);
  const draw = () => {
    const at = body.childElementCount;
    body.append(...drawn.slice(at, at + SEEN).map((row, index) => line(row, at + index)));
    if (body.childElementCount === drawn.length) table.removeAttribute("aria-busy");
    const first = !table.querySelector(".cell[tabindex='0']") && table.querySelector(".cell");
    if (first) first.tabIndex = 0;
    return table.hasAttribute("aria-busy");
  };
  const drawLater = () => { if (draw()) setTimeout(() => table.isConnected && table.hasAttribute("aria-busy") && drawLater()); };
  drawLater();
  drawRest = () => { while (table.hasAttribute("aria-busy")) draw(); };
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
