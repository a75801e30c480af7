// The SQL editor: CodeMirror 6 behind Streamlit's component protocol.
//
// Python sends {text, revision, seq, markers, ...} on every rerun. The text on the screen belongs to
// the person typing: it is replaced only when `revision` changes, never by a rerun. What is typed
// goes back as the state `edit` = {text, revision, seq}, 600 ms after the last key and on blur;
// Ctrl/Cmd+Enter sends the trigger `submit` at once. Markers are drawn only when they were made for
// the text that is on the screen (`seq`).
//
// With `guard` = {session, saved} no keystroke is lost: what is typed is copied to localStorage until
// Python says that the server holds it (`saved`, the words to show), and comes back when the page is
// loaded again or a new server answers (`session`).
import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { PostgreSQL, sql } from "@codemirror/lang-sql";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, Transaction } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers, placeholder, tooltips } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const DEBOUNCE_MS = 600;
const PATIENCE_MS = 4000; // then the person is told that the server has not answered
const color = (name, fallback) => `var(--st-${name}, ${fallback})`;

const look = EditorView.theme({
  "&": {
    backgroundColor: color("code-background-color", "#f8f9fa"),
    color: color("code-text-color", "#222"),
    border: `1px solid ${color("border-color", "#ddd")}`,
    borderRadius: color("base-radius", "6px"),
    fontSize: "13px",
    height: "100%",
    overflow: "hidden",
  },
  "&.cm-focused": { outline: "none", borderColor: color("primary-color", "#44c") },
  ".cm-scroller": { fontFamily: color("code-font", "monospace"), lineHeight: "1.5", overflow: "auto" },
  ".cm-content": { caretColor: color("text-color", "#222"), padding: "6px 0" },
  ".cm-cursor": { borderLeftColor: color("text-color", "#222") },
  ".cm-gutters": {
    backgroundColor: "transparent",
    color: `color-mix(in srgb, ${color("gray-color", "#777")} 75%, transparent)`,
    border: "none",
  },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 8px 0 6px", minWidth: "26px" },
  ".cm-gutter-lint": { width: "14px" },
  ".cm-gutter-lint .cm-gutterElement": { padding: "3px 1px" },
  ".cm-lint-marker": { width: "11px", height: "11px" },
  ".cm-lint-marker-error": {
    content: "none",
    borderRadius: "50%",
    backgroundColor: color("red-color", "#c33"),
    display: "inline-block",
  },
  ".cm-activeLine, .cm-activeLineGutter": {
    backgroundColor: `color-mix(in srgb, ${color("gray-color", "#777")} 9%, transparent)`,
  },
  "&:not(.cm-focused) .cm-activeLine, &:not(.cm-focused) .cm-activeLineGutter": { backgroundColor: "transparent" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
    backgroundColor: `color-mix(in srgb, ${color("primary-color", "#44c")} 28%, transparent)`,
  },
  ".cm-selectionMatch": { backgroundColor: `color-mix(in srgb, ${color("primary-color", "#44c")} 14%, transparent)` },
  ".cm-matchingBracket": { outline: `1px solid ${color("gray-color", "#777")}`, backgroundColor: "transparent !important" },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: `underline wavy ${color("red-color", "#c33")} 1.5px`,
    textUnderlineOffset: "3px",
    textDecorationSkipInk: "none",
  },
  ".cm-tooltip": {
    backgroundColor: color("background-color", "#fff"),
    color: color("text-color", "#222"),
    border: `1px solid ${color("border-color", "#ddd")}`,
    borderRadius: "6px",
    boxShadow: "0 4px 16px rgb(0 0 0 / 18%)",
    fontFamily: color("font", "sans-serif"),
    fontSize: "13px",
    maxWidth: "460px",
    overflow: "hidden",
  },
  ".cm-tooltip-autocomplete > ul": { fontFamily: color("code-font", "monospace"), fontSize: "12.5px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: color("primary-color", "#44c"), color: "#fff" },
  ".cm-diagnostic": { padding: "6px 10px", whiteSpace: "pre-wrap", borderLeft: "none" },
  ".cm-diagnostic-error": { borderLeft: `3px solid ${color("red-color", "#c33")}` },
  ".cm-panels": {
    backgroundColor: color("secondary-background-color", "#f5f5f5"),
    color: color("text-color", "#222"),
    borderColor: color("border-color", "#ddd"),
  },
  ".cm-panel input, .cm-panel button": { fontFamily: "inherit", fontSize: "12px" },
  ".cm-placeholder": { color: color("gray-color", "#888") },
});

