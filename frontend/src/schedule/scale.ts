// Time on the page: minutes since 2000 to pixels, and the ticks of an axis that suits the zoom.
import { DAY } from "./data";

const EPOCH = Date.UTC(2000, 0, 1);
export const LEAST_PX = 0.02; // of a day
export const MOST_PX = 90;

export interface Tick {
  x: number;
  label: string;
  isMajor: boolean;
}

export class Scale {
  constructor(
    readonly first: number, // minutes at pixel 0
    readonly last: number,
    public pxPerDay: number,
  ) {}

  get width(): number {
    return Math.ceil(((this.last - this.first) / DAY) * this.pxPerDay);
  }

  x(minutes: number): number {
    return ((minutes - this.first) / DAY) * this.pxPerDay;
  }

  minutes(x: number): number {
    return this.first + (x / this.pxPerDay) * DAY;
  }

  /** Ticks between two pixels: days, weeks, months, quarters or years, with the larger unit above them. */
  ticks(from: number, to: number, language: string): { minor: Tick[]; major: Tick[] } {
    const [minor, major] = this.units();
    return { minor: this.row(minor, from, to, language, false), major: this.row(major, from, to, language, true) };
  }

  private units(): [Unit, Unit] {
    if (this.pxPerDay >= 22) return ["day", "month"];
    if (this.pxPerDay >= 4) return ["week", "month"];
    if (this.pxPerDay >= 1) return ["month", "year"];
    if (this.pxPerDay >= 0.3) return ["quarter", "year"];
    return ["year", "decade"];
  }

  private row(unit: Unit, from: number, to: number, language: string, isMajor: boolean): Tick[] {
    const ticks: Tick[] = [];
    const end = this.minutes(to);
    const write = new Intl.DateTimeFormat(language, { ...FORMATS[unit], ...(isMajor && unit === "month" ? { year: "numeric" } : {}), timeZone: "UTC" });
    let at = floor(unit, this.minutes(from));
    for (let count = 0; at <= end && count < 2000; count++) {
      ticks.push({ x: this.x(at), label: unit === "quarter" ? `Q${quarter(at)}` : write.format(date(at)), isMajor });
      at = next(unit, at);
    }
    return ticks;
  }
}

type Unit = "day" | "week" | "month" | "quarter" | "year" | "decade";
const FORMATS: Record<Unit, Intl.DateTimeFormatOptions> = {
  day: { day: "numeric" },
  week: { day: "numeric" },
  month: { month: "short" },
  quarter: {},
  year: { year: "numeric" },
  decade: { year: "numeric" },
};
const STEPS: Partial<Record<Unit, number>> = { month: 1, quarter: 3, year: 12, decade: 120 };

export function date(minutes: number): Date {
  return new Date(EPOCH + minutes * 60_000);
}

export function minutesOf(moment: Date): number {
  return (moment.getTime() - EPOCH) / 60_000;
}

function quarter(minutes: number): number {
  return Math.floor(date(minutes).getUTCMonth() / 3) + 1;
}

function floor(unit: Unit, minutes: number): number {
  const day = Math.floor(minutes / DAY);
  if (unit === "day") return day * DAY;
  if (unit === "week") return (day - ((day + 5) % 7)) * DAY; // 2000-01-01 was a Saturday: weeks begin on Monday
  const at = date(minutes);
  const step = STEPS[unit] ?? 1;
  const months = Math.floor((at.getUTCFullYear() * 12 + at.getUTCMonth()) / step) * step;
  return minutesOf(new Date(Date.UTC(Math.floor(months / 12), months % 12, 1)));
}

function next(unit: Unit, minutes: number): number {
  if (unit === "day") return minutes + DAY;
  if (unit === "week") return minutes + 7 * DAY;
  const at = date(minutes);
  return minutesOf(new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + (STEPS[unit] ?? 1), 1)));
}
