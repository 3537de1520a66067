// Turns tokens.json into CSS custom properties: light by default, dark by choice or by the system's wish.
import { readFileSync, writeFileSync } from "node:fs";

const tokens = JSON.parse(readFileSync(new URL("tokens.json", import.meta.url), "utf8"));
const kebab = (name) => name.replace(/[^a-z0-9-]+/gi, "-").toLowerCase();

function colours(theme, scheme) {
  const rows = Object.entries(tokens.themes[theme].color).map(([name, value]) => `--${kebab(name)}:${value}`);
  const load = tokens.dataviz["sequential (load 0-100 %)"][theme].map((value, step) => `--load-${step}:${value}`);
  return [`color-scheme:${scheme}`, ...rows, ...load].join(";");
}

const scale = [
  ...tokens.type.scalePx.map((px) => `--text-${px}:${px / 16}rem`),
  ...tokens.space.scale.map((px) => `--space-${px / tokens.space.unit}:${px / 16}rem`),
  ...Object.entries(tokens.radius).map(([name, px]) => `--radius-${name}:${px}px`),
  ...["fast", "base", "slow"].map((name) => `--motion-${name}:${tokens.motion[name]}`),
  `--easing:${tokens.motion.easing}`,
].join(";");

const css = `/* Made from tokens.json by tokens.mjs; edit that instead. */
:root{${scale};${colours("light", "light")}}
:root[data-theme="dark"]{${colours("dark", "dark")}}
@media (prefers-color-scheme:dark){:root[data-theme="system"]{${colours("dark", "dark")}}}
@media print{:root,:root[data-theme]{${colours("light", "light")}}}
@media (prefers-reduced-motion:reduce){:root{--motion-fast:0ms;--motion-base:0ms;--motion-slow:0ms}}
`;
writeFileSync(new URL("src/tokens.css", import.meta.url), css);