const colors = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier], color: color("blue-text-color", "#33a"), fontWeight: "600" },
  { tag: [tags.typeName, tags.standard(tags.name)], color: color("violet-text-color", "#83a") },
  { tag: [tags.string, tags.special(tags.string)], color: color("green-text-color", "#175") },
  { tag: [tags.number, tags.bool, tags.null], color: color("orange-text-color", "#850") },
  { tag: tags.comment, color: color("gray-text-color", "#777"), fontStyle: "italic" },
]);

function diagnostics(state, markers) {
  return markers.map(({ line, column, message, hint }) => {
    const at = state.doc.line(Math.min(Math.max(line, 1), state.doc.lines));
    const start = Math.min(at.from + Math.max(column - 1, 0), at.to);
    const word = /^(\w+|"[^"]*"?|\S+)/.exec(state.doc.sliceString(start, at.to));
    let from = start;
    let to = word ? start + word[0].length : start;
    if (from === to) {
      const lead = at.text.length - at.text.trimStart().length;
      from = at.from + lead;
      to = at.to;
    }
    return { from, to, severity: "error", message: hint ? `${message}\n${hint}` : message };
  });
}

class Editor {
  constructor(parent, component) {
    this.parent = parent;
    this.revision = component.data.revision;
    this.seq = component.data.seq;
    this.compartments = { language: new Compartment(), access: new Compartment() };
    this.host = parent.querySelector("[data-editor]");
    this.word = parent.querySelector("[data-state]");
    this.component = component;
    const kept = this.kept(component.data);
    this.sent = component.data.text;
    this.view = new EditorView({
      parent: this.host,
      root: parent instanceof ShadowRoot ? parent : undefined,
      state: this.state(kept ?? component.data.text),
    });
    // Streamlit's one-letter shortcuts would fire inside a shadow root: they see the host, not us.
    this.host.addEventListener("keydown", (event) => {
      if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
    });
    this.flushOnLeave = () => this.flush();
    window.addEventListener("pagehide", this.flushOnLeave);
    window.addEventListener("ghost-flush", this.flushOnLeave);
    this.focusOnCall = () => { if (this.component.data.guard) this.view.focus(); };
    window.addEventListener("ghost-focus", this.focusOnCall);
    this.update(component);
    if (kept !== null) this.flush();
  }

  state(doc) { return EditorState.create({ doc, extensions: this.extensions() }); }

  extensions() {
    return [
      lineNumbers(), lintGutter(), history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(),
      autocompletion({ icons: false }), highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches(),
      search({ top: true }), indentUnit.of("    "), EditorState.tabSize.of(4), EditorView.lineWrapping, tooltips({ position: "fixed" }),
      this.compartments.language.of([]), this.compartments.access.of([]),
      placeholder(this.component.data.placeholder || ""),
      EditorView.contentAttributes.of({ "aria-label": this.component.data.label, spellcheck: "false" }),
      keymap.of([
        { key: "Mod-Enter", run: () => this.submit() },
        { key: "Tab", run: acceptCompletion },
        ...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...searchKeymap, ...historyKeymap,
        indentWithTab, ...defaultKeymap,
        { key: "Escape", run: (view) => { view.contentDOM.blur(); return true; } }, // Tab goes on from here
      ]),
      syntaxHighlighting(colors), look,
      EditorView.updateListener.of((update) => { if (update.docChanged) this.typed(update); }),
      EditorView.domEventHandlers({ blur: () => { this.flush(); } }),
    ];
  }

  text() { return this.view.state.doc.toString(); }

