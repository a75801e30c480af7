// Builds ghost_engine/collect/synth/vendor/css/<name>/{style.css,LICENSE} from the npm packages
// that package.json pins: the framework's own style sheet without remote addresses, icon fonts and
// the parts frameworks.mjs drops, minified. Usage: `npm install --ignore-scripts`, then `node vendor_css.mjs [name ...]`.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "lightningcss";
import postcss from "postcss";
import { DROP_ALWAYS, DROP_DECLARATIONS, FRAMEWORKS } from "./frameworks.mjs";
import { TAILWIND_CLASSES } from "./tailwind_classes.mjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const MODULES = path.join(HERE, "node_modules");
const TARGET = path.join(HERE, "../../ghost_engine/collect/synth/vendor/css");
const CHROME_130 = { chrome: 130 << 16 }; // from 123 on light-dark() needs no rewriting, which breaks themes inside themes
const SMALL_FONT = 5_000; // characters: the check marks that Fomantic draws with a font of its own

for (const name of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(FRAMEWORKS)) {
  const recipe = FRAMEWORKS[name];
  const css = minify(purge(await read(recipe), recipe));
  const folder = path.join(TARGET, name);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "style.css"), `/* ${titleOf(recipe)} */\n${css}\n`);
  fs.writeFileSync(path.join(folder, "LICENSE"), licenceOf(recipe));
  process.stdout.write(`${name.padEnd(12)} ${(css.length / 1000).toFixed(0).padStart(4)} KB\n`);
}

function packageFile(recipe, file) {
  return path.join(MODULES, recipe.package, file);
}

function titleOf(recipe) {
  const { version, license } = JSON.parse(fs.readFileSync(packageFile(recipe, "package.json"), "utf8"));
  return `${recipe.package} ${version}, ${license}; see LICENSE. Shortened by scripts/vendor.`;
}

// Tabler's package holds its copyright line in the style sheet only; its icons have the full text.
function licenceOf(recipe) {
  const found = fs.readdirSync(packageFile(recipe, "")).find((file) => /^licen[cs]e/i.test(file));
  if (found) return fs.readFileSync(packageFile(recipe, found), "utf8");
  const text = fs.readFileSync(path.join(MODULES, "@tabler/icons/LICENSE"), "utf8");
  return text.replace(/^Copyright .*$/m, "Copyright (c) 2018-2026 The Tabler Authors\nCopyright (c) 2018-2026 codecalm.net Paweł Kuna");
}

async function read(recipe) {
  if (recipe.generated) return generateTailwind();
  const roots = recipe.files.map((file) => postcss.parse(fs.readFileSync(packageFile(recipe, file), "utf8")));
  const root = roots.shift();
  for (const more of roots) root.append(more.nodes);
  if (recipe.dark) addDark(root, postcss.parse(fs.readFileSync(packageFile(recipe, recipe.dark.file), "utf8")), recipe.dark.scope);
  if (recipe.extra) root.append(postcss.parse(recipe.extra).nodes);
  if (recipe.rename_modules) renameModules(root, packageFile(recipe, recipe.rename_modules));
  return root;
}

async function generateTailwind() {
  const tailwind = (await import("tailwindcss")).default;
  const forms = (await import("@tailwindcss/forms")).default;
  const config = {
    content: [{ raw: "" }],
    safelist: TAILWIND_CLASSES,
    darkMode: "class",
    corePlugins: { textOpacity: false, backgroundOpacity: false, borderOpacity: false, divideOpacity: false, ringOpacity: false, placeholderOpacity: false },
    plugins: [forms],
  };
  const source = "@tailwind base;@tailwind components;@tailwind utilities;";
  const result = await postcss([tailwind(config)]).process(source, { from: undefined });
  return postcss.parse(result.css);
}

