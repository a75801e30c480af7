// Every text of a page as a reader of pixels would meet it: one object a line, with its box in CSS
// pixels, the marks of the element it stands in, and whether something covers it. Run in the page
// once it stands still; see reader_screens.py.
() => {
  const out = [];
  const canvas = document.createElement('canvas').getContext('2d');
  const alpha = (colour) => {
    const parts = colour.match(/[\d.]+/g) || [];
    return parts.length > 3 ? parseFloat(parts[3]) : 1;
  };
  const opaque = (el) => {
    const style = getComputedStyle(el);
    if (parseFloat(style.opacity) < 0.97) return false;
    return alpha(style.backgroundColor) > 0.97 || style.backgroundImage.includes('gradient');
  };
  // 0: nothing above; 1: dimmed by something translucent; 2: hidden.
  const covered = (el, x, y) => {
    let dimmed = 0;
    for (const hit of document.elementsFromPoint(x, y)) {
      if (hit === el || el.contains(hit) || hit.contains(el)) break;
      if (opaque(hit)) return 2;
      dimmed = 1;
    }
    return dimmed;
  };
  const clipped = (el, box) => {
    let clip = [0, 0, innerWidth, innerHeight];
    for (let at = el; at && at !== document.body; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.overflowX !== 'visible' || style.overflowY !== 'visible') {
        const r = at.getBoundingClientRect();
        clip = [Math.max(clip[0], r.left), Math.max(clip[1], r.top),
          Math.min(clip[2], r.right), Math.min(clip[3], r.bottom)];
      }
      if (style.position === 'fixed') break;
    }
    return [Math.max(clip[0], box[0]), Math.max(clip[1], box[1]),
      Math.min(clip[2], box[2]), Math.min(clip[3], box[3])];
  };
  const nearest = (el, name) => {
    const found = el.closest(`[data-${name}]`);
    return found ? found.dataset[name] : '';
  };
  const headOf = (el) => {
    const cell = el.closest('td');
    const table = cell && cell.closest('table');
    const head = table && table.querySelectorAll('thead th')[cell.cellIndex];
    const mark = head && head.querySelector('[data-fd]');
    return mark ? { fd: mark.dataset.fd, rg: mark.dataset.rg || '' } : null;
  };
  const add = (el, text, box, control) => {
    text = text.replace(/\s+/g, ' ').trim();
    if (!text) return;
    const part = clipped(el, box);
    const [x0, y0, x1, y1] = part;
    if (x1 - x0 < 3 || y1 - y0 < 4) return;
    const share = ((x1 - x0) * (y1 - y0)) / Math.max(1, (box[2] - box[0]) * (box[3] - box[1]));
    if (share < 0.4) return;
    const cover = covered(el, (x0 + x1) / 2, (y0 + y1) / 2);
    if (cover === 2 || !el.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return;
    const style = getComputedStyle(el);
    if (style.textTransform === 'uppercase') text = text.toUpperCase();
    const head = headOf(el);
    out.push({
      text, box: part, share, cover, control,
      gt: nearest(el, 'gt'), gl: nearest(el, 'gl'), gc: nearest(el, 'gc'),
      fd: nearest(el, 'fd') || (head ? head.fd : ''), rg: nearest(el, 'rg') || (head ? head.rg : ''),
      cell: head ? 1 : 0, size: parseFloat(style.fontSize),
      main: el.closest('main') ? 1 : 0, modal: el.closest('.g-modal') ? 1 : 0,
      button: el.closest('button,.g-button') ? 1 : 0, heading: el.closest('h1') ? 1 : 0,
    });
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const el = node.parentElement;
    if (!el || !node.data.trim() || el.closest('option,select,textarea,script,style')) continue;
    const lines = [];
    for (const word of node.data.matchAll(/\S+/g)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const rects = range.getClientRects();
      if (!rects.length) continue;
      const r = rects[0];
      const last = lines[lines.length - 1];
      if (last && Math.abs(last.box[1] - r.top) < 0.5 * r.height && r.left >= last.box[0]) {
        last.text += ' ' + word[0];
        last.box[2] = Math.max(last.box[2], r.right);
      } else {
        lines.push({ text: word[0], box: [r.left, r.top, r.right, r.bottom] });
      }
    }
    for (const line of lines) add(el, line.text, line.box, '');
  }
  for (const el of document.querySelectorAll('input,select,textarea')) {
    if (['checkbox', 'radio', 'hidden'].includes(el.type)) continue;
    const chosen = el.tagName === 'SELECT'
      ? (el.selectedOptions.length ? el.selectedOptions[0].text : '') : el.value;
    const text = chosen || el.placeholder || '';
    if (!text.trim()) continue;
    const style = getComputedStyle(el), box = el.getBoundingClientRect();
    const left = box.left + parseFloat(style.paddingLeft) + parseFloat(style.borderLeftWidth);
    const room = box.right - parseFloat(style.paddingRight) - left;
    const size = parseFloat(style.fontSize);
    canvas.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const kind = el.tagName.toLowerCase() + (chosen ? '' : ':placeholder');
    if (el.tagName !== 'TEXTAREA') {
      const wide = Math.min(room, canvas.measureText(text).width);
      const middle = (box.top + box.bottom) / 2;
      add(el, text, [left, middle - 0.6 * size, left + wide, middle + 0.6 * size], kind);
      continue;
    }
    const step = parseFloat(style.lineHeight) || 1.4 * size;
    let top = box.top + parseFloat(style.paddingTop) + parseFloat(style.borderTopWidth);
    let line = '';
    const flush = () => {
      const wide = canvas.measureText(line).width;
      if (top + step <= box.bottom) add(el, line, [left, top, left + wide, top + step], kind);
      top += step;
      line = '';
    };
    for (const word of text.split(/\s+/)) {
      if (line && canvas.measureText(`${line} ${word}`).width > room) flush();
      line = line ? `${line} ${word}` : word;
    }
    if (line) flush();
  }
  return out;
}
