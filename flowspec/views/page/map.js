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

// VNets on a circle, the one with the most peerings in the middle; a line that is dashed is peered from one side only.
function peerings(network, wrong) {
  const all = network.vnets;
  const linked = (vnet, to) => (vnet.peers || []).some(([other, , state]) => other === to && (!state || state === "Connected"));
  if (all.length < 2 || all.length > DRAWN || !all.some((vnet) => vnet.peers)) return null;
  const degree = (vnet) => (vnet.peers || []).length;
  const most = all.reduce((best, vnet, at) => (degree(vnet) > degree(all[best]) ? at : best), 0);
  const hub = all.length > 2 && degree(all[most]) > 1 ? most : -1;
  const ring = all.map((_, at) => at).filter((at) => at !== hub);
  const spot = (at) => {
    if (at === hub) return [380, 230];
    const angle = (2 * Math.PI * ring.indexOf(at)) / ring.length - (ring.length > 2 ? Math.PI / 2 : Math.PI);
    return [380 + 280 * Math.cos(angle), 230 + 165 * Math.sin(angle)];
  };
  const heights = all.map((_, at) => spot(at)[1]);
  const [top, bottom] = [Math.min(...heights) - 35, Math.max(...heights) + 50];
  const lines = [];
  all.forEach((one, from) => all.forEach((other, to) => {
    if (from >= to || !(linked(one, to) || linked(other, from))) return;
    const [[x1, y1], [x2, y2]] = [spot(from), spot(to)];
    lines.push(svg("line", { x1, y1, x2, y2, class: linked(one, to) && linked(other, from) ? null : "half" }));
  }));
  const bad = (vnet) => (vnet.subnets || []).some((one) => [one.nsg, ...(one.own || [])].some((nsg) => wrong.has(nsg)));
  const nodes = all.map((vnet, at) => {
    const [x, y] = spot(at);
    const name = vnet.name.length > 26 ? `${vnet.name.slice(0, 25)}…` : vnet.name;
    return svg("g", {}, svg("circle", { cx: x, cy: y, r: 20, class: bad(vnet) ? "wrong" : null }),
      bad(vnet) && svg("text", { x, y: y + 5 }, "!"), svg("text", { x, y: y + 37 }, name));
  });
  return svg("svg", { class: "peerings", viewBox: `0 ${top} 760 ${bottom - top}`, role: "img",
    "aria-label": `${all.length} VNets and ${count(lines.length, "peering")} between them; the list below says the same` }, lines, nodes);
}
