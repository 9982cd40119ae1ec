// What no intent and no boundary speaks about: permitted flows by the rule that lets them pass, and rules.

function gapEntry(gap) {
  return entry(gap.status, [gap.direction, el("span", {}, gap.text)], "", () => facts([
    ["by", gap.by ? code(gap.by) : "no NSG"],
    ["for example", gap.example && code(gap.example)],
    ["in all", `${gap.count}${gap.cut ? ", of which not all are listed" : ""}`],
    ["at", gap.nics],
  ]));
}

function silentEntry(rule) {
  return el("li", {}, code(rule.text), ` ${rule.access} `, rule.where && el("span", { class: "quiet" }, code(rule.where)));
}

// A bar of how much is covered, with its words beside it.
function coverageBar(percent) {
  return el("p", { class: "covered" }, el("meter", { min: 0, max: 100, value: percent, "aria-label": "Covered" }), el("b", {}, ` ${percent} % covered`));
}
