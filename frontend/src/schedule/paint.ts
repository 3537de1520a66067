// Drawing the bars: shapes when a row has room for them, single pixels when the whole plan is on the page at once.
import { DAY, Link, NONE, type Schedule } from "./data";
import type { Scale } from "./scale";

export interface Colours {
  surface: string;
  surface2: string;
  line: string;
  text: string;
  text2: string;
  text3: string;
  bar: string;
  barDone: string;
  barCrit: string;
  barCritDone: string;
  base: string;
  float: string;
  link: string;
  grid: string;
  nonwork: string;
  today: string;
  sel: string;
  focus: string;
  watch: string;
  risk: string;
}

export interface Scene {
  schedule: Schedule;
  scale: Scale;
  rows: Int32Array;
  rowOf: Int32Array; // by activity; -1: not among the rows
  rowHeight: number;
  left: number; // scrolled
  top: number;
  width: number;
  height: number;
  selected: number; // activity; -1: none
  marks: Uint8Array | null; // traced path
  shows: { baseline: boolean; links: boolean; float: boolean };
  today: number;
  drag: { at: number; finish: number; label: string } | null;
  colours: Colours;
  language: string;
}

const PIXELS_BELOW = 8; // height of a row
const LINKS_MOST = 6_000;
const NAMES_FROM = 16;

export function paint(ctx: CanvasRenderingContext2D, scene: Scene): void {
  const { colours, width, height } = scene;
  ctx.fillStyle = colours.surface;
  ctx.fillRect(0, 0, width, height);
  shadeRest(ctx, scene);
  gridLines(ctx, scene);
  if (scene.rowHeight < PIXELS_BELOW) pixels(ctx, scene);
  else shapes(ctx, scene);
  verticals(ctx, scene);
}

function shadeRest(ctx: CanvasRenderingContext2D, scene: Scene): void {
  if (scene.scale.pxPerDay < 3) return;
  ctx.fillStyle = scene.colours.nonwork;
  const from = scene.scale.minutes(scene.left) / DAY;
  const to = scene.scale.minutes(scene.left + scene.width) / DAY;
  for (const [day, count] of scene.schedule.columns.rest) {
    if (day + count < from) continue;
    if (day > to) break;
    ctx.fillRect(scene.scale.x(day * DAY) - scene.left, 0, count * scene.scale.pxPerDay, scene.height);
  }
}

function gridLines(ctx: CanvasRenderingContext2D, scene: Scene): void {
  const { minor, major } = scene.scale.ticks(scene.left, scene.left + scene.width, scene.language);
  for (const [ticks, colour] of [[minor, scene.colours.grid], [major, scene.colours.line]] as const) {
    ctx.fillStyle = colour;
    for (const tick of ticks) ctx.fillRect(Math.round(tick.x - scene.left), 0, 1, scene.height);
  }
}

function verticals(ctx: CanvasRenderingContext2D, scene: Scene): void {
  const data = scene.schedule.columns.data_date;
  if (data !== null) {
    ctx.fillStyle = scene.colours.text3;
    for (let y = 0; y < scene.height; y += 8) ctx.fillRect(Math.round(scene.scale.x(data) - scene.left), y, 1, 4);
  }
  ctx.fillStyle = scene.colours.today;
  ctx.fillRect(Math.round(scene.scale.x(scene.today) - scene.left), 0, 2, scene.height);
}

function shapes(ctx: CanvasRenderingContext2D, scene: Scene): void {
  const { rows, rowHeight, top, height, schedule, colours } = scene;
  const first = Math.max(0, Math.floor(top / rowHeight));
  const last = Math.min(rows.length - 1, Math.ceil((top + height) / rowHeight));
  const chosen = scene.selected >= 0 ? scene.rowOf[scene.selected]! : -1;
  ctx.fillStyle = colours.grid;
  for (let row = first; row <= last; row++) ctx.fillRect(0, (row + 1) * rowHeight - top - 1, scene.width, 1);
  if (chosen >= first && chosen <= last) {
    ctx.fillStyle = colours.sel;
    ctx.fillRect(0, chosen * rowHeight - top, scene.width, rowHeight);
  }
  if (scene.shows.links && rowHeight >= 14) links(ctx, scene, first, last);
  ctx.font = `12px "Inter Variable", Inter, sans-serif`;
  ctx.textBaseline = "middle";
  for (let row = first; row <= last; row++) {
    const item = rows[row]!;
    const y = row * rowHeight - top;
    if (item < 0) node(ctx, scene, -1 - item, y);
    else {
      ctx.globalAlpha = scene.marks && !scene.marks[item] ? 0.3 : 1;
      activity(ctx, scene, schedule, item, y);
      ctx.globalAlpha = 1;
    }
  }
}

