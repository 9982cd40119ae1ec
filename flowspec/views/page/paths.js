// The way of one flow: its source, who filters it there, the way, who filters it at the destination, the destination.

const ANSWERS = { Allow: "permits", Deny: "stops it here", Unknown: "not known" };
const MARKS = { Allow: "✓ ", Deny: "✗ ", Unknown: "? " };

// `steps`: {label, access, content, route}; what lies beyond the first that stops the flow is drawn as not reached.
function way(caption, steps) {
  const last = steps.length - 1;
  let over = false;
  return el("figure", {}, el("figcaption", {}, caption), el("ol", { class: "path" }, steps.map((step, at) => {
    const beyond = over;
    over = over || step.access === "Deny";
    const label = step.access ? `${MARKS[step.access]}${step.label}: ${ANSWERS[step.access]}` : step.label;
    const looks = [step.access, step.route ? "route" : "", beyond ? "beyond" : ""].filter(Boolean).join(" ");
    return el("li", { class: looks || null }, el("b", {}, at === last && beyond ? `${label}, not reached` : label), step.content);
  })));
}

const endStep = ([address, subnet], label) => ({ label, content: [code(address), subnet && el("div", { class: "quiet" }, subnet)] });
const filterStep = (hop, label) => ({
  label,
  access: hop.access,
  content: [hop.text && (hop.access && hop.access !== "Unknown" ? code(hop.text) : hop.text), hop.where && el("div", { class: "quiet" }, code(hop.where))],
});

function pathPicture(path) {
  if (!path) return null;
  return way(["The way of ", code(path.flow)], [
    endStep(path.source, "Source"),
    filterStep(path.leaving, "Filters at the source"),
    { label: "Route", route: true, content: "next hops are not judged" },
    filterStep(path.arriving, "Filters at the destination"),
    endStep(path.destination, "Destination"),
  ]);
}

// The same for a flow that fares otherwise than before: its way in the old network, and in the new one.
function changePicture(cause) {
  if (!cause.ends) return null;
  const side = cause.direction === "Inbound" ? "destination" : "source";
  const drawn = (label, access, deciders) => way([`${label}, the way of `, code(cause.example)], [
    endStep([cause.ends[0]], "Source"),
    filterStep({ access, ...(deciders || [])[0] }, `Filters at the ${side}`),
    endStep([cause.ends[1]], "Destination"),
  ]);
  return [drawn("Before", cause.before, cause.old), drawn("After", cause.after, cause.new)];
}
