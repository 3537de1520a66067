// One stream of ids per page; changed parts are fetched together and merged in place.
import htmx from "htmx.org/dist/htmx.esm.js";

interface Changes {
  v: number;
  f: string[];
}
interface Parts {
  v: number;
  html: Record<string, string | null>;
}

const GATHER_MS = 40;
const RETRY_MS = 1500;
const MOST_PARTS = 60;
const EVERYTHING = "*";

class LiveUpdates extends HTMLElement {
  private source: EventSource | undefined;
  private readonly wanted = new Set<string>();
  private version = 0;
  private timer: number | undefined;
  private fetching = false;
  private quiet: number | undefined;
  private ticks = 0;

  connectedCallback(): void {
    this.version = Number(document.body.dataset["version"] ?? "0");
    this.open();
    document.addEventListener("visibilitychange", this.onVisible);
    window.addEventListener("pagehide", this.close);
    window.setInterval(() => this.refreshTimed(), 1000);
  }

  disconnectedCallback(): void {
    this.close();
  }

  private readonly onVisible = (): void => {
    // A hidden page lets its stream go after a while and catches up when it is looked at again.
    window.clearTimeout(this.quiet);
    if (document.hidden) this.quiet = window.setTimeout(this.close, 120_000);
    else if (!this.source) this.open();
  };

  private readonly close = (): void => {
    this.source?.close();
    this.source = undefined;
  };

  private open(): void {
    if (this.source) return;
    const source = new EventSource(`/live/events?after=${this.version}`);
    this.source = source;
    source.addEventListener("hello", () => this.show("on"));
    source.addEventListener("changes", (event) => this.take(JSON.parse((event as MessageEvent<string>).data) as Changes));
    source.onerror = () => {
      this.show(source.readyState === EventSource.CLOSED ? "off" : "waiting");
      if (source.readyState === EventSource.CLOSED) {
        this.source = undefined;
        window.setTimeout(() => this.open(), 10_000);
      }
    };
  }

  private show(state: string): void {
    document.querySelectorAll<HTMLElement>(".live").forEach((each) => (each.dataset["state"] = state));
  }

  private take(changes: Changes): void {
    this.version = Math.max(this.version, changes.v);
    // A long list is not rearranged under somebody's eyes: it says that there is more, and waits.
    document.querySelectorAll<HTMLElement>("[data-news]").forEach((each) => {
      if (changes.f.includes(each.dataset["news"] ?? "") || changes.f.includes(EVERYTHING)) each.hidden = false;
    });
    document.dispatchEvent(new CustomEvent("watchfloor:changes", { detail: changes.f }));
    for (const name of changes.f) {
      if (name === EVERYTHING) parts().forEach((part) => this.wanted.add(part.dataset["fragment"] ?? ""));
      else this.wanted.add(name);
    }
    this.soon(GATHER_MS);
  }

  private soon(wait: number): void {
    window.clearTimeout(this.timer);
    if (!this.fetching) this.timer = window.setTimeout(() => void this.refetch(), wait);
  }

  private async refetch(): Promise<void> {
    const here = new Set(parts().map((part) => part.dataset["fragment"]));
    const names = [...this.wanted].filter((name) => here.has(name)).slice(0, MOST_PARTS);
    if (!names.length) {
      this.wanted.clear();
      return;
    }
    names.forEach((name) => this.wanted.delete(name));
    this.fetching = true;
    try {
      const query = new URLSearchParams([["v", String(this.version)], ...names.map((name): [string, string] => ["f", name])]);
      const answer = await fetch(`/live/fragments?${query}`, { headers: { Accept: "application/json" } });
      if (answer.status === 401) window.location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = (await answer.json()) as Parts;
      for (const [name, html] of Object.entries(fresh.html)) await merge(name, html, fresh.v);
    } catch {
      names.forEach((name) => this.wanted.add(name));
      await new Promise((resolve) => window.setTimeout(resolve, RETRY_MS));
    } finally {
      this.fetching = false;
    }
    if (this.wanted.size) this.soon(0);
  }

  /** Parts that age by themselves (a countdown, a progress bar) are asked for every so many seconds. */
  private refreshTimed(): void {
    if (document.hidden) return;
    this.ticks += 1;
    document.querySelectorAll<HTMLElement>("[data-every][data-fragment]").forEach((part) => {
      const name = part.dataset["fragment"] ?? "";
      if (this.ticks % Math.max(1, Number(part.dataset["every"]))) return;
      void fetch(`/parts/${encodeURIComponent(name)}`).then(async (answer) => {
        if (answer.ok) await merge(name, await answer.text(), this.version);
      }).catch(() => undefined);
    });
  }
}

function parts(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-fragment]")];
}

/** Whether somebody has the cursor in a field of the part, or left words there that are not sent yet. */
function isWrittenIn(part: HTMLElement): boolean {
  if (part.contains(document.activeElement) && document.activeElement?.matches("input,textarea,select")) return true;
  const texts = part.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input:not([type=hidden]),textarea");
  return [...texts].some((field) => field.value !== field.defaultValue);
}

async function merge(name: string, html: string | null, version: number): Promise<void> {
  for (const part of document.querySelectorAll<HTMLElement>(`[data-fragment="${CSS.escape(name)}"]`)) {
    // What somebody is writing in stays; the next change brings the rest.
    if (isWrittenIn(part)) continue;
    if (html === null) {
      if (part.dataset["whenGone"] !== "keep") part.remove();
      continue;
    }
    await htmx.swap({ text: html, target: part, swap: "outerMorph", sourceElement: part });
  }
  document.dispatchEvent(new CustomEvent("watchfloor:merged", { detail: { name, version } }));
}

customElements.define("live-updates", LiveUpdates);
