// Zoom and pan of one thing (a picture, a diagram) in a frame. Shared: Python puts this text before
// the component's own. Scale and position live here and survive reruns.
const MAX_SCALE = 8;

class Zoom {
  // `moved(zoom)` is called after every change of scale or position.
  constructor(parent, moved = () => {}) {
    const find = (name) => parent.querySelector(`[data-${name}]`);
    this.stage = find("stage");
    this.percent = find("percent");
    this.moved = moved;
    find("fit").onclick = () => this.fit();
    find("actual").onclick = () => this.zoomTo(1);
    find("in").onclick = () => this.zoomTo(this.scale * 1.25);
    find("out").onclick = () => this.zoomTo(this.scale / 1.25);
    this.stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.stage.addEventListener("keydown", (event) => this.key(event));
    this.stage.addEventListener("pointerdown", (event) => this.grab(event));
    this.resized = new ResizeObserver(() => (this.fitted ? this.fit() : this.place()));
    this.resized.observe(this.stage);
  }

  // Shows `node`, `width` x `height` at scale 1, fitted to the frame unless `stay`.
  show(node, width, height, stay = false) {
    this.core = null;
    this.node = node;
    this.width = width;
    this.height = height;
    if (stay && !this.fitted && this.scale) this.place();
    else this.fit();
  }

  // Fits this part of the thing from now on; what is around it can still be moved to.
  fitPart(box) {
    this.core = box;
    if (this.fitted) this.fit();
  }

  fit() {
    const { clientWidth, clientHeight } = this.stage;
    this.fitted = true;
    if (!this.node || !clientWidth || !clientHeight) return;
    const [left, top, right, bottom] = this.core || [0, 0, this.width, this.height];
    const [width, height] = [right - left, bottom - top];
    // Very tall things would shrink to nothing: show their top.
    const whole = Math.min(clientWidth / width, clientHeight / height);
    this.scale = Math.min(1, Math.max(whole, Math.min(clientWidth / width, whole * 2.5)));
    this.x = Math.max(0, (clientWidth - width * this.scale) / 2) - left * this.scale;
    this.y = Math.max(0, (clientHeight - height * this.scale) / 2) - top * this.scale;
    this.place();
    this.fitted = true;
  }

  place() {
    if (!this.node || !this.scale) return;
    this.fitted = false;
    const { clientWidth, clientHeight } = this.stage;
    const wide = this.width * this.scale;
    const tall = this.height * this.scale;
    const clamp = (at, size, room) => (size <= room ? Math.min(Math.max(at, 0), room - size) : Math.min(0, Math.max(at, room - size)));
    this.x = clamp(this.x, wide, clientWidth);
    this.y = clamp(this.y, tall, clientHeight);
    Object.assign(this.node.style, { width: `${wide}px`, height: `${tall}px`, transform: `translate(${this.x}px, ${this.y}px)` });
    this.percent.textContent = `${Math.round(this.scale * 100)} %`;
    this.moved(this);
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

  // Brings a rectangle to where it can be seen, without changing the scale.
  bring([x0, y0, x1, y1]) {
    if (!this.scale) return;
    const { clientWidth, clientHeight } = this.stage;
    const [left, top, right, bottom] = [x0, y0, x1, y1].map((at) => at * this.scale);
    if (this.x + left >= 0 && this.x + right <= clientWidth && this.y + top >= 0 && this.y + bottom <= clientHeight) return;
    this.x = clientWidth / 2 - (left + right) / 2;
    this.y = clientHeight / 2 - (top + bottom) / 2;
    this.place();
  }
}

