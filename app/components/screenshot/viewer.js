// A screenshot with the boxes that its columns were read from, and the list of those columns.
//
// Python sends {id, source, width, height, name, boxes: [{id, box}], groups, selected, total_height};
// boxes are in source pixels. A new `id` fits the picture again. Selecting a box or a row shows at
// once and sends the trigger `pick` = its id; Python's `selected` wins when it changes.
const PICK_MS = 150; // holding an arrow key down asks Python once, at the end
const LOOK_PIXELS = 320; // wide enough to find a margin
const viewers = new WeakMap();

// The part of a picture inside its plain margin, in source pixels; null where that is nearly all.
function core(image, width, height) {
  const wide = Math.min(LOOK_PIXELS, width);
  const tall = Math.max(1, Math.round((height * wide) / width));
  const canvas = new OffscreenCanvas(wide, tall);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, wide, tall);
  const { data } = context.getImageData(0, 0, wide, tall);
  const far = (at) => Math.max(...[0, 1, 2].map((part) => Math.abs(data[at * 4 + part] - data[part]))) > 10;
  if ([wide - 1, wide * (tall - 1), wide * tall - 1].some(far)) return null;
  let [x0, y0, x1, y1] = [wide, tall, 0, 0];
  for (let y = 0; y < tall; y += 1) {
    for (let x = 0; x < wide; x += 1) {
      if (!far(y * wide + x)) continue;
      x0 = Math.min(x0, x);
      x1 = Math.max(x1, x + 1);
      y0 = Math.min(y0, y);
      y1 = Math.max(y1, y + 1);
    }
  }
  if (x1 <= x0 || (x1 - x0) * (y1 - y0) > 0.85 * wide * tall) return null;
  const scale = width / wide;
  const pad = 3;
  return [Math.max(0, x0 - pad) * scale, Math.max(0, y0 - pad) * scale, Math.min(wide, x1 + pad) * scale, Math.min(tall, y1 + pad) * scale];
}

class Viewer {
  constructor(parent) {
    this.parent = parent;
    const find = (name) => parent.querySelector(`[data-${name}]`);
    this.root = find("root");
    this.zoom = new Zoom(parent, () => this.place());
    this.list = new ColumnList(find("list"), (id) => this.pick(id));
    this.layer = find("layer");
    this.image = this.layer.appendChild(document.createElement("img"));
    this.image.draggable = false;
    this.toggle = find("boxes");
    this.marks = new Map();
    this.large = find("large");
    this.large.onclick = () => this.enlarge();
    this.onCall = () => { if (this.data.trimmed) this.enlarge(); };
    window.addEventListener("ghost-large", this.onCall);
    this.toggle.onclick = () => this.showBoxes(this.toggle.getAttribute("aria-pressed") !== "true");
  }

  update({ data, setTriggerValue }) {
    this.send = setTriggerValue;
    const known = this.data;
    this.data = data;
    this.root.style.height = data.total_height;
    this.root.style.setProperty("--ratio", data.width / data.height);
    this.root.dataset.listed = data.groups.length > 0;
    if (known?.id !== data.id) {
      this.image.src = data.source;
      this.image.alt = data.name;
      this.zoom.stage.setAttribute("aria-label", `${data.name}. Plus and minus zoom, arrows move, 0 fits, 1 shows 100 %.`);
      this.zoom.show(this.image, data.width, data.height);
      if (data.trimmed) this.trim(data);
    }
    if (JSON.stringify(known?.boxes) !== JSON.stringify(data.boxes)) this.draw();
    this.toggle.hidden = data.boxes.length === 0;
    this.large.hidden = !data.trimmed;
    if (known?.selected !== data.selected) this.selected = data.selected;
    this.mark(known?.id !== data.id);
  }

  // "Fit" then means what is inside the plain margin: text is legible without zooming by hand.
  trim(data) {
    this.image.decode().then(() => {
      if (this.data.id === data.id) this.zoom.fitPart(core(this.image, data.width, data.height));
    }, () => { /* a picture that cannot be shown has no margin */ });
  }

  enlarge() {
    const large = this.root.dataset.large !== "true";
    const edge = this.parent.getBoundingClientRect?.() || this.parent.host.getBoundingClientRect();
    if (large) this.root.style.setProperty("--edge", `${window.innerWidth - edge.right}px`);
    this.root.dataset.large = large;
    this.large.setAttribute("aria-pressed", large);
  }

  pick(id) {
    this.selected = id;
    this.mark(true);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send("pick", id), PICK_MS);
  }

  mark(bring) {
    for (const [id, mark] of this.marks) mark.dataset.selected = id === this.selected;
    this.list.update(this.data.groups, this.selected);
    const chosen = this.marks.get(this.selected);
    if (chosen && bring) this.zoom.bring(chosen.box);
  }

  draw() {
    for (const mark of this.marks.values()) mark.remove();
    this.marks.clear();
    for (const { id, box } of this.data.boxes) {
      const mark = document.createElement("button");
      mark.className = "mark";
      mark.tabIndex = -1;
            mark.setAttribute("aria-label", `Select ${id}`);
      const tag = document.createElement("span");
      tag.textContent = id;
      mark.append(tag);
      mark.box = box;
      mark.onclick = () => { if (!this.zoom.dragged) this.pick(id); };
      this.marks.set(id, mark);
      this.layer.append(mark);
    }
    this.place();
  }

  showBoxes(on) {
    this.toggle.setAttribute("aria-pressed", on);
    this.layer.dataset.boxes = on;
  }

  place() {
    const { scale, x, y, stage } = this.zoom;
    this.image.style.imageRendering = scale > 2 ? "pixelated" : "auto";
    for (const mark of this.marks.values()) {
      const [x0, y0, x1, y1] = mark.box.map((at) => at * scale);
      Object.assign(mark.style, {
        transform: `translate(${x + x0 - 2}px, ${y + y0 - 2}px)`,
        width: `${x1 - x0 + 4}px`,
        height: `${y1 - y0 + 4}px`,
      });
      mark.dataset.tag = `${y + y0 < 24 ? "below" : "above"} ${x + x0 > stage.clientWidth * 0.6 ? "left" : "right"}`;
    }
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
    viewer.zoom.resized.disconnect();
    window.removeEventListener("ghost-large", viewer.onCall);
  };
}
