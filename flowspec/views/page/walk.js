// An explained flow: its way through each layer of filters; below, which rule decided there, and which nearly did.

const ruleText = (one) => el("span", {}, code(one.text), one.where && [" ", el("span", { class: "quiet" }, code(one.where))]);

function walkPicture(walk) {
  const [source, destination] = walk.ends;
  const box = (end, label) => endStep([end.address, end.who || end.note], label);
  const filters = (end) => end.layers
    ? end.layers.map((layer) => ({ label: layer.title, access: layer.access, content: layer.decided && ruleText(layer.decided[0]) }))
    : [];
  return [
    way(["The way of ", code(walk.flow)], [
      box(source, "Source"), ...filters(source),
      { label: "Path", route: true, content: walk.path ? `${walk.path.word}: ${walk.path.why}` : "not within this network" },
      ...filters(destination), box(destination, "Destination"),
    ]),
    walk.ends.map(walkedEnd),
    walk.turn && el("div", { class: "turn" }, el("h3", {}, `To ${walk.turn.wish} it`), walk.turn.changes
      ? el("ul", {}, walk.turn.changes.map((change) => el("li", {}, code(change))))
      : el("p", {}, `No change is suggested: ${walk.turn.none || ""}`)),
  ];
}

function walkedEnd(end) {
  const title = end.end === "source" ? "Out of the source" : "Into the destination";
  return el("div", {}, el("h3", {}, `${title}, `, code(end.address), end.who && `, ${end.who}`), end.note && el("p", { class: "quiet" }, end.note),
    end.layers && el("ol", { class: "layers" }, end.layers.map((layer) => el("li", {}, el("b", { class: `answer ${layer.access}` }, `${MARKS[layer.access]}${layer.access}`), ` ${layer.title}`, facts([
      [layer.access === "Unknown" ? "may be decided by" : "decided by", (layer.decided || []).map(ruleText)],
      ["tried before", layer.tried && count(layer.tried, "rule")],
      ["nearly by", (layer.near || []).map(ruleText)],
      ["meaning", layer.meanings],
      ["unknown", layer.reason],
      ["to settle", layer.settle],
    ])))));
}

// Of a flow that the plan explains its walk, folded beneath its picture; of others their path, as far as the checks tell it.
function wayOf(found) {
  if (found.walk === undefined) return pathPicture(found.path);
  const [picture, ...why] = walkPicture(report.walks[found.walk]);
  return [picture, el("details", {}, el("summary", {}, "Why, rule by rule"), el("div", { class: "body" }, why))];
}

function walkEntry(walk) {
  return entry(walk.access, [code(walk.flow), walk.of && el("span", { class: "quiet" }, walk.of)], "", () => [el("p", {}, walk.answer), walkPicture(walk)]);
}
