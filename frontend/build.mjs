// One script and one style sheet, with their fonts, into the Python package. Nothing is loaded from elsewhere.
import { build, context } from "esbuild";
import { rmSync } from "node:fs";
import "./tokens.mjs";

const out = new URL("../src/watchfloor/web/static/build/", import.meta.url).pathname;
const options = {
  entryPoints: { app: "src/app.ts", schedule: "src/schedule/element.ts", style: "src/style.css" },
  outdir: out,
  bundle: true,
  minify: true,
  target: ["es2022", "chrome110", "firefox115", "safari16"],
  format: "esm",
  loader: { ".woff2": "file" },
  assetNames: "fonts/[name]",
  legalComments: "linked",
  logLevel: "warning",
};

if (process.argv.includes("--watch")) {
  await (await context(options)).watch();
} else {
  rmSync(out, { recursive: true, force: true });
  await build(options);
}
