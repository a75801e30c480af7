// Zoom and pan over a screenshot, with the boxes that columns were read from.
//
// Python sends {id, source, width, height, name, boxes: [{id, label, box}], selected, view_height};
// boxes are in source pixels. Zoom and position live here and survive reruns; a new `id` fits the
// picture again. Clicking a box sends the trigger `pick` = the box's id.
const MAX_SCALE = 8;
const viewers = new WeakMap();

class Viewer {
  constructor(parent) {
    const find = (name) => parent.querySelector(`[data-${name}]`);
    this.stage = find("stage");
    this.layer = find("layer");
    this.image = find("image");
    this.percent = find("percent");
    this.toggle = find("boxes");
    this.marks = new Map();
    find("fit").onclick = () => this.fit();
    find("actual").onclick = () => this.zoomTo(1);
    find("in").onclick = () => this.zoomTo(this.scale * 1.25);
    find("out").onclick = () => this.zoomTo(this.scale / 1.25);
    this.toggle.onclick = () => this.showBoxes(this.toggle.getAttribute("aria-pressed") !== "true");
    this.stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.stage.addEventListener("keydown", (event) => this.key(event));
    this.stage.addEventListener("pointerdown", (event) => this.grab(event));
    this.resized = new ResizeObserver(() => (this.fitted ? this.fit() : this.place()));
    this.resized.observe(this.stage);
  }

  update({ data, setTriggerValue }) {
    this.send = setTriggerValue;
    const known = this.data;
    this.data = data;
    this.stage.style.height = `${data.view_height}px`;
    if (known?.id !== data.id) {
      this.image.src = data.source;
      this.image.alt = data.name;
      this.stage.setAttribute("aria-label", `${data.name}. Plus and minus zoom, arrows move, 0 fits, 1 shows 100 %.`);
      this.fit();
    }
    if (JSON.stringify(known?.boxes) !== JSON.stringify(data.boxes)) this.draw();
    for (const [id, mark] of this.marks) mark.dataset.selected = id === data.selected;
    if (known?.selected !== data.selected) this.reveal();
    this.toggle.hidden = data.boxes.length === 0;
  }

  draw() {
    for (const mark of this.marks.values()) mark.remove();
    this.marks.clear();
    for (const { id, label, box } of this.data.boxes) {
      const mark = document.createElement("button");
      mark.className = "mark";
      mark.tabIndex = -1;
      mark.title = label;
      mark.setAttribute("aria-label", `Select ${label}`);
      const tag = document.createElement("span");
      tag.textContent = label;
      mark.append(tag);
      mark.box = box;
      mark.onclick = () => { if (!this.dragged) this.send("pick", id); };
      this.marks.set(id, mark);
      this.layer.append(mark);
    }
    this.place();
  }

  showBoxes(on) {
    this.toggle.setAttribute("aria-pressed", on);
    this.layer.dataset.boxes = on;
  }

  fit() {
    const { clientWidth, clientHeight } = this.stage;
    if (!this.data || !clientWidth) return;
    const { width, height } = this.data;
    // Wide screenshots fill the width; very tall ones would shrink to nothing: show their top.
    const whole = Math.min(clientWidth / width, clientHeight / height);
    this.scale = Math.min(1, Math.max(whole, Math.min(clientWidth / width, whole * 2.5)));
    this.x = Math.max(0, (clientWidth - width * this.scale) / 2);
    this.y = Math.max(0, (clientHeight - height * this.scale) / 2);
    this.place();
    this.fitted = true;
  }

