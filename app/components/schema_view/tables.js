// A schema as cards, one a table: {tables: [{name, comment, columns: [{name, type, keys, target,
// required, filled, comment}], notes: [text]}], enums: [{name, labels}]}.
const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

function columnRow({ name, type, keys, target, required, filled, comment }) {
  const row = element("tr");
  const key = element("td", "keys");
  for (const mark of keys) key.append(element("span", `key ${mark.toLowerCase()}`, mark));
  const title = element("td", "name", name);
  if (comment) title.title = comment;
  const extra = [target && `→ ${target}`, filled].filter(Boolean).join("  ");
  row.append(key, title, element("td", "type", type), element("td", "null", required ? "required" : ""), element("td", "extra", extra));
  row.lastChild.title = extra;
  return row;
}

function tableCard({ name, comment, columns, notes }) {
  const card = element("section", "card");
  const head = element("h3", "", name);
  head.append(element("span", "", `${columns.length} column${columns.length === 1 ? "" : "s"}`));
  card.append(head);
  if (comment) card.append(element("p", "", comment));
  const body = element("table");
  body.append(...columns.map(columnRow));
  card.append(body);
  for (const note of notes) card.append(element("code", "note", note));
  return card;
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector("[data-tables]");
  root.style.height = data.view_height;
  const shape = JSON.stringify([data.tables, data.enums]);
  if (root.shape === shape) return;
  root.shape = shape;
  root.replaceChildren(...data.tables.map(tableCard));
  for (const { name, labels } of data.enums) {
    const card = element("section", "card");
    card.append(element("h3", "", name), element("p", "", `One of: ${labels.join(", ")}`));
    root.append(card);
  }
}
