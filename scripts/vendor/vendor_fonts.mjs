// Builds ghost_engine/collect/synth/vendor/fonts from the @fontsource packages that package.json
// pins: the latin subset of each family as woff2, one fonts.css and the licences.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const MODULES = path.join(HERE, "node_modules/@fontsource");
const TARGET = path.join(HERE, "../../ghost_engine/collect/synth/vendor/fonts");

// Lato has no 600; a page that asks for 600 then gets 700, as the CSS font matching rules say.
const WEIGHTS = { lato: [400, 700], "jetbrains-mono": [400] };
const FAMILIES = [
  "inter", "roboto", "open-sans", "lato", "source-sans-3", "nunito-sans", "ibm-plex-sans", "noto-serif",
  "dm-sans", "jetbrains-mono", "public-sans",
];

fs.mkdirSync(TARGET, { recursive: true });
const css = FAMILIES.flatMap((id) => (WEIGHTS[id] ?? [400, 600]).map((weight) => face(id, weight)));
fs.writeFileSync(path.join(TARGET, "fonts.css"), css.join("\n"));
for (const id of FAMILIES) fs.copyFileSync(path.join(MODULES, id, "LICENSE"), path.join(TARGET, `LICENSE-${id}.txt`));

function face(id, weight) {
  const { family } = JSON.parse(fs.readFileSync(path.join(MODULES, id, "metadata.json"), "utf8"));
  const range = JSON.parse(fs.readFileSync(path.join(MODULES, id, "unicode.json"), "utf8")).latin;
  const file = `${id}-${weight}.woff2`;
  fs.copyFileSync(path.join(MODULES, id, `files/${id}-latin-${weight}-normal.woff2`), path.join(TARGET, file));
  return `@font-face {
  font-family: "${family}";
  font-style: normal;
  font-weight: ${weight};
  font-display: block;
  src: url("${file}") format("woff2");
  unicode-range: ${range};
}
`;
}
