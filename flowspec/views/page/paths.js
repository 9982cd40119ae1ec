// The path of one flow: its source, who filters it there, the way, who filters it at the destination, the destination.

const ANSWERS = { Allow: "permits", Deny: "stops it here", Unknown: "not known" };

function pathPicture(path) {
  if (!path) return null;
  const stopped = path.leaving.access === "Deny";
  const end = ([address, subnet], label, beyond) =>
    el("li", { class: beyond ? "beyond" : null }, el("b", {}, label), code(address), subnet && el("div", { class: "quiet" }, subnet));
  const filter = (hop, label, beyond) =>
    el(
      "li",
      { class: [hop.access, beyond ? "beyond" : ""].join(" ").trim() || null },
      el("b", {}, `${{ Allow: "✓ ", Deny: "✗ ", Unknown: "? " }[hop.access] || ""}${label}${hop.access ? `: ${ANSWERS[hop.access]}` : ""}`),
      hop.text && (hop.access && hop.access !== "Unknown" ? code(hop.text) : hop.text),
      hop.where && el("div", { class: "quiet" }, code(hop.where)),
    );
  const over = stopped || path.arriving.access === "Deny";
  return el("figure", {}, el("figcaption", {}, "The way of ", code(path.flow)), el("ol", { class: "path" },
    end(path.source, "Source"),
    filter(path.leaving, "Filters at the source"),
    el("li", { class: stopped ? "route beyond" : "route" }, el("b", {}, "Route"), "next hops are not judged"),
    filter(path.arriving, "Filters at the destination", stopped),
    end(path.destination, over ? "Destination, not reached" : "Destination", over)));
}

// The same for a flow that fares otherwise than before: its way in the old network, and in the new one.
function changePicture(cause) {
  if (!cause.ends) return null;
  const side = cause.direction === "Inbound" ? "destination" : "source";
  const way = (label, access, deciders) => {
    const stopped = access === "Deny";
    const first = (deciders || [])[0];
    const mark = { Allow: "✓", Deny: "✗", Unknown: "?" }[access];
    return el("figure", {}, el("figcaption", {}, `${label}, the way of `, code(cause.example)), el("ol", { class: "path" },
      el("li", {}, el("b", {}, "Source"), code(cause.ends[0])),
      el("li", { class: access }, el("b", {}, `${mark} Filters at the ${side}: ${ANSWERS[access]}`), first && code(first.text),
        first && first.where && el("div", { class: "quiet" }, code(first.where))),
      el("li", { class: stopped ? "beyond" : null }, el("b", {}, stopped ? "Destination, not reached" : "Destination"), code(cause.ends[1]))));
  };
  return [way("Before", cause.before, cause.old), way("After", cause.after, cause.new)];
}
