// The schedule of one project: rows, bars, a strip of the whole plan, and everything one does with them.
import { DAY, NONE, Schedule, type Columns } from "./data";
import { Grid, locale } from "./grid";
import { paint, packed, type Colours, type Scene } from "./paint";
import { LEAST_PX, MOST_PX, Scale, date, minutesOf } from "./scale";

const ROW = 28;
const MARGIN_DAYS = 21;
const STRIP = 14;
const ZOOMS: Record<string, number> = { day: 28, week: 7, month: 1.6 };
const NAMES: Record<keyof Colours, string> = {
  surface: "--surface", surface2: "--surface-2", line: "--line", text: "--text", text2: "--text-2", text3: "--text-3",
  bar: "--bar", barDone: "--bar-done", barCrit: "--bar-crit", barCritDone: "--bar-crit-done", base: "--base", float: "--float",
  link: "--link", grid: "--grid", nonwork: "--nonwork", today: "--today", sel: "--sel", focus: "--focus", watch: "--watch-line", risk: "--risk-line",
};

export class ScheduleChart extends HTMLElement {
  /** How long the last drawing took, in milliseconds; for measuring. */
  drawMs = 0;
  /** From the answer of the server to the first drawing, in milliseconds. */
  firstDrawMs = 0;

  private schedule: Schedule | null = null;
  private grid!: Grid;
  private scale!: Scale;
  private rows: Int32Array = new Int32Array();
  private rowOf: Int32Array = new Int32Array();
  private rowHeight = ROW;
  private selected = -1;
  private selectedNode = -1;
  private marks: Uint8Array | null = null;
  private readonly closed = new Set<number>();
  private readonly shows = { baseline: true, links: true, float: true };
  private show = "open";
  private search = "";
  private isFit = false;
  private waiting = 0;
  private colours!: Colours;
  private readonly stop = new AbortController();
  private drag: { at: number; finish: number; label: string; days: number } | null = null;

  private get body(): HTMLElement { return this.piece("body"); }
  private get canvas(): HTMLCanvasElement { return this.piece("bars") as HTMLCanvasElement; }

  connectedCallback(): void {
    void this.load();
  }

  disconnectedCallback(): void {
    this.stop.abort();
    cancelAnimationFrame(this.waiting);
  }

  private piece(name: string): HTMLElement {
    return this.querySelector<HTMLElement>(`[data-part="${name}"]`)!;
  }

  private ask(): Promise<Response | null> {
    return fetch(this.dataset["src"]!, { headers: { Accept: "application/json" }, signal: this.stop.signal }).catch(() => null);
  }

  private async load(): Promise<void> {
    const answer = await this.ask();
    if (!answer?.ok) {
      this.piece("problem").hidden = false;
      return;
    }
    const text = await answer.text();
    const began = performance.now();
    this.schedule = new Schedule(JSON.parse(text) as Columns);
    this.piece("loading").hidden = true;
    if (!this.schedule.size) {
      this.piece("empty").hidden = false;
      return;
    }
    this.piece("work").hidden = false;
    this.begin();
    this.draw();
    this.firstDrawMs = performance.now() - began;
    this.dispatchEvent(new CustomEvent("drawn"));
  }

  private begin(): void {
    const schedule = this.schedule!;
    const asked = new URLSearchParams(location.search);
    this.show = asked.get("show") ?? "open";
    this.search = asked.get("find") ?? "";
    this.scale = new Scale(schedule.first - MARGIN_DAYS * DAY, schedule.last + 3 * MARGIN_DAYS * DAY, ZOOMS["week"]!);
    this.grid = new Grid(this.piece("rows"), schedule, document.documentElement.lang);
    this.readColours();
    this.listen();
    this.refill();
    const zoom = Number(asked.get("zoom"));
    if (asked.get("zoom") === "fit") this.fit();
    else if (zoom > 0) this.zoomTo(zoom, 0);
    const at = asked.get("at") ? minutesOf(new Date(`${asked.get("at")}T00:00Z`)) : (schedule.columns.data_date ?? schedule.first) - 14 * DAY;
    this.body.scrollLeft = this.scale.x(Number.isFinite(at) ? at : schedule.first);
    const key = asked.get("sel");
    if (key) this.select(schedule.columns.key.indexOf(key), "middle");
    this.syncTools();
  }

