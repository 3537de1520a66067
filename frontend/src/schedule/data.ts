// The columns of one schedule as typed arrays, its tree of rows, and its dependencies indexed by activity.

/** As `GET /api/v1/projects/{code}/schedule` answers; times are minutes since 2000 on the plan's own clock. */
export interface Columns {
  forecast_id: number;
  revision: number;
  data_date: number | null;
  key: string[];
  code: string[];
  name: string[];
  responsible: string[];
  wbs: number[];
  kind: number[];
  status: number[];
  percent: number[];
  remaining_tenths: number[];
  start: (number | null)[];
  finish: (number | null)[];
  baseline_start: (number | null)[];
  baseline_finish: (number | null)[];
  late_finish: (number | null)[];
  float_tenths: (number | null)[];
  critical: number[];
  committed: number[];
  nodes: { key: string[]; name: string[]; parent: number[] };
  links: { before: number[]; after: number[]; kind: number[]; driving: number[] };
  rest: [number, number][];
}

export const NONE = -2147483648;
export const DAY = 1440;
const MILESTONES = new Set([1, 2]);
const SUMMARY = 4;

export const enum Link {
  FS,
  SS,
  FF,
  SF,
}

/** One way through the dependencies: of activity `at`, `other[offset[at]…offset[at+1]]` with the number of each link. */
export interface Neighbours {
  offset: Int32Array;
  link: Int32Array;
}

export class Schedule {
  readonly size: number;
  readonly start: Int32Array;
  readonly finish: Int32Array;
  readonly baselineStart: Int32Array;
  readonly baselineFinish: Int32Array;
  readonly lateFinish: Int32Array;
  readonly slack: Int32Array; // tenths of working days; NONE where it is not known
  readonly status: Uint8Array;
  readonly percent: Uint8Array;
  readonly critical: Uint8Array;
  readonly milestone: Uint8Array;
  readonly before: Int32Array;
  readonly after: Int32Array;
  readonly linkKind: Uint8Array;
  readonly driving: Uint8Array;
  readonly outgoing: Neighbours;
  readonly incoming: Neighbours;
  readonly nodeStart: Int32Array;
  readonly nodeFinish: Int32Array;
  readonly nodeCount: Int32Array;
  readonly nodePercent: Float64Array;
  readonly depth: Int32Array; // of nodes
  private rest: Set<number> | undefined;
  readonly first: number; // minutes
  readonly last: number;

  constructor(readonly columns: Columns) {
    this.size = columns.key.length;
    this.start = numbers(columns.start);
    this.finish = numbers(columns.finish);
    this.baselineStart = numbers(columns.baseline_start);
    this.baselineFinish = numbers(columns.baseline_finish);
    this.lateFinish = numbers(columns.late_finish);
    this.slack = numbers(columns.float_tenths);
    this.status = Uint8Array.from(columns.status);
    this.percent = Uint8Array.from(columns.percent);
    this.critical = Uint8Array.from(columns.critical);
    this.milestone = Uint8Array.from(columns.kind, (kind) => (MILESTONES.has(kind) ? 1 : 0));
    this.before = Int32Array.from(columns.links.before);
    this.after = Int32Array.from(columns.links.after);
    this.linkKind = Uint8Array.from(columns.links.kind);
    this.driving = Uint8Array.from(columns.links.driving);
    this.outgoing = neighbours(this.before, this.size);
    this.incoming = neighbours(this.after, this.size);
    const nodes = columns.nodes.key.length;
    this.nodeStart = new Int32Array(nodes).fill(NONE);
    this.nodeFinish = new Int32Array(nodes).fill(NONE);
    this.nodeCount = new Int32Array(nodes);
    this.nodePercent = new Float64Array(nodes);
    this.depth = this.depths();
    this.rollUp();
    [this.first, this.last] = this.span();
  }

  /** The rows of the page: activities as their index, nodes as -1 - index; of what `wanted` leaves, under open nodes. */
  rows(wanted: ((at: number) => boolean) | null, closed: ReadonlySet<number>): Int32Array {
    const { nodes, wbs } = this.columns;
    const inside: number[][] = nodes.key.map(() => []);
    const loose: number[] = [];
    const has = new Uint8Array(nodes.key.length);
    for (let at = 0; at < this.size; at++) {
      if (this.columns.kind[at] === SUMMARY || (wanted && !wanted(at))) continue;
      const node = wbs[at] ?? -1;
      (node >= 0 ? inside[node]! : loose).push(at);
      for (let up = node, steps = 0; up >= 0 && !has[up] && steps < 100; up = nodes.parent[up] ?? -1, steps++) has[up] = 1;
    }
    const children: number[][] = nodes.key.map(() => []);
    const tops: number[] = [];
    nodes.parent.forEach((parent, node) => (parent >= 0 ? children[parent]! : tops).push(node));
    const found: number[] = [];
    const walk = (node: number, steps: number): void => {
      if (!has[node] || steps > 100) return;
      found.push(-1 - node);
      if (closed.has(node)) return;
      for (const at of inside[node]!) found.push(at);
      for (const child of children[node]!) walk(child, steps + 1);
    };
    for (const at of loose) found.push(at);
    for (const node of tops) walk(node, 0);
    return Int32Array.from(found);
  }