  place() {
    if (!this.data || !this.scale) return;
    this.fitted = false;
    const { clientWidth, clientHeight } = this.stage;
    const wide = this.data.width * this.scale;
    const tall = this.data.height * this.scale;
    const clamp = (at, size, room) => (size <= room ? Math.min(Math.max(at, 0), room - size) : Math.min(0, Math.max(at, room - size)));
    this.x = clamp(this.x, wide, clientWidth);
    this.y = clamp(this.y, tall, clientHeight);
    Object.assign(this.image.style, { width: `${wide}px`, height: `${tall}px`, transform: `translate(${this.x}px, ${this.y}px)` });
    this.image.style.imageRendering = this.scale > 2 ? "pixelated" : "auto";
    for (const mark of this.marks.values()) {
      const [x0, y0, x1, y1] = mark.box.map((at) => at * this.scale);
      Object.assign(mark.style, {
        transform: `translate(${this.x + x0 - 2}px, ${this.y + y0 - 2}px)`,
        width: `${x1 - x0 + 4}px`,
        height: `${y1 - y0 + 4}px`,
      });
      mark.dataset.tag = `${this.y + y0 < 24 ? "below" : "above"} ${this.x + x0 > clientWidth * 0.6 ? "left" : "right"}`;
    }
    this.percent.textContent = `${Math.round(this.scale * 100)} %`;
  }

  zoomTo(scale, at = { x: this.stage.clientWidth / 2, y: this.stage.clientHeight / 2 }) {
    const next = Math.min(MAX_SCALE, Math.max(0.05, scale));
    this.x = at.x - ((at.x - this.x) * next) / this.scale;
    this.y = at.y - ((at.y - this.y) * next) / this.scale;
    this.scale = next;
    this.place();
  }

  wheel(event) {
    event.preventDefault();
    const { left, top } = this.stage.getBoundingClientRect();
    this.zoomTo(this.scale * Math.exp(-event.deltaY * 0.0015), { x: event.clientX - left, y: event.clientY - top });
  }

  key(event) {
    const step = 60;
    const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (moves[event.key]) {
      this.x += moves[event.key][0];
      this.y += moves[event.key][1];
      this.place();
    } else if (event.key === "+" || event.key === "=") this.zoomTo(this.scale * 1.25);
    else if (event.key === "-") this.zoomTo(this.scale / 1.25);
    else if (event.key === "0") this.fit();
    else if (event.key === "1") this.zoomTo(1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  grab(event) {
    if (event.button !== 0) return;
    const start = { x: event.clientX - this.x, y: event.clientY - this.y };
    const origin = [event.clientX, event.clientY];
    this.dragged = false;
    const move = (next) => {
      if (Math.hypot(next.clientX - origin[0], next.clientY - origin[1]) < 4 && !this.dragged) return;
      this.dragged = true;
      this.stage.dataset.dragging = "true";
      this.x = next.clientX - start.x;
      this.y = next.clientY - start.y;
      this.place();
    };
    const drop = () => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", drop);
      window.removeEventListener("pointercancel", drop);
      delete this.stage.dataset.dragging;
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", drop);
    window.addEventListener("pointercancel", drop);
  }

  // The selected box is brought to where it can be seen, without changing the zoom.
  reveal() {
    const mark = this.marks.get(this.data.selected);
    if (!mark || !this.scale) return;
    const [x0, y0, x1, y1] = mark.box.map((at) => at * this.scale);
    const { clientWidth, clientHeight } = this.stage;
    const inside = this.x + x0 >= 0 && this.x + x1 <= clientWidth && this.y + y0 >= 0 && this.y + y1 <= clientHeight;
    if (inside) return;
    this.x = clientWidth / 2 - (x0 + x1) / 2;
    this.y = clientHeight / 2 - (y0 + y1) / 2;
    this.place();
  }
}

export default function (component) {
  const { parentElement: parent } = component;
  let viewer = viewers.get(parent);
  if (!viewer) viewers.set(parent, (viewer = new Viewer(parent)));
  viewer.update(component);
  const turn = (viewer.turn = {});
  return () => {
    if (viewer.turn !== turn) return; // a later rerun owns it now
    viewers.delete(parent);
    viewer.resized.disconnect();
  };
}