function node(ctx: CanvasRenderingContext2D, scene: Scene, at: number, y: number): void {
  const start = scene.schedule.nodeStart[at]!;
  const finish = scene.schedule.nodeFinish[at]!;
  ctx.fillStyle = scene.colours.surface2;
  ctx.fillRect(0, y, scene.width, scene.rowHeight - 1);
  if (start === NONE || finish === NONE) return;
  const x0 = scene.scale.x(start) - scene.left;
  const x1 = Math.max(x0 + 2, scene.scale.x(finish) - scene.left);
  const mid = Math.round(y + scene.rowHeight / 2) - 2;
  ctx.fillStyle = scene.colours.text3;
  ctx.fillRect(x0, mid, x1 - x0, 4);
  ctx.fillStyle = scene.colours.text;
  ctx.fillRect(x0, mid, ((x1 - x0) * scene.schedule.nodePercent[at]!) / 100, 4);
}

function activity(ctx: CanvasRenderingContext2D, scene: Scene, schedule: Schedule, at: number, y: number): void {
  const { scale, left, rowHeight, colours } = scene;
  const bar = Math.max(6, Math.min(12, rowHeight * 0.46));
  const yBar = Math.round(y + rowHeight * 0.24);
  const bs = schedule.baselineStart[at]!;
  const bf = schedule.baselineFinish[at]!;
  if (scene.shows.baseline && bs !== NONE && bf !== NONE) {
    ctx.fillStyle = colours.base;
    const b0 = scale.x(bs) - left;
    ctx.fillRect(b0, Math.round(y + rowHeight * 0.8), Math.max(2, scale.x(bf) - left - b0), 2);
  }
  const start = schedule.start[at]!;
  const dragged = scene.drag?.at === at ? scene.drag : null;
  const finish = dragged ? dragged.finish : schedule.finish[at]!;
  if (finish === NONE) return;
  const x0 = scale.x(start === NONE ? finish : start) - left;
  const x1 = scale.x(finish) - left;
  if (x0 > scene.width + 400 || Math.max(x1, scale.x(Math.max(finish, schedule.lateFinish[at]!)) - left) < -400) return;
  const critical = schedule.critical[at] === 1 && schedule.status[at] !== 2;
  let end = x1;
  if (schedule.milestone[at]) {
    diamond(ctx, x1, yBar + bar / 2, bar * 0.62, critical ? colours.barCritDone : colours.barDone);
    end = x1 + bar * 0.62;
  } else {
    const wide = Math.max(3, x1 - x0);
    ctx.fillStyle = critical ? colours.barCrit : colours.bar;
    rounded(ctx, x0, yBar, wide, bar);
    const done = schedule.status[at] === 2 ? 1 : schedule.percent[at]! / 100;
    if (done > 0) {
      ctx.fillStyle = critical ? colours.barCritDone : colours.barDone;
      rounded(ctx, x0, yBar, Math.max(2, wide * done), bar);
    }
    end = x0 + wide;
    const late = schedule.lateFinish[at]!;
    if (scene.shows.float && schedule.status[at] !== 2 && late !== NONE && late > finish) {
      ctx.fillStyle = colours.float;
      const to = scale.x(late) - left;
      ctx.fillRect(end, Math.round(yBar + bar / 2) - 1, to - end, 1.5);
      ctx.fillRect(to - 1, yBar + 1, 1.5, bar - 2);
      end = Math.max(end, to);
    }
  }
  if (scene.marks && scene.marks[at] === 3) {
    ctx.strokeStyle = colours.focus;
    ctx.lineWidth = 2;
    ctx.strokeRect(x0 - 3, yBar - 3, Math.max(x1 - x0, 6) + 6, bar + 6);
  }
  if (rowHeight < NAMES_FROM || scale.pxPerDay < 0.8) return;
  ctx.fillStyle = dragged ? colours.focus : schedule.status[at] === 2 ? colours.text3 : colours.text2;
  ctx.fillText(dragged ? dragged.label : schedule.columns.name[at]!, end + 8, yBar + bar / 2 + 1);
}

function rounded(ctx: CanvasRenderingContext2D, x: number, y: number, wide: number, high: number): void {
  ctx.beginPath();
  ctx.roundRect(x, y, wide, high, Math.min(2.5, wide / 2));
  ctx.fill();
}

function diamond(ctx: CanvasRenderingContext2D, x: number, y: number, r: number, colour: string): void {
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.moveTo(x, y - r);
  ctx.lineTo(x + r, y);
  ctx.lineTo(x, y + r);
  ctx.lineTo(x - r, y);
  ctx.fill();
}

/** Dependencies of the rows on the page, each once; those that drive a date are drawn over the others. */
function links(ctx: CanvasRenderingContext2D, scene: Scene, first: number, last: number): void {
  const { schedule, rows } = scene;
  const plain: number[] = [];
  const driving: number[] = [];
  const seen = new Set<number>();
  for (let row = first; row <= last && seen.size < LINKS_MOST; row++) {
    const at = rows[row]!;
    if (at < 0) continue;
    for (const way of [schedule.outgoing, schedule.incoming]) {
      for (let i = way.offset[at]!; i < way.offset[at + 1]!; i++) {
        const link = way.link[i]!;
        if (seen.has(link)) continue;
        seen.add(link);
        const both = schedule.critical[schedule.before[link]!] && schedule.critical[schedule.after[link]!];
        const traced = scene.marks && scene.marks[schedule.before[link]!] && scene.marks[schedule.after[link]!];
        (schedule.driving[link] && (both || traced) ? driving : plain).push(link);
      }
    }
  }
  stroke(ctx, scene, plain, scene.colours.link, scene.marks ? 0.25 : 0.55, 1);
  stroke(ctx, scene, driving, scene.colours.barCritDone, 0.95, 1.4);
}

