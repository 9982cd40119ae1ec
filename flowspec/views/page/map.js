// The network: each VNet with its subnets, whom it is peered with, and whose NSGs have a part in what is wrong.

const DRAWN = 40;
const FEW = 8;

function wrongByNsg(intents) {
  const found = new Map();
  for (const intent of intents) {
    for (const nsg of intent.wrongAt || []) found.set(nsg, (found.get(nsg) || 0) + 1);
  }
  return found;
}

// `items`: what is shown; `filter`: null where nothing is filtered, else {nsg, words}, and only what has a part in it is drawn.
function networkMap(network, items, filter, choose) {
  const wrong = wrongByNsg(items);
  const involved = new Set(filter && filter.nsg !== null ? [filter.nsg] : items.flatMap((item) => item.nsgs || []));
  const nsgsOf = (one) => [one.nsg, ...(one.own || [])].filter((nsg) => nsg !== undefined);
  const named = (...texts) => filter.words.length > 0 && filter.words.every((word) => texts.join(" ").toLowerCase().includes(word));
  const kept = (one, vnet) => !filter || nsgsOf(one).some((nsg) => involved.has(nsg)) || (filter.nsg === null && named(vnet.name, one.name, one.prefixes || ""));
  const chip = (nsg, label) => {
    const number = wrong.get(nsg) || 0;
    return el("button", { type: "button", class: number ? "chip wrong" : "chip", onclick: () => choose(nsg) },
      `${label} ${report.nsgs[nsg]}${number ? `: ${count(number, "finding")}` : ""}`);
  };
  const subnet = (one) => el("li", { class: "subnet" }, el("strong", {}, one.name), " ", code(one.prefixes || ""),
    ` ${count(one.nics, "NIC")}`, el("div", {}, one.nsg === undefined ? el("span", { class: "quiet" }, "no NSG of its own") : chip(one.nsg, "NSG")),
    one.own && el("div", {}, "at its NICs: ", one.own.map((nsg) => chip(nsg, "NSG"))));
  const isWrong = (one) => nsgsOf(one).some((nsg) => wrong.has(nsg));
  const listed = (found) => el("ul", { class: "plain" }, found.map(subnet));
  const subnets = (all) => {
    if (all.length <= FEW) return listed(all);
    const [bad, rest] = [all.filter(isWrong), all.filter((one) => !isWrong(one))];
    const others = el("details", {}, el("summary", {}, count(rest.length, bad.length ? "other subnet" : "subnet")));
    others.addEventListener("toggle", () => { if (others.open && others.childElementCount < 2) others.append(el("div", { class: "body" }, listed(rest))); });
    return [bad.length ? listed(bad) : null, rest.length ? others : null];
  };
  let apart = 0;
  const card = (vnet, at) => {
    const all = vnet.subnets || [], shown = all.filter((one) => kept(one, vnet));
    apart += all.length - shown.length;
    if (filter && !shown.length) return null;
    return el("section", { class: "vnet", id: `vnet-${at}`, tabindex: "-1", "aria-label": `VNet ${vnet.name}` },
      el("h3", {}, vnet.name), el("p", {}, code(vnet.prefixes || "prefixes not known")),
      el("p", {}, vnet.peers ? "Peered with " : "Peered with no VNet.", (vnet.peers || []).map(([to, name, state], index) => [index ? ", " : "",
        to < 0 ? name || "a VNet that is not known" : cards[to] === null ? name : el("a", { href: `#vnet-${to}` }, name), state && state !== "Connected" ? ` (${state})` : ""])),
      shown.length ? subnets(shown) : el("p", { class: "quiet" }, "No subnet."));
  };
  const cards = network.vnets.map((vnet) => filter && !(vnet.subnets || []).some((one) => kept(one, vnet)) ? null : vnet);
  const drawn = network.vnets.map(card).filter(Boolean);
  const left = [network.vnetsLeft && count(network.vnetsLeft, "more VNet"), network.subnetsLeft && count(network.subnetsLeft, "more subnet")].filter(Boolean);
  return [peerings(network, wrong),
    apart ? el("p", { class: "quiet" }, `${count(apart, "subnet has", "subnets have")} no part in what is shown.`) : null,
    drawn.length ? el("div", { class: "vnets" }, drawn) : null,
    left.length ? el("p", { class: "quiet" }, `There was no room for ${left.join(" and ")}.`) : null].filter(Boolean);
}

