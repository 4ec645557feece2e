/** Builds elements: h("p", {class: "muted", onclick: f}, "text", child). Text is never read as HTML. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "disabled" || name === "hidden") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** Colour, icon and word together, so that nothing is told by colour alone. */
export function badge({ tone, mark, word }) {
  return h("span", { class: `badge ${tone}` }, icon(mark), word);
}

export function empty(what, next) {
  return h("div", { class: "empty" }, h("p", {}, what), h("p", { class: "muted" }, next));
}

/** Scrolls to the end unless the reader has scrolled up to read something older. */
export function follow(box, change) {
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  change();
  if (atEnd) box.scrollTop = box.scrollHeight;
}