function stroke(ctx: CanvasRenderingContext2D, scene: Scene, numbers: number[], colour: string, alpha: number, width: number): void {
  const { schedule, scale, rowOf, rowHeight, left, top } = scene;
  ctx.strokeStyle = colour;
  ctx.globalAlpha = alpha;
  ctx.lineWidth = width;
  ctx.beginPath();
  for (const link of numbers) {
    const before = schedule.before[link]!;
    const after = schedule.after[link]!;
    const r1 = rowOf[before]!;
    const r2 = rowOf[after]!;
    if (r1 < 0 || r2 < 0) continue;
    const kind = schedule.linkKind[link]!;
    const from = kind === Link.FS || kind === Link.FF ? schedule.finish[before]! : schedule.start[before]!;
    const to = kind === Link.FS || kind === Link.SS ? schedule.start[after]! : schedule.finish[after]!;
    if (from === NONE || to === NONE) continue;
    const x1 = scale.x(from) - left;
    const x2 = scale.x(to) - left;
    const y1 = r1 * rowHeight - top + rowHeight * 0.46;
    const y2 = r2 * rowHeight - top + rowHeight * 0.46;
    const out = kind === Link.FS || kind === Link.FF ? 5 : -5;
    const into = kind === Link.FS || kind === Link.SS ? -5 : 5;
    ctx.moveTo(x1, y1);
    if (out > 0 && into < 0 && x2 + into < x1 + out) {
      const middle = r2 > r1 ? y2 - rowHeight / 2 : y2 + rowHeight / 2;
      ctx.lineTo(x1 + out, y1);
      ctx.lineTo(x1 + out, middle);
      ctx.lineTo(x2 + into, middle);
      ctx.lineTo(x2 + into, y2);
    } else {
      const bend = out > 0 ? Math.max(x1 + out, x2 + into) : Math.min(x1 + out, x2 + into);
      ctx.lineTo(bend, y1);
      ctx.lineTo(bend, y2);
    }
    ctx.lineTo(x2, y2);
  }
  ctx.stroke();
  ctx.globalAlpha = 1;
}

/** Every bar as pixels of one picture: nothing is left out, however many there are. */
function pixels(ctx: CanvasRenderingContext2D, scene: Scene): void {
  const { schedule, rows, scale, rowHeight, top, left, colours } = scene;
  const ratio = ctx.getTransform().a;
  const wide = Math.round(scene.width * ratio);
  const high = Math.round(scene.height * ratio);
  if (!wide || !high) return;
  const image = ctx.getImageData(0, 0, wide, high);
  const out = new Uint32Array(image.data.buffer);
  const ink = { bar: packed(colours.bar), done: packed(colours.barDone), crit: packed(colours.barCrit), critDone: packed(colours.barCritDone), node: packed(colours.text3), chosen: packed(colours.focus) };
  const perDay = (scale.pxPerDay * ratio) / DAY;
  const origin = scale.first * perDay + left * ratio;
  const thick = Math.max(1, Math.floor(rowHeight * ratio * 0.7));
  const first = Math.max(0, Math.floor(top / rowHeight));
  const last = Math.min(rows.length - 1, Math.ceil((top + scene.height) / rowHeight));
  for (let row = first; row <= last; row++) {
    const item = rows[row]!;
    const isNode = item < 0;
    const start = isNode ? schedule.nodeStart[-1 - item]! : schedule.start[item]!;
    const finish = isNode ? schedule.nodeFinish[-1 - item]! : schedule.finish[item]!;
    if (finish === NONE) continue;
    const x0 = Math.max(0, Math.round((start === NONE ? finish : start) * perDay - origin));
    const x1 = Math.min(wide, Math.max(Math.round(finish * perDay - origin), x0 + 1));
    if (x1 <= 0 || x0 >= wide) continue;
    const y = Math.round((row * rowHeight - top) * ratio);
    const colour = isNode ? ink.node : item === scene.selected ? ink.chosen : shade(schedule, item, ink);
    for (let line = y; line < Math.min(y + (isNode ? 1 : thick), high); line++) {
      if (line >= 0) out.fill(colour, line * wide + x0, line * wide + x1);
    }
  }
  ctx.putImageData(image, 0, 0);
}

function shade(schedule: Schedule, at: number, ink: { bar: number; done: number; crit: number; critDone: number }): number {
  if (schedule.status[at] === 2) return ink.done;
  if (schedule.critical[at]) return schedule.status[at] ? ink.critDone : ink.crit;
  return ink.bar;
}

/** A colour of the palette as one number, in the order of a canvas on a little-endian machine. */
export function packed(colour: string): number {
  const hex = colour.trim().replace("#", "");
  const [r, g, b] = [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)) as [number, number, number];
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}