  typed(update) {
    if (update.transactions.some((step) => step.annotation(Transaction.remote))) return;
    this.keep();
    this.say("Typing");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), DEBOUNCE_MS);
  }

  say(words, lost = false) {
    if (!this.component.data.guard) return;
    this.word.textContent = words;
    this.word.dataset.lost = lost;
  }

  // Sent, not yet confirmed.
  wait() {
    clearTimeout(this.patience);
    if (!this.component.data.guard) return;
    this.say("Saving");
    this.patience = setTimeout(() => this.say("No answer from the server: kept in this browser", true), PATIENCE_MS);
  }

  confirm(data) {
    if (!data.guard || data.revision !== this.revision || data.seq !== this.seq || this.text() !== this.sent) return;
    clearTimeout(this.patience);
    this.say(data.guard.saved);
    this.forget();
  }

  flush() {
    clearTimeout(this.timer);
    const text = this.text();
    if (text === this.sent || this.gone) return;
    this.sent = text;
    this.seq += 1;
    this.wait();
    this.component.setStateValue("edit", { text, revision: this.revision, seq: this.seq });
  }

  submit() {
    this.flush();
    this.component.setTriggerValue("submit", { text: this.text(), revision: this.revision });
    return true;
  }

  // A page reload starts a new session: unsaved text waits here for it, in this tab or, guarded, in
  // this browser.
  storageKey(data) { return data.draft_key ? `ghost-sql:${data.draft_key}` : null; }

  storage(data) { return data.guard ? localStorage : sessionStorage; }

  kept(data) {
    const key = this.storageKey(data);
    try {
      const text = key && !data.read_only ? this.storage(data).getItem(key) : null;
      return text !== null && text !== data.text ? text : null;
    } catch { return null; }
  }

  keep(text = this.text()) {
    const { data } = this.component;
    const key = this.storageKey(data);
    try { if (key) this.storage(data).setItem(key, text); } catch { /* full or refused: the server still gets it */ }
  }

  forget(data = this.component.data) {
    const key = this.storageKey(data);
    try { if (key) localStorage.removeItem(key); } catch { /* refused: nothing was kept either */ }
  }

  update(component) {
    const { data } = component;
    const before = this.component.data;
    this.component = component;
    if (this.host.style.height !== data.height) this.resize(data.height);
    if (data.revision !== this.revision) this.replace(data, before);
    this.confirm(data);
    const settings = JSON.stringify([data.schema, data.read_only]);
    if (settings !== this.settings) {
      this.settings = settings;
      const language = sql({ dialect: PostgreSQL, schema: data.schema || {}, upperCaseKeywords: true });
      this.view.dispatch({ effects: [
        this.compartments.language.reconfigure(language),
        this.compartments.access.reconfigure([EditorState.readOnly.of(data.read_only), EditorView.editable.of(!data.read_only)]),
      ] });
    }
    const drawn = JSON.stringify(data.markers);
    if (data.seq === this.seq && this.text() === this.sent && (drawn !== this.drawn || before !== data)) {
      this.drawn = drawn;
      this.view.dispatch(setDiagnostics(this.view.state, diagnostics(this.view.state, data.markers)));
    }
  }

  // A list of errors may have taken room from below: the line being typed stays in sight.
  resize(height) {
    this.host.style.height = height;
    if (!this.view.hasFocus) return;
    const effects = EditorView.scrollIntoView(this.view.state.selection.main.head, { yMargin: 40 });
    this.view.dispatch({ effects });
  }

  // Python has another text for us. Of the same document it wins, and Ctrl+Z brings the old one back,
  // unless more was typed since the press that asked for it. Another document, or a new server, must
  // not win over what it has never seen.
  replace(data, before) {
    clearTimeout(this.timer);
    clearTimeout(this.patience);
    const another = data.draft_key !== before.draft_key;
    const typing = !another && data.guard && !before.read_only && this.text() !== this.sent ? this.text() : null;
    // What was sent reached Python before the press that brought the other document.
    if (another && before.guard && this.text() === this.sent) this.forget(before);
    this.revision = data.revision;
    this.seq = data.seq;
    this.sent = data.text;
    const kept = data.guard && (another || data.guard.session !== before.guard?.session) ? this.kept(data) : typing;
    const text = kept ?? data.text;
    if (another && data.guard) {
      this.settings = this.drawn = null;
      this.view.setState(this.state(text));
    } else if (text !== this.text()) {
      this.view.dispatch({
        changes: { from: 0, to: this.view.state.doc.length, insert: text },
        annotations: [Transaction.remote.of(true)],
      });
    }
    if (kept !== null) this.flush();
    else if (data.guard) this.forget();
    else this.keep(text);
  }

  destroy() {
    this.flush();
    this.gone = true;
    window.removeEventListener("pagehide", this.flushOnLeave);
    window.removeEventListener("ghost-flush", this.flushOnLeave);
    window.removeEventListener("ghost-focus", this.focusOnCall);
    clearTimeout(this.patience);
    this.view.destroy();
  }
}

const editors = new WeakMap();

// Called on every rerun with the same parent element; the returned function runs on unmount.
export function mount(component) {
  const { parentElement: parent } = component;
  let editor = editors.get(parent);
  if (editor) editor.update(component);
  else editors.set(parent, (editor = new Editor(parent, component)));
  const turn = (editor.turn = {});
  return () => {
    if (editor.turn !== turn) return; // a later rerun owns it now
    editors.delete(parent);
    editor.destroy();
  };
}