  /** Marks what drives the activity (1) and what it drives (2), itself 3; over driving dependencies only. */
  trace(from: number): Uint8Array {
    const marks = new Uint8Array(this.size);
    this.follow(from, marks, this.incoming, this.before, 1);
    this.follow(from, marks, this.outgoing, this.after, 2);
    marks[from] = 3;
    return marks;
  }

  /** Whether its bar can be made longer: unfinished work with a duration of its own. */
  canBeLonger(at: number): boolean {
    return this.status[at] !== 2 && (this.columns.kind[at] === 0 || this.columns.kind[at] === 5) && this.finish[at]! !== NONE;
  }

  /** Working days of the plan's calendar from one moment to another; negative the other way round. */
  workingDays(from: number, to: number): number {
    this.rest ??= new Set(this.columns.rest.flatMap(([day, count]) => Array.from({ length: count }, (_, i) => day + i)));
    const [first, last] = [Math.floor(Math.min(from, to) / DAY), Math.floor(Math.max(from, to) / DAY)];
    let count = 0;
    for (let day = first + 1; day <= last && day - first < 20_000; day++) if (!this.rest.has(day)) count++;
    return to < from ? -count : count;
  }

  isLate(at: number): boolean {
    return this.baselineFinish[at]! !== NONE && this.finish[at]! !== NONE && this.finish[at]! > this.baselineFinish[at]!;
  }

  /** The status code that marks a row: as on every page, never told by colour alone. */
  mark(at: number): "on" | "watch" | "risk" | "crit" {
    if (this.status[at] === 2 || !this.isLate(at)) return "on";
    if (this.slack[at]! !== NONE && this.slack[at]! < 0) return "crit";
    return this.critical[at] ? "risk" : "watch";
  }

  private follow(from: number, marks: Uint8Array, way: Neighbours, other: Int32Array, mark: number): void {
    const waiting = [from];
    while (waiting.length) {
      const at = waiting.pop()!;
      for (let i = way.offset[at]!; i < way.offset[at + 1]!; i++) {
        const link = way.link[i]!;
        const next = other[link]!;
        if (!this.driving[link] || marks[next] === mark) continue;
        marks[next] = mark;
        waiting.push(next);
      }
    }
  }

  private depths(): Int32Array {
    const parent = this.columns.nodes.parent;
    const depth = new Int32Array(parent.length);
    parent.forEach((_, node) => {
      let up = parent[node] ?? -1;
      while (up >= 0 && depth[node]! < 100) {
        depth[node]!++;
        up = parent[up] ?? -1;
      }
    });
    return depth;
  }

  private rollUp(): void {
    const weight = new Float64Array(this.nodeCount.length);
    for (let at = 0; at < this.size; at++) {
      const start = this.start[at]!;
      const finish = this.finish[at]!;
      const long = start === NONE || finish === NONE ? 0 : Math.max(finish - start, 1);
      for (let node = this.columns.wbs[at] ?? -1, steps = 0; node >= 0 && steps < 100; node = this.columns.nodes.parent[node] ?? -1, steps++) {
        this.nodeCount[node]!++;
        this.nodePercent[node]! += this.percent[at]! * long;
        weight[node]! += long;
        if (start !== NONE && (this.nodeStart[node] === NONE || start < this.nodeStart[node]!)) this.nodeStart[node] = start;
        if (finish !== NONE && finish > this.nodeFinish[node]!) this.nodeFinish[node] = finish;
      }
    }
    weight.forEach((sum, node) => (this.nodePercent[node] = sum ? this.nodePercent[node]! / sum : 0));
  }

  private span(): [number, number] {
    let first = Infinity;
    let last = -Infinity;
    for (const column of [this.start, this.finish, this.baselineStart, this.baselineFinish]) {
      for (const minute of column) {
        if (minute === NONE) continue;
        if (minute < first) first = minute;
        if (minute > last) last = minute;
      }
    }
    return first > last ? [0, 30 * DAY] : [first, last];
  }
}

function numbers(column: (number | null)[]): Int32Array {
  return Int32Array.from(column, (value) => value ?? NONE);
}

function neighbours(ends: Int32Array, size: number): Neighbours {
  const offset = new Int32Array(size + 1);
  for (const end of ends) offset[end + 1]!++;
  for (let at = 0; at < size; at++) offset[at + 1]! += offset[at]!;
  const next = offset.slice();
  const link = new Int32Array(ends.length);
  ends.forEach((end, number) => (link[next[end]!++] = number));
  return { offset, link };
}
