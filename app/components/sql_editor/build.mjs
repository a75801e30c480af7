// Bundles editor.mjs into app/static/sql_editor.js and writes the licences of what is inside.
import { readFileSync, writeFileSync, existsSync } from "node:fs";
import { build } from "esbuild";

const target = "../../static/sql_editor.js";
const result = await build({
  entryPoints: ["editor.mjs"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2020",
  outfile: target,
  legalComments: "none",
  metafile: true,
  banner: { js: "/* Ghost Architect SQL editor: CodeMirror 6 (MIT). Licences: sql_editor.licences.txt */" },
});

const packages = [...new Set(
  Object.keys(result.metafile.inputs)
    .map((path) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1])
    .filter(Boolean),
)].sort();
const notices = packages.map((name) => {
  const about = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
  const file = `node_modules/${name}/LICENSE`;
  const text = existsSync(file) ? readFileSync(file, "utf8").trim() : about.license;
  return `${name} ${about.version} (${about.license})\n\n${text}\n`;
});
writeFileSync("../../static/sql_editor.licences.txt", notices.join(`\n${"-".repeat(72)}\n\n`));
