// The columns of a draft, grouped by table: what was read where, how sure, and why.
//
// `groups` is [{table, columns: [{id, name, type, label, reason, confidence, boxed}]}]. Clicking a
// row, or moving with the arrow keys, calls `pick(id)`.
const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

class ColumnList {
  constructor(root, pick) {
    this.root = root;
    this.pick = pick;
    this.root.addEventListener("keydown", (event) => this.key(event));
  }

  update(groups, selected) {
    const shape = JSON.stringify(groups);
    if (shape !== this.shape) this.draw(groups);
    this.shape = shape;
    this.root.hidden = groups.length === 0;
    this.mark(selected, selected !== this.selected);
  }

  draw(groups) {
    this.rows = [];
    this.root.replaceChildren();
    for (const { table, columns } of groups) {
      const head = element("div", "table", table);
      head.append(element("span", "", `${columns.length} column${columns.length === 1 ? "" : "s"}`));
      this.root.append(head, ...columns.map((column) => this.row(column)));
    }
  }

  row({ id, name, type, label, reason, confidence, boxed }) {
    const row = element("div", "row");
    row.setAttribute("role", "option");
    row.column = id;
    const head = element("div", "head");
    head.append(element("span", "name", name), element("span", "type", type));
    if (label && label.toLowerCase() !== name.toLowerCase()) head.append(element("span", "label", `“${label}”`));
    const sure = element("span", "sure", confidence === null ? (boxed ? "" : "inferred") : `${Math.round(confidence * 100)} %`);
    if (confidence !== null) {
      const bar = element("i", "gauge");
      bar.style.setProperty("--share", confidence);
      bar.dataset.level = confidence >= 0.75 ? "high" : confidence >= 0.5 ? "middle" : "low";
      sure.prepend(bar);
      sure.title = "Confidence of the engine";
    }
    head.append(sure);
    row.append(head);
    if (reason) row.append(element("div", "reason", reason));
    row.onclick = () => this.pick(row.column);
    this.rows.push(row);
    return row;
  }

  mark(selected, reveal) {
    this.selected = selected;
    for (const row of this.rows) {
      row.setAttribute("aria-selected", row.column === selected);
      if (row.column === selected && reveal) this.reveal(row);
    }
  }

  reveal(row) { // scrollIntoView would move the page as well
    const top = row.offsetTop - 34;
    const bottom = row.offsetTop + row.offsetHeight;
    if (top < this.root.scrollTop) this.root.scrollTop = top;
    else if (bottom > this.root.scrollTop + this.root.clientHeight) this.root.scrollTop = bottom - this.root.clientHeight;
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (!step || !this.rows.length) return;
    event.preventDefault();
    event.stopPropagation();
    const now = this.rows.findIndex((row) => row.column === this.selected);
    const next = Math.min(this.rows.length - 1, Math.max(0, now + step));
    if (next === now) return;
    this.pick(this.rows[next].column);
  }
}
