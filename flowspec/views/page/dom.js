"use strict";

// Everything that is shown goes through these functions: words become text, never markup.

const SVG = "http://www.w3.org/2000/svg";

function put(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false || child === "" || child === 0) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

const el = (tag, attributes, ...children) => put(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) => put(document.createElementNS(SVG, tag), attributes, children);
const shape = (name) =>
  svg("svg", { "aria-hidden": "true", focusable: "false", viewBox: "0 0 20 20" }, svg("use", { href: `#shape-${name}` }));
const code = (text) => el("code", {}, text);
const count = (number, one, several) => `${number.toLocaleString("en")} ${number === 1 ? one : several || `${one}s`}`;
const bare = (name) => name.replace(/^group\./, "");

// Rows of a description list; rows without a value are left out.
function facts(rows) {
  const list = el("dl");
  for (const [label, ...values] of rows) {
    const found = values.flat(Infinity).filter((value) => value !== undefined && value !== null && value !== "" && value !== false && value !== 0);
    if (found.length) list.append(el("dt", {}, label), ...found.map((value) => el("dd", {}, value)));
  }
  return list.childElementCount ? list : null;
}
