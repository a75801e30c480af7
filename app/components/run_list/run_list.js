// The list of runs: {rows: [{id, name, gist, state: {word, colour, icon}, says, share, numbers, time,
// peak, created, tags, action}], heads: [{title, hint}], picked: [id], round, what}.
//
// Marks live here, so that rows that arrive meanwhile never undo a click; `round` is another one
// when Python changed them. Sends `picked` (all marked ids), `open` and `act` (one id).
const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

const UNITS = [["d", 86400], ["h", 3600], ["min", 60]];

function ago(created) {
  const seconds = (Date.now() - created) / 1000;
  const unit = UNITS.find(([, length]) => seconds >= length);
  return unit ? `${Math.floor(seconds / unit[1])} ${unit[0]} ago` : "just now";
}

class RunList {
  constructor(root) {
    this.root = root;
    this.picked = new Set();
  }

  update({ data, setStateValue, setTriggerValue }) {
    this.clock ??= setInterval(() => this.tick(), 20000);
    this.setState = setStateValue;
    this.trigger = setTriggerValue;
    if (data.round !== this.round) this.picked = new Set(data.picked);
    this.round = data.round;
    this.rows = data.rows;
    const shape = JSON.stringify([data.rows, data.heads]);
    if (shape !== this.shape) this.draw(data);
    this.shape = shape;
    this.mark();
  }

  draw({ rows, heads, what }) {
    const focused = this.root.getRootNode().activeElement?.dataset?.focus;
    const table = element("table");
    const head = element("tr");
    const all = element("th", "box");
    this.all = this.box("all", "Mark all runs on this page", () => this.markAll());
    all.append(this.all);
    head.append(all, element("th", "", "State"), element("th", "wide", what));
    for (const { title, hint } of heads) {
      const cell = element("th", "number", title);
      cell.title = hint;
      head.append(cell);
    }
    const act = element("th");
    act.setAttribute("aria-label", "What can be done");
    head.append(element("th", "number", "Started"), act);
    const top = element("thead");
    top.append(head);
    const body = element("tbody");
    body.append(...rows.map((run) => this.row(run)));
    table.append(top, body);
    this.root.replaceChildren(table);
    if (focused) this.root.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
  }

  row(run) {
    const row = element("tr", "run");
    row.dataset.run = run.id;
    const box = element("td", "box");
    box.append(this.box(run.id, `Mark ${run.name}`, () => this.toggle(run.id)));
    const numbers = [...run.numbers, run.time, run.peak].map((text) => element("td", "number", text));
    const started = element("td", "number when");
    started.created = Date.parse(run.created);
    started.title = new Date(started.created).toLocaleString();
    started.textContent = ago(started.created);
    const act = element("td", "act");
    if (run.action) act.append(this.button(run));
    row.append(box, this.state(run.state), this.about(run), ...numbers, started, act);
    row.onclick = (event) => {
      if (!event.target.closest("button, input, .box, a")) this.trigger("open", run.id);
    };
    return row;
  }

  state({ word, colour, icon }) {
    const cell = element("td", "state");
    const chip = element("span", `chip ${colour}`);
    const sign = element("span", "icon", icon);
    sign.setAttribute("aria-hidden", "true");
    chip.append(sign, element("span", "", word));
    cell.append(chip);
    return cell;
  }

  about(run) {
    const cell = element("td", "wide");
    const line = element("div", "line");
    const name = element("button", "name", run.name);
    name.title = `Open ${run.id}`;
    name.dataset.focus = `open-${run.id}`;
    name.onclick = () => this.trigger("open", run.id);
    line.append(name, ...run.tags.map((tag) => element("span", "tag", tag)));
    const gist = element("div", "gist", run.gist);
    gist.title = run.gist;
    cell.append(line, gist);
    if (run.says) {
      const says = element("div", "says", run.says);
      says.title = run.says;
      cell.append(says);
    }
    if (run.share) {
      const bar = element("div", "bar");
      bar.style.setProperty("--share", run.share);
      cell.append(bar);
    }
    return cell;
  }

  button(run) {
    const button = element("button", "do", run.action);
    button.dataset.focus = `act-${run.id}`;
    button.setAttribute("aria-label", `${run.action} ${run.name}`);
    button.onclick = () => {
      button.disabled = true; // once: the row that arrives next says what came of it
      this.trigger("act", run.id);
    };
    return button;
  }

  box(id, label, changed) {
    const box = element("input");
    box.type = "checkbox";
    box.dataset.focus = `box-${id}`;
    box.setAttribute("aria-label", label);
    box.onchange = changed;
    return box;
  }

  toggle(id) {
    if (!this.picked.delete(id)) this.picked.add(id);
    this.send();
  }

  markAll() {
    const whole = this.rows.every(({ id }) => this.picked.has(id));
    for (const { id } of this.rows) whole ? this.picked.delete(id) : this.picked.add(id);
    this.send();
  }

  send() {
    this.mark();
    this.setState("picked", [...this.picked]);
  }

  mark() {
    for (const row of this.root.querySelectorAll("tr.run")) {
      const picked = this.picked.has(row.dataset.run);
      row.classList.toggle("picked", picked);
      row.querySelector("input").checked = picked;
    }
    const count = this.rows.filter(({ id }) => this.picked.has(id)).length;
    this.all.checked = count > 0 && count === this.rows.length;
    this.all.indeterminate = count > 0 && count < this.rows.length;
  }

  tick() {
    for (const cell of this.root.querySelectorAll(".when")) cell.textContent = ago(cell.created);
  }
}

export default function (component) {
  const root = component.parentElement.querySelector("[data-runs]");
  const list = (root.list ??= new RunList(root));
  list.update(component);
  const turn = (list.turn = {});
  return () => {
    if (list.turn !== turn) return; // a later rerun owns it now
    clearInterval(list.clock);
    list.clock = null;
  };
}