  private readColours(): void {
    const style = getComputedStyle(this);
    this.colours = Object.fromEntries(Object.entries(NAMES).map(([name, token]) => [name, style.getPropertyValue(token).trim()])) as unknown as Colours;
  }

  private listen(): void {
    const on = { signal: this.stop.signal };
    this.body.addEventListener("scroll", () => this.later(), { ...on, passive: true });
    new ResizeObserver(() => (this.isFit ? this.fit() : this.later())).observe(this.body);
    new MutationObserver(() => { this.readColours(); this.later(); }).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { this.readColours(); this.later(); }, on);
    this.piece("rows").addEventListener("wheel", (event) => this.body.scrollBy(event.deltaX, event.deltaY), { ...on, passive: true });
    this.piece("rows").addEventListener("click", (event) => this.press(this.grid.rowOfEvent(event.target), true), on);
    this.body.addEventListener("click", (event) => {
      const box = this.body.getBoundingClientRect();
      this.press(Math.floor((event.clientY - box.top + this.body.scrollTop) / this.rowHeight), false);
    }, on);
    this.body.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const x = event.clientX - this.body.getBoundingClientRect().left;
      this.zoomTo(this.scale.pxPerDay * Math.exp(-event.deltaY * 0.0022), x);
    }, { ...on, passive: false });
    this.addEventListener("keydown", (event) => this.key(event), on);
    this.dragStrip(on);
    this.dragBars(on);
    document.addEventListener("watchfloor:changes", (event) => {
      const names = (event as CustomEvent<string[]>).detail;
      if (names.includes(this.dataset["live"] ?? "") || names.includes("*")) void this.reload();
    }, on);
    this.piece("panel").addEventListener("submit", (event) => {
      const form = event.target as HTMLFormElement;
      if (!form.matches("[data-schedule-edit]")) return;
      event.preventDefault();
      void this.send(String(new FormData(form).get("key")), String(new FormData(form).get("remaining_days")));
    }, on);
    document.addEventListener("click", (event) => this.tool((event.target as Element).closest<HTMLElement>("[data-schedule]")), on);
    const find = document.querySelector<HTMLInputElement>("#schedule-find");
    find?.addEventListener("input", () => { this.search = find.value.trim().toLowerCase(); this.refill(); this.remember(); }, on);
    if (find) find.value = this.search;
  }

  /** What a button of the bar above asks for. */
  private tool(button: HTMLElement | null): void {
    const what = button?.dataset["schedule"];
    if (!what) return;
    if (what === "fit") this.fit();
    else if (what in ZOOMS) this.zoomTo(ZOOMS[what]!, this.body.clientWidth / 3);
    else if (what === "baseline" || what === "links" || what === "float") this.shows[what] = !this.shows[what];
    else if (what === "trace") this.trace();
    else if (what === "today") this.body.scrollLeft = this.scale.x(minutesOf(new Date())) - this.body.clientWidth / 2;
    else if (what === "collapse") this.collapse();
    else if (what.startsWith("show-")) { this.show = what.slice(5); this.refill(); }
    this.syncTools();
    this.remember();
    this.later();
  }

  private syncTools(): void {
    for (const button of document.querySelectorAll<HTMLElement>("[data-schedule]")) {
      const what = button.dataset["schedule"]!;
      const pressed = what in this.shows ? this.shows[what as keyof typeof this.shows]
        : what === "fit" ? this.isFit
        : what === "trace" ? this.marks !== null
        : what.startsWith("show-") ? this.show === what.slice(5)
        : what in ZOOMS ? !this.isFit && Math.abs(this.scale.pxPerDay - ZOOMS[what]!) < 0.01
        : null;
      if (pressed !== null) button.setAttribute("aria-pressed", String(pressed));
    }
  }

  private wanted(): ((at: number) => boolean) | null {
    const schedule = this.schedule!;
    const { name, code, responsible } = schedule.columns;
    const search = this.search;
    const tests: ((at: number) => boolean)[] = [];
    if (this.show === "open") tests.push((at) => schedule.status[at] !== 2);
    else if (this.show === "critical") tests.push((at) => schedule.critical[at] === 1 && schedule.status[at] !== 2);
    else if (this.show === "late") tests.push((at) => schedule.status[at] !== 2 && schedule.isLate(at));
    if (search) tests.push((at) => name[at]!.toLowerCase().includes(search) || code[at]!.toLowerCase().includes(search) || responsible[at]!.toLowerCase().includes(search));
    return tests.length ? (at) => tests.every((test) => test(at)) : null;
  }

  private refill(): void {
    const schedule = this.schedule!;
    this.rows = schedule.rows(this.wanted(), this.closed);
    this.rowOf = new Int32Array(schedule.size).fill(-1);
    this.rows.forEach((item, row) => { if (item >= 0) this.rowOf[item] = row; });
    this.piece("rows").setAttribute("aria-rowcount", String(this.rows.length + 1));
    this.piece("none").hidden = this.rows.length > 0;
    if (this.isFit) this.fit();
    else this.space();
    this.later();
  }

  private space(): void {
    const space = this.piece("space");
    space.style.width = `${this.scale.width}px`;
    space.style.height = `${Math.ceil(this.rows.length * this.rowHeight)}px`;
  }

  private fit(): void {
    this.isFit = true;
    const { clientWidth, clientHeight } = this.body;
    this.scale.pxPerDay = Math.max(LEAST_PX, clientWidth / ((this.scale.last - this.scale.first) / DAY));
    this.rowHeight = Math.min(ROW, clientHeight / Math.max(1, this.rows.length));
    this.space();
    this.later();
  }

  private zoomTo(pxPerDay: number, around: number): void {
    const at = this.scale.minutes(this.body.scrollLeft + around);
    const row = (this.body.scrollTop + this.body.clientHeight / 2) / this.rowHeight;
    if (this.isFit) { this.isFit = false; this.rowHeight = ROW; }
    this.scale.pxPerDay = Math.min(MOST_PX, Math.max(LEAST_PX, pxPerDay));
    this.space();
    this.body.scrollLeft = this.scale.x(at) - around;
    if (Math.abs(row * this.rowHeight - this.body.scrollTop - this.body.clientHeight / 2) > 1) this.body.scrollTop = row * this.rowHeight - this.body.clientHeight / 2;
    this.syncTools();
    this.remember();
    this.later();
  }

  private press(row: number, inGrid: boolean): void {
    const item = this.rows[row];
    if (item === undefined) return;
    if (item < 0) {
      if (inGrid) this.toggle(-1 - item);
      this.selectedNode = -1 - item;
      return;
    }
    this.select(item, inGrid ? "bar" : "row");
  }

  private toggle(node: number): void {
    if (!this.closed.delete(node)) this.closed.add(node);
    this.refill();
  }

  private collapse(): void {
    if (this.closed.size) this.closed.clear();
    else this.schedule!.columns.nodes.key.forEach((_, node) => this.closed.add(node));
    this.refill();
  }

  private trace(): void {
    this.marks = this.marks || this.selected < 0 ? null : this.schedule!.trace(this.selected);
  }

  /** "row" scrolls no more than it takes to see the row, "bar" as well to its bar, "middle" brings both to the middle. */
  private select(at: number, shows: "row" | "bar" | "middle"): void {
    if (at < 0) return;
    this.selected = at;
    this.selectedNode = -1;
    if (this.marks) this.marks = this.schedule!.trace(at);
    const row = this.rowOf[at]!;
    this.piece("rows").setAttribute("aria-activedescendant", `schedule-row-${row}`);
    if (shows === "middle" || !this.seesRow(row)) this.body.scrollTop = row * this.rowHeight - this.body.clientHeight / 3;
    const finish = this.schedule!.finish[at]!;
    if (finish !== NONE && (shows === "middle" || (shows === "bar" && !this.seesBar(at)))) this.body.scrollLeft = this.scale.x(finish) - this.body.clientWidth / 2;
    void this.open(at);
    this.remember();
    this.later();
  }

  private seesRow(row: number): boolean {
    const y = row * this.rowHeight - this.body.scrollTop;
    return y >= 0 && y + this.rowHeight <= this.body.clientHeight;
  }

  private seesBar(at: number): boolean {
    const { scrollLeft, clientWidth } = this.body;
    return this.scale.x(this.schedule!.finish[at]!) >= scrollLeft && this.scale.x(this.schedule!.start[at]!) <= scrollLeft + clientWidth;
  }

  private panel = new AbortController();

  /** The panel of the activity, made by the server: what it is, and what drives it. */
  private async open(at: number): Promise<void> {
    this.panel.abort();
    this.panel = new AbortController();
    const key = this.schedule!.columns.key[at]!;
    const address = new URL(this.dataset["panel"]!, location.href);
    address.searchParams.set("key", key);
    const answer = await fetch(address, { headers: { "HX-Request": "true" }, signal: this.panel.signal }).catch(() => null);
    if (answer?.ok) this.piece("panel").innerHTML = await answer.text();
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || (event.target as Element).closest("input,select,textarea,a,button")) return;
    const page = Math.max(1, Math.floor(this.body.clientHeight / this.rowHeight) - 1);
    const row = this.selectedNode >= 0 ? this.rows.indexOf(-1 - this.selectedNode) : this.selected >= 0 ? this.rowOf[this.selected]! : -1;
    const moves: Record<string, number> = { ArrowDown: row + 1, ArrowUp: row - 1, PageDown: row + page, PageUp: row - page, Home: 0, End: this.rows.length - 1 };
    if (event.key in moves) this.goTo(Math.max(0, Math.min(this.rows.length - 1, moves[event.key]!)));
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") this.fold(row, event.key === "ArrowRight");
    else if (event.key === "Enter" && this.selected >= 0) location.assign(`${this.dataset["activity"]!}/${encodeURIComponent(this.schedule!.columns.key[this.selected]!)}`);
    else if (event.key === "+" || event.key === "=") this.zoomTo(this.scale.pxPerDay * 1.4, this.body.clientWidth / 2);
    else if (event.key === "-") this.zoomTo(this.scale.pxPerDay / 1.4, this.body.clientWidth / 2);
    else if (event.key === "0") this.fit();
    else if (event.key === "t") { this.trace(); this.later(); this.syncTools(); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private goTo(row: number): void {
    const item = this.rows[row];
    if (item === undefined) return;
    if (item >= 0) return this.select(item, "bar");
    this.selectedNode = -1 - item;
    this.selected = -1;
    this.piece("rows").setAttribute("aria-activedescendant", `schedule-row-${row}`);
    if (!this.seesRow(row)) this.body.scrollTop = row * this.rowHeight - this.body.clientHeight / 3;
    this.later();
  }

  private fold(row: number, opens: boolean): void {
    const item = this.rows[row];
    if (item === undefined) return;
    const node = item < 0 ? -1 - item : (this.schedule!.columns.wbs[item] ?? -1);
    if (node < 0 || this.closed.has(node) !== opens) {
      if (item >= 0 && !opens && node >= 0) this.goTo(this.rows.indexOf(-1 - node));
      return;
    }
    this.toggle(node);
    this.goTo(this.rows.indexOf(-1 - node));
  }

  private dragStrip(on: { signal: AbortSignal }): void {
    const strip = this.piece("strip");
    const go = (event: PointerEvent): void => {
      const box = strip.getBoundingClientRect();
      const share = (event.clientY - box.top) / box.height;
      this.body.scrollTop = share * this.rows.length * this.rowHeight - this.body.clientHeight / 2;
    };
    strip.addEventListener("pointerdown", (event) => { strip.setPointerCapture(event.pointerId); go(event); }, on);
    strip.addEventListener("pointermove", (event) => { if (strip.hasPointerCapture(event.pointerId)) go(event); }, on);
  }

  /** The right end of a bar can be drawn longer or shorter; the panel has a field for the same. */
  private dragBars(on: { signal: AbortSignal }): void {
    if (!this.dataset["edit"]) return;
    const end = (event: PointerEvent): number => {
      const box = this.body.getBoundingClientRect();
      const at = this.rows[Math.floor((event.clientY - box.top + this.body.scrollTop) / this.rowHeight)] ?? -1;
      if (at < 0 || this.rowHeight < 14 || !this.schedule!.canBeLonger(at)) return -1;
      return Math.abs(this.scale.x(this.schedule!.finish[at]!) - this.body.scrollLeft - (event.clientX - box.left)) < 7 ? at : -1;
    };
    this.body.addEventListener("pointerdown", (event) => {
      const at = end(event);
      if (at < 0) return;
      event.preventDefault();
      this.body.setPointerCapture(event.pointerId);
      this.drag = { at, finish: this.schedule!.finish[at]!, label: "", days: this.schedule!.columns.remaining_tenths[at]! / 10 };
    }, on);
    this.body.addEventListener("pointermove", (event) => {
      if (!this.drag) {
        this.body.style.cursor = end(event) >= 0 ? "ew-resize" : "";
        return;
      }
      const { at } = this.drag;
      const finish = this.scale.minutes(event.clientX - this.body.getBoundingClientRect().left + this.body.scrollLeft);
      const left = this.schedule!.columns.remaining_tenths[at]! / 10;
      const days = Math.max(Math.min(left, 1), left + this.schedule!.workingDays(this.schedule!.finish[at]!, finish));
      this.drag = { at, finish: Math.max(finish, this.schedule!.start[at]! + DAY / 4), days, label: `${days} ${this.dataset["longer"] ?? ""}` };
      this.later();
    }, on);
    this.body.addEventListener("pointerup", () => {
      const done = this.drag;
      this.drag = null;
      if (!done) return;
      this.select(done.at, "row");
      if (Math.abs(done.days - this.schedule!.columns.remaining_tenths[done.at]! / 10) >= 0.5) void this.send(this.schedule!.columns.key[done.at]!, String(done.days));
      this.later();
    }, on);
    this.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.drag) { this.drag = null; this.later(); }
    }, on);
  }

  /** One change; what comes of it arrives with the next forecast. */
  private async send(key: string, days: string): Promise<void> {
    const token = document.querySelector<HTMLMetaElement>("meta[name=csrf-token]")?.content ?? "";
    const body = new URLSearchParams({ key, remaining_days: days, revision: String(this.schedule!.columns.revision) });
    const answer = await fetch(this.dataset["edit"]!, { method: "POST", body, headers: { "X-CSRFToken": token, "HX-Request": "true" } }).catch(() => null);
    const html = answer ? await answer.text() : "";
    const made = document.createElement("template");
    made.innerHTML = html;
    const box = document.querySelector(".toasts");
    const told = made.content.querySelector(".toast");
    if (told) box?.append(told);
    else if (!answer?.ok) {
      const toast = document.createElement("div");
      toast.className = "toast error";
      toast.append(made.content);
      if (!toast.textContent?.trim()) toast.textContent = this.piece("problem").textContent;
      box?.append(toast);
    }
    const revision = Number(made.content.querySelector<HTMLElement>("[data-revision]")?.dataset["revision"]);
    if (revision) this.schedule!.columns.revision = revision;
    else if (answer?.status === 409) void this.reload();
  }

  private reloading = false;

  /** A newer forecast in place: what is chosen, folded and looked at stays. */
  private async reload(): Promise<void> {
    if (this.reloading || !this.schedule) return;
    this.reloading = true;
    const answer = await this.ask();
    this.reloading = false;
    if (!answer?.ok) return;
    const columns = (await answer.json()) as Columns;
    const before = this.schedule;
    if (columns.forecast_id === before.columns.forecast_id && columns.revision === before.columns.revision) return;
    const key = this.selected >= 0 ? before.columns.key[this.selected] : undefined;
    const folded = new Set([...this.closed].map((node) => before.columns.nodes.key[node]));
    const [left, top] = [this.scale.minutes(this.body.scrollLeft), this.body.scrollTop];
    this.schedule = new Schedule(columns);
    this.closed.clear();
    columns.nodes.key.forEach((node, at) => { if (folded.has(node)) this.closed.add(at); });
    this.piece("rows").replaceChildren();
    this.grid = new Grid(this.piece("rows"), this.schedule, document.documentElement.lang);
    this.scale = new Scale(Math.min(this.scale.first, this.schedule.first - MARGIN_DAYS * DAY), this.schedule.last + 3 * MARGIN_DAYS * DAY, this.scale.pxPerDay);
    this.selected = key === undefined ? -1 : columns.key.indexOf(key);
    if (this.marks) this.marks = this.selected >= 0 ? this.schedule.trace(this.selected) : null;
    this.refill();
    this.body.scrollLeft = this.scale.x(left);
    this.body.scrollTop = top;
    if (this.selected >= 0) void this.open(this.selected);
    this.dispatchEvent(new CustomEvent("redrawn"));
  }

  private remembering = 0;

  /** What is looked at stands in the address, so that it can be shared. */
  private remember(): void {
    window.clearTimeout(this.remembering);
    this.remembering = window.setTimeout(() => {
      const address = new URL(location.href);
      const said: Record<string, string> = {
        show: this.show === "open" ? "" : this.show,
        find: this.search,
        zoom: this.isFit ? "fit" : this.scale.pxPerDay === ZOOMS["week"] ? "" : this.scale.pxPerDay.toFixed(2),
        sel: this.selected >= 0 ? this.schedule!.columns.key[this.selected]! : "",
        at: date(this.scale.minutes(this.body.scrollLeft)).toISOString().slice(0, 10),
      };
      for (const [name, value] of Object.entries(said)) {
        if (value) address.searchParams.set(name, value);
        else address.searchParams.delete(name);
      }
      history.replaceState(history.state, "", address);
    }, 250);
  }

  private later(): void {
    if (!this.waiting) this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.draw(); });
  }

  private draw(): void {
    const began = performance.now();
    const { clientWidth: width, clientHeight: height, scrollLeft: left, scrollTop: top } = this.body;
    const scene: Scene = {
      schedule: this.schedule!, scale: this.scale, rows: this.rows, rowOf: this.rowOf, rowHeight: this.rowHeight, left, top, width, height,
      selected: this.selected, drag: this.drag, marks: this.marks, shows: this.shows, today: minutesOf(new Date()), colours: this.colours, language: locale(document.documentElement.lang),
    };
    const ctx = sized(this.canvas, width, height);
    if (ctx) paint(ctx, scene);
    this.drawAxis(scene);
    this.drawStrip(scene);
    const chosen = this.selectedNode >= 0 ? this.rows.indexOf(-1 - this.selectedNode) : this.selected >= 0 ? this.rowOf[this.selected]! : -1;
    const legible = this.rowHeight >= 18;
    this.piece("rows").classList.toggle("small", !legible);
    this.grid.fill(legible ? this.rows : new Int32Array(), this.rowHeight, top, height, chosen, this.closed);
    this.stickyPath(scene);
    this.drawMs = performance.now() - began;
  }

  private drawAxis(scene: Scene): void {
    const ctx = sized(this.piece("axis") as HTMLCanvasElement, scene.width, 44);
    if (!ctx) return;
    const { colours } = scene;
    ctx.fillStyle = colours.surface;
    ctx.fillRect(0, 0, scene.width, 44);
    const { minor, major } = scene.scale.ticks(scene.left, scene.left + scene.width, scene.language);
    ctx.textBaseline = "middle";
    ctx.fillStyle = colours.text;
    ctx.font = `12px "Inter Variable", Inter, sans-serif`;
    major.forEach((tick, place) => {
      const x = tick.x - scene.left;
      const room = (major[place + 1]?.x ?? Infinity) - Math.max(tick.x, scene.left);
      if (room > 60) ctx.fillText(tick.label, Math.max(6, x + 6), 13);
    });
    ctx.fillStyle = colours.text3;
    ctx.font = `11px "Inter Variable", Inter, sans-serif`;
    let free = -Infinity;
    for (const tick of minor) {
      const x = tick.x - scene.left;
      if (x + 4 < free) continue;
      ctx.fillText(tick.label, x + 4, 33);
      free = x + 8 + ctx.measureText(tick.label).width;
    }
  }

  /** The whole plan as one line per row: what is critical and late stands out wherever it is. */
  private drawStrip(scene: Scene): void {
    const ctx = sized(this.piece("strip") as HTMLCanvasElement, STRIP, scene.height);
    if (!ctx) return;
    const ratio = ctx.getTransform().a;
    const wide = Math.round(STRIP * ratio);
    const high = Math.round(scene.height * ratio);
    const image = ctx.createImageData(wide, high);
    const out = new Uint32Array(image.data.buffer);
    const back = packed(scene.colours.surface2);
    out.fill(back);
    const inks = { crit: packed(scene.colours.barCritDone), risk: packed(scene.colours.risk), watch: packed(scene.colours.watch) };
    const each = high / Math.max(1, scene.rows.length);
    for (let row = 0; row < scene.rows.length; row++) {
      const item = scene.rows[row]!;
      if (item < 0) continue;
      const mark = scene.schedule.mark(item);
      if (mark === "on") continue;
      const from = Math.floor(row * each);
      const to = Math.max(from + 1, Math.floor((row + 1) * each));
      for (let y = from; y < Math.min(to, high); y++) {
        if (mark === "crit" || out[y * wide + 3] === back) out.fill(inks[mark], y * wide + 3, (y + 1) * wide - 2);
      }
    }
    ctx.putImageData(image, 0, 0);
    const whole = Math.max(1, scene.rows.length * scene.rowHeight);
    ctx.strokeStyle = scene.colours.text;
    ctx.lineWidth = 1.5;
    ctx.strokeRect(1, (scene.top / whole) * scene.height, STRIP - 2, Math.max(6, Math.min(1, scene.height / whole) * scene.height - 1));
  }

  /** Where in the breakdown the first row on the page is. */
  private stickyPath(scene: Scene): void {
    const item = scene.rows[Math.floor(scene.top / scene.rowHeight)];
    const { nodes, wbs } = scene.schedule.columns;
    const names: string[] = [];
    for (let node = item === undefined ? -1 : item < 0 ? -1 - item : (wbs[item] ?? -1); node >= 0 && names.length < 20; node = nodes.parent[node] ?? -1) names.unshift(nodes.name[node]!);
    const path = this.piece("path");
    const text = names.join(" / ");
    if (path.textContent !== text) path.textContent = text;
  }
}

/** The context of a canvas of that many CSS pixels, sharp on any screen; null without room. */
function sized(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  const ratio = window.devicePixelRatio || 1;
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (!wide || !high) return null;
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const ctx = canvas.getContext("2d", { willReadFrequently: true })!;
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  return ctx;
}

customElements.define("schedule-chart", ScheduleChart);
