// The rows beside the bars: a fixed number of DOM rows, filled anew as one scrolls; text can be selected and is read out.
import { NONE, type Schedule } from "./data";
import { date } from "./scale";

export interface Words {
  late: string;
  activities: string;
}

const SPARE = 4;

export class Grid {
  private readonly made: HTMLElement[] = [];
  private readonly write: Intl.DateTimeFormat;
  private readonly tenth: Intl.NumberFormat;

  constructor(
    private readonly host: HTMLElement,
    private readonly schedule: Schedule,
    language: string,
  ) {
    this.write = new Intl.DateTimeFormat(locale(language), { day: "numeric", month: "short", year: "2-digit", timeZone: "UTC" });
    this.tenth = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  }

  fill(rows: Int32Array, rowHeight: number, top: number, height: number, selectedRow: number, closed: ReadonlySet<number>): void {
    const first = Math.max(0, Math.floor(top / rowHeight) - SPARE);
    const last = Math.min(rows.length - 1, Math.ceil((top + height) / rowHeight) + SPARE);
    const count = Math.max(0, last - first + 1);
    while (this.made.length < count) this.made.push(this.blank());
    this.made.forEach((element, place) => {
      element.hidden = place >= count;
      if (place < count) this.row(element, rows, first + place, rowHeight, top, first + place === selectedRow, closed);
    });
  }

  rowOfEvent(target: EventTarget | null): number {
    const element = (target as Element | null)?.closest<HTMLElement>("[data-row-number]");
    return element ? Number(element.dataset["rowNumber"]) : -1;
  }

  private row(element: HTMLElement, rows: Int32Array, row: number, high: number, top: number, chosen: boolean, closed: ReadonlySet<number>): void {
    const item = rows[row]!;
    element.style.transform = `translateY(${row * high - top}px)`;
    element.style.height = `${high}px`;
    element.classList.toggle("chosen", chosen);
    element.setAttribute("aria-selected", String(chosen));
    const state = `${item}:${closed.has(-1 - item)}`;
    if (element.dataset["item"] === state && element.dataset["rowNumber"] === String(row)) return;
    element.dataset["item"] = state;
    element.dataset["rowNumber"] = String(row);
    element.id = `schedule-row-${row}`;
    element.setAttribute("aria-rowindex", String(row + 2));
    const [name, code, start, finish, slack, percent] = [...element.children] as HTMLElement[];
    if (item < 0) this.node(element, -1 - item, name!, [code!, start!, finish!, slack!, percent!], closed);
    else this.activity(element, item, name!, [code!, start!, finish!, slack!, percent!]);
  }

  private node(element: HTMLElement, at: number, name: HTMLElement, cells: HTMLElement[], closed: ReadonlySet<number>): void {
    const { schedule } = this;
    const depth = schedule.depth[at]!;
    element.className = element.className.replace(/ ?(is-node|done)/g, "") + " is-node";
    element.setAttribute("aria-level", String(depth + 1));
    element.setAttribute("aria-expanded", String(!closed.has(at)));
    name.style.setProperty("--depth", String(depth));
    name.textContent = `${closed.has(at) ? "▸" : "▾"} ${schedule.columns.nodes.name[at]!}`;
    name.title = schedule.columns.nodes.name[at]!;
    cells[0]!.textContent = String(schedule.nodeCount[at]);
    cells[1]!.textContent = this.day(schedule.nodeStart[at]!);
    cells[2]!.textContent = this.day(schedule.nodeFinish[at]!);
    cells[3]!.textContent = "";
    cells[4]!.textContent = String(Math.round(schedule.nodePercent[at]!));
  }

  private activity(element: HTMLElement, at: number, name: HTMLElement, cells: HTMLElement[]): void {
    const { schedule } = this;
    const { columns } = schedule;
    const node = columns.wbs[at] ?? -1;
    const depth = node >= 0 ? schedule.depth[node]! + 1 : 0;
    element.className = element.className.replace(/ ?(is-node|done)/g, "") + (schedule.status[at] === 2 ? " done" : "");
    element.setAttribute("aria-level", String(depth + 1));
    element.removeAttribute("aria-expanded");
    name.style.setProperty("--depth", String(depth));
    name.replaceChildren(sign(schedule.mark(at)), columns.name[at]!);
    name.title = columns.name[at]!;
    cells[0]!.textContent = columns.code[at] || columns.key[at]!;
    cells[1]!.textContent = this.day(schedule.start[at]!);
    cells[2]!.textContent = this.day(schedule.finish[at]!);
    const slack = schedule.slack[at]!;
    cells[3]!.textContent = slack === NONE || schedule.status[at] === 2 ? "" : this.tenth.format(slack / 10).replace("-", "−");
    cells[3]!.classList.toggle("late", slack !== NONE && slack < 0 && schedule.status[at] !== 2);
    cells[4]!.textContent = String(schedule.percent[at]);
  }

  private day(minutes: number): string {
    return minutes === NONE ? "" : this.write.format(date(minutes));
  }

  private blank(): HTMLElement {
    const element = document.createElement("div");
    element.className = "sc-row";
    element.setAttribute("role", "row");
    for (const name of ["name", "code", "start", "finish", "slack", "percent"]) {
      const cell = document.createElement("span");
      cell.className = `sc-${name}`;
      cell.setAttribute("role", "gridcell");
      element.append(cell);
    }
    this.host.append(element);
    return element;
  }
}

/** English as the rest of the product writes dates: the day before the month. */
export function locale(language: string): string {
  return language === "en" ? "en-GB" : language;
}

function sign(mark: string): Element {
  const found = document.querySelector(`#sc-marks [data-mark="${mark}"]`);
  const copy = (found?.firstElementChild ?? document.createElement("i")).cloneNode(true) as Element;
  return copy;
}
