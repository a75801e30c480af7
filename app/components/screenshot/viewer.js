// A screenshot with the boxes that its columns were read from.
//
// Python sends {id, source, width, height, name, boxes: [{id, label, box}], selected, view_height};
// boxes are in source pixels. A new `id` fits the picture again. Clicking a box sends the trigger
// `pick` = the box's id.
const viewers = new WeakMap();

class Viewer {
  constructor(parent) {
    const find = (name) => parent.querySelector(`[data-${name}]`);
    this.zoom = new Zoom(parent, () => this.place());
    this.layer = find("layer");
    this.image = this.layer.appendChild(document.createElement("img"));
    this.image.draggable = false;
    this.toggle = find("boxes");
    this.marks = new Map();
    this.toggle.onclick = () => this.showBoxes(this.toggle.getAttribute("aria-pressed") !== "true");
  }

  update({ data, setTriggerValue }) {
    this.send = setTriggerValue;
    const known = this.data;
    this.data = data;
    this.zoom.stage.style.height = data.view_height;
    if (known?.id !== data.id) {
      this.image.src = data.source;
      this.image.alt = data.name;
      this.zoom.stage.setAttribute("aria-label", `${data.name}. Plus and minus zoom, arrows move, 0 fits, 1 shows 100 %.`);
      this.zoom.show(this.image, data.width, data.height);
    }
    if (JSON.stringify(known?.boxes) !== JSON.stringify(data.boxes)) this.draw();
    for (const [id, mark] of this.marks) mark.dataset.selected = id === data.selected;
    const chosen = this.marks.get(data.selected);
    if (chosen && (known?.selected !== data.selected || known?.id !== data.id)) this.zoom.bring(chosen.box);
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
      mark.onclick = () => { if (!this.zoom.dragged) this.send("pick", id); };
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
  };
}
