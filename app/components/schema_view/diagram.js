// An ER diagram to zoom and pan: {svg, view_height}. The SVG is our own, with every name escaped; it
// is parsed as a document, never as page markup, and takes the page's colours.
const diagrams = new WeakMap();

class Diagram {
  constructor(parent) {
    this.root = parent.querySelector("[data-root]");
    this.zoom = new Zoom(parent);
    this.layer = parent.querySelector("[data-layer]");
    this.zoom.stage.setAttribute("aria-label", "Diagram. Plus and minus zoom, arrows move, 0 fits, 1 shows 100 %.");
  }

  update({ data }) {
    this.root.style.height = data.view_height;
    if (data.svg === this.svg) return;
    const edited = this.svg !== undefined;
    this.svg = data.svg;
    const parsed = new DOMParser().parseFromString(data.svg, "image/svg+xml").documentElement;
    const svg = document.importNode(parsed, true);
    const { width, height } = svg.viewBox.baseVal;
    this.layer.replaceChildren(svg);
    this.zoom.show(svg, width, height, edited);
  }
}

export default function (component) {
  const { parentElement: parent } = component;
  let diagram = diagrams.get(parent);
  if (!diagram) diagrams.set(parent, (diagram = new Diagram(parent)));
  diagram.update(component);
  const turn = (diagram.turn = {});
  return () => {
    if (diagram.turn !== turn) return; // a later rerun owns it now
    diagrams.delete(parent);
    diagram.zoom.resized.disconnect();
  };
}