// The VNet with the most peerings in the middle, the others on a circle around it, many of them in two columns beside it;
// a line that is dashed is peered from one side only.
function peerings(network, wrong) {
  const all = network.vnets;
  const linked = (vnet, to) => (vnet.peers || []).some(([other, , state]) => other === to && (!state || state === "Connected"));
  if (all.length < 2 || all.length > DRAWN || !all.some((vnet) => vnet.peers)) return null;
  const degree = (vnet) => (vnet.peers || []).length;
  const most = all.reduce((best, vnet, at) => (degree(vnet) > degree(all[best]) ? at : best), 0);
  const hub = all.length > 2 && degree(all[most]) > 1 ? most : -1;
  const ring = all.map((_, at) => at).filter((at) => at !== hub);
  const spots = new Map(ring.map((at, index) => [at, (ring.length > FEW ? inColumns : onCircle)(index, ring.length)]));
  if (hub >= 0) spots.set(hub, { x: MIDDLE, y: ring.length > FEW ? (ring.length - 1) * ROW / 4 : 0, r: 20, under: true });
  const heights = [...spots.values()].map((spot) => spot.y);
  const [top, bottom] = [Math.min(...heights) - 35, Math.max(...heights) + 50];
  const lines = [];
  all.forEach((one, from) => all.forEach((other, to) => {
    if (from >= to || !(linked(one, to) || linked(other, from))) return;
    const [a, b] = [spots.get(from), spots.get(to)];
    const bend = a.x === b.x && !a.under && !b.under ? (MIDDLE - a.x) / 2 : 0;
    lines.push(svg("path", { d: `M ${a.x} ${a.y} Q ${(a.x + b.x) / 2 + bend} ${(a.y + b.y) / 2} ${b.x} ${b.y}`, class: linked(one, to) && linked(other, from) ? null : "half" }));
  }));
  const bad = (vnet) => (vnet.subnets || []).some((one) => [one.nsg, ...(one.own || [])].some((nsg) => wrong.has(nsg)));
  const nodes = all.map((vnet, at) => {
    const { x, y, r, under } = spots.get(at);
    const left = x < MIDDLE;
    return svg("g", {}, svg("circle", { cx: x, cy: y, r, class: bad(vnet) ? "wrong" : null }), bad(vnet) && svg("text", { x, y: y + 5 }, "!"),
      svg("text", under ? { x, y: y + r + 17 } : { x: left ? x - r - 8 : x + r + 8, y: y + 5, class: left ? "before" : "after" }, brief(vnet.name, under ? 26 : 44)));
  });
  return svg("svg", { class: ring.length > FEW ? "peerings many" : "peerings", viewBox: `0 ${top} ${2 * MIDDLE} ${bottom - top}`, role: "img",
    "aria-label": `${all.length} VNets and ${count(lines.length, "peering")} between them; the list below says the same` }, lines, nodes);
}

const MIDDLE = 460, ROW = 32;

function onCircle(index, many) {
  const angle = (2 * Math.PI * index) / many - (many > 2 ? Math.PI / 2 : Math.PI);
  return { x: MIDDLE + 280 * Math.cos(angle), y: 165 * Math.sin(angle), r: 20, under: true };
}

function inColumns(index, many) {
  const left = Math.ceil(many / 2);
  return { x: index < left ? 320 : 2 * MIDDLE - 320, y: (index < left ? index : index - left) * ROW, r: 12, under: false };
}

// Of a long name its beginning and its end.
const brief = (name, most) => (name.length > most ? `${name.slice(0, most - 12)}…${name.slice(-11)}` : name);
