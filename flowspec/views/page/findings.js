// Intents (and causes of a diff) as entries that open: their body is made when it is first looked at.

const STATUS = { errored: "! Error", drifted: "✗ Drift", unknown: "? Unknown", satisfied: "✓ Satisfied",
  opens: "+ Opens", closes: "- Closes", gap: "○ No intent", perhaps: "? Perhaps", default: "· By default", silent: "· Rule",
  Allow: "✓ Permitted", Deny: "✗ Denied", Unknown: "? Not known" };

function entry(kind, head, place, body, attributes) {
  const box = el("details", { class: kind, ...attributes }, el("summary", {}, el("span", { class: "status" }, STATUS[kind]), head,
    place && el("span", { class: "place quiet" }, code(place))));
  const fill = () => { if (!box.querySelector(".body")) box.append(el("div", { class: "body" }, body())); };
  box.addEventListener("toggle", () => { if (box.open) fill(); });
  box.show = () => { fill(); box.open = true; };
  return box;
}

function intentEntry(intent) {
  const about = [intent.severity, intent.owner].filter(Boolean).join(", ");
  return entry(intent.status, [el("strong", {}, code(intent.address)), el("span", { class: "quiet" }, `(${about})`)], intent.where,
    () => intentBody(intent));
}

function more(left, noun) {
  return left ? el("p", { class: "quiet" }, `and ${count(left, `more ${noun}`)}; the JSON document has them all`) : null;
}

const decider = (one) => [code(one.text), one.where && [" ", el("span", { class: "quiet" }, code(one.where))]];

function intentBody(intent) {
  return [
    intent.description && el("p", {}, intent.description),
    (intent.causes || []).map((cause) => el("div", { class: "cause" },
      el("p", {}, cause.text),
      facts([
        ["for example", cause.example && code(cause.example)],
        ["decided by", (cause.deciders || []).map((one) => el("span", {}, decider(one)))],
        ["", cause.decidersLeft && `and ${count(cause.decidersLeft, "more rule")}`],
        ["fix", (cause.fixes || []).map(code)],
        ["", cause.fixesLeft && `and ${count(cause.fixesLeft, "more rule")}`],
        [cause.fixes ? "not mended" : "no fix", cause.noFix],
        ["proof", cause.proof && cause.proof.join("; ")],
      ]),
      wayOf(cause))),
    more(intent.causesLeft, "cause"),
    (intent.unknown || []).map((one) => el("div", { class: "cause" },
      el("p", {}, one.text), facts([["flows", one.flows], ["to settle", one.settle]]), wayOf(one))),
    more(intent.unknownLeft, "reason"),
    (intent.problems || []).map(problemText),
    facts([
      ["expects", intent.expect === "Allow" ? "permitted" : "denied"],
      ["judged", count(intent.endpoints, "NIC or whole subnet", "NICs and whole subnets")],
      ["between", intent.groups.length > 12 ? count(intent.groups.length, "pair of groups", "pairs of groups")
        : intent.groups.map(([from, to, state]) => `${report.groups[from]} → ${report.groups[to]}: ${WORDS[state]}`)],
      ["", intent.groupsLeft && `and ${count(intent.groupsLeft, "more pair of groups", "more pairs of groups")}`],
      ["permitted", flowText(intent.permitted)],
      ["denied", flowText(intent.denied)],
      ["excepted", flowText(intent.excepted)],
      ["rules that decide", (intent.deciders || []).map(code)],
    ]),
    (intent.ways || []).map(wayOf),
  ];
}

function flowText(flows) {
  if (!flows) return null;
  return `${flows.text ? `${flows.text}${flows.cut ? ", and more" : ""} (${flows.count})` : flows.count}, for example ${flows.example}`;
}

function problemText(problem) {
  const looks = { error: "Error", warning: "Warning", info: "Note" };
  return el("p", { class: problem.severity === "error" ? "bad" : null }, `${looks[problem.severity]}: ${problem.summary}`,
    problem.detail && el("span", { class: "quiet" }, ` ${problem.detail}`), problem.where && [" ", code(problem.where)]);
}

function causeEntry(cause) {
  return entry(cause.effect, [cause.direction, el("span", {}, cause.text)], "", () => [
    cause.turn && el("p", {}, cause.turn),
    facts([
      ["for example", cause.example && code(cause.example)],
      [`before: ${cause.before}`, (cause.old || []).map((one) => el("span", {}, decider(one)))],
      [`after: ${cause.after}`, (cause.new || []).map((one) => el("span", {}, decider(one)))],
      ["because", cause.reason],
      ["to settle", cause.settle],
    ]),
    changePicture(cause),
  ]);
}

// A long list, the first of it at once and the others when they are asked for.
function grown(items, first, make, tag = "div") {
  const list = el(tag);
  let shown = 0;
  const button = el("button", { type: "button", class: "more", onclick: () => grow(true) });
  function grow(focus) {
    const made = items.slice(shown, shown + first).map(make);
    list.append(...made);
    shown += made.length;
    button.textContent = `Show ${Math.min(first, items.length - shown)} more of ${count(items.length - shown, "other")}`;
    button.hidden = shown >= items.length;
    if (focus && made[0]) (made[0].querySelector("summary") || made[0]).focus();
  }
  grow(false);
  return el("div", {}, list, button);
}
