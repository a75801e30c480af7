// What of the marked elements a person can see: run in the page once it stands still.
// Returns one object for each mark: its attributes, text, box in CSS pixels, the share of its area
// that is neither cut off nor covered, and whether its text is whole.
() => {
  const view = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
  const meet = (a, b) => ({
    left: Math.max(a.left, b.left), top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom),
  });
  const area = (r) => Math.max(0, r.right - r.left) * Math.max(0, r.bottom - r.top);
  const clips = new Map();
  const clipOf = (el) => {
    if (!el || el === document.documentElement || el === document.body) return view;
    if (clips.has(el)) return clips.get(el);
    const style = getComputedStyle(el);
    let clip = style.position === 'fixed' ? view : clipOf(el.parentElement);
    if (style.overflowX !== 'visible' || style.overflowY !== 'visible') {
      clip = meet(clip, el.getBoundingClientRect());
    }
    clips.set(el, clip);
    return clip;
  };
  const canvas = document.createElement('canvas').getContext('2d');
  const controlText = (el) => {
    if (el.tagName !== 'SELECT') return el.value;
    return el.selectedOptions.length ? el.selectedOptions[0].text : '';
  };
  // The part of a control that its text covers, and whether the control is wide enough for it.
  const inControl = (el, text) => {
    const style = getComputedStyle(el), box = el.getBoundingClientRect();
    const left = box.left + parseFloat(style.paddingLeft) + parseFloat(style.borderLeftWidth);
    const room = box.right - parseFloat(style.paddingRight) - left;
    canvas.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const wide = canvas.measureText(text.split('\n')[0]).width;
    const whole = el.tagName === 'TEXTAREA' ? el.scrollHeight <= el.clientHeight + 2 : wide <= room + 1;
    const right = el.tagName === 'TEXTAREA' ? left + room : left + Math.min(wide, room);
    return { rects: [{ left, top: box.top, right: Math.max(right, left + 4), bottom: box.bottom }], whole };
  };
  const inText = (el) => {
    const range = document.createRange();
    range.selectNodeContents(el);
    const rects = [...range.getClientRects()].filter((r) => area(r) > 0);
    return { rects: rects.length ? rects : [el.getBoundingClientRect()], whole: true };
  };
  const covered = (el, r) => {
    const points = [0.12, 0.5, 0.88].map((x) => [r.left + (r.right - r.left) * x, (r.top + r.bottom) / 2]);
    const hidden = points.filter(([x, y]) => {
      const hit = document.elementFromPoint(x, y);
      return hit && hit !== el && !el.contains(hit) && !hit.contains(el);
    });
    return hidden.length / points.length;
  };
  return [...document.querySelectorAll('[data-gt],[data-gl],[data-gc]')].map((el) => {
    const control = el.matches('input,select,textarea');
    const text = (control ? controlText(el) : el.innerText || '').trim();
    const shown = el.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    const { rects, whole } = control && text ? inControl(el, text) : inText(el);
    const clip = clipOf(control ? el.parentElement : el);
    let total = 0, seen = 0;
    for (const r of rects) {
      const part = meet(r, clip);
      total += area(r);
      seen += area(part) > 0 ? area(part) * (1 - covered(el, part)) : 0;
    }
    const box = [
      Math.min(...rects.map((r) => r.left)), Math.min(...rects.map((r) => r.top)),
      Math.max(...rects.map((r) => r.right)), Math.max(...rects.map((r) => r.bottom)),
    ];
    const data = el.dataset;
    return {
      values: data.gt || '', label: data.gl || '', counts: data.gc || '', via: data.via || '',
      raw: data.gv || '', text, box, control, whole,
      share: shown && total > 0 ? seen / total : 0,
    };
  });
}