// The dark build has the same rules in the same order. What differs goes right behind its light
// rule, under `:where(scope)`, which adds no specificity: the cascade stays as the authors meant it.
function addDark(light, dark, scope) {
  const darkRules = new Map();
  dark.walkRules((rule) => push(darkRules, keyOf(rule), rule));
  light.walkRules((rule) => {
    const twin = darkRules.get(keyOf(rule))?.shift();
    if (!twin || isKeyframe(rule)) return;
    const before = new Map(rule.nodes.filter(isDeclaration).map((node) => [node.prop, node.toString()]));
    const after = new Map(twin.nodes.filter(isDeclaration).map((node) => [node.prop, node])); // the last one counts
    const changed = [...after.values()].filter((node) => before.get(node.prop) !== node.toString());
    if (!changed.length) return;
    const selectors = rule.selectors.map((one) => (/^html\b/.test(one) ? `html:where(${scope})${one.slice(4)}` : `:where(${scope}) ${one}`));
    rule.after(postcss.rule({ selectors, nodes: changed.map((node) => node.clone()) }));
  });
}

function push(map, key, value) {
  map.set(key, [...(map.get(key) ?? []), value]);
}

function keyOf(rule) {
  const around = rule.parent.type === "atrule" ? `@${rule.parent.name} ${rule.parent.params} ` : "";
  return around + rule.selector;
}

function isDeclaration(node) {
  return node.type === "decl";
}

function isKeyframe(rule) {
  return rule.parent.type === "atrule" && /keyframes$/.test(rule.parent.name);
}

// Mantine ships hashed class names; every element also carries `mantine-<Component>-<part>`.
function renameModules(root, folder) {
  const names = new Map();
  for (const file of fs.readdirSync(folder, { recursive: true }).filter((one) => one.endsWith(".module.mjs"))) {
    const component = path.basename(file, ".module.mjs");
    for (const [, part, hashed] of fs.readFileSync(path.join(folder, file), "utf8").matchAll(/"([\w-]+)": "(m_\w+)"/g)) {
      names.set(hashed, `mantine-${component}-${part}`);
    }
  }
  root.walkRules((rule) => {
    rule.selector = rule.selector.replace(/\.(m_\w+)/g, (all, hashed) => (names.has(hashed) ? `.${names.get(hashed)}` : all));
  });
}

function purge(root, recipe) {
  const drop = [...DROP_ALWAYS, ...recipe.drop];
  root.walkAtRules((rule) => {
    const print = rule.name === "media" && /^\s*(only\s+)?print\b[^,]*$|-ms-high-contrast|forced-colors/.test(rule.params);
    const other = /^-(moz|o|ms|webkit)-/.test(rule.name) || /^(charset|import)$/.test(rule.name);
    const font = rule.name === "font-face" && !/data:[^;]+;base64/.test(rule.toString());
    const largeFont = rule.name === "font-face" && rule.toString().length > SMALL_FONT;
    if (print || other || font || largeFont) rule.remove();
  });
  root.walkRules((rule) => {
    if (isKeyframe(rule)) return;
    const kept = rule.selectors.filter((one) => !drop.some((expression) => expression.test(outsideChoices(one))));
    if (kept.length) rule.selectors = kept;
    else rule.remove();
  });
  root.walkDecls((node) => {
    if (DROP_DECLARATIONS.test(node.prop) || /url\((?!\s*['"]?(?:data:|#))/.test(node.value)) node.remove();
  });
  if (recipe.drop_unused_properties) dropUnusedProperties(root, recipe.drop_unused_properties);
  dropUnusedKeyframes(root);
  return root;
}

// `.tab:not(.carousel)` is about tabs, and `:is([aria-current], :hover)` about more than the mouse:
// what stands inside :not() or :is() never makes a selector droppable.
function outsideChoices(selector) {
  return selector.replace(/:(?:not|is)\((?:[^()]|\([^()]*\))*\)/g, "");
}

function dropUnusedProperties(root, droppable) {
  for (let removed = 1; removed; ) {
    removed = 0;
    const used = new Set([...root.toString().matchAll(/var\(\s*(--[\w-]+)/g)].map((match) => match[1]));
    root.walkDecls(/^--/, (node) => {
      if (used.has(node.prop) || !droppable.test(node.prop)) return;
      node.remove();
      removed += 1;
    });
  }
}

function dropUnusedKeyframes(root) {
  let text = "";
  root.walkDecls(/animation|^--/, (node) => void (text += ` ${node.value}`));
  root.walkAtRules("keyframes", (rule) => {
    if (!text.includes(rule.params)) rule.remove();
  });
}

function minify(root) {
  const { code } = transform({
    filename: "style.css", code: Buffer.from(root.toString()), minify: true, errorRecovery: true, targets: CHROME_130,
  });
  return code.toString();
}
