// Clocks: the wall's time, and how long ago something was. The server's words stay when script is off.
const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

class WallClock extends HTMLElement {
  private timer: number | undefined;

  connectedCallback(): void {
    const form = new Intl.DateTimeFormat(document.documentElement.lang || "en", {
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
      timeZone: this.getAttribute("zone") ?? "UTC",
    });
    const show = (): void => {
      const words = form.format(new Date());
      if (this.textContent !== words) this.textContent = words;
    };
    show();
    this.timer = window.setInterval(show, 1000);
  }

  disconnectedCallback(): void {
    window.clearInterval(this.timer);
  }
}

class TimeAgo extends HTMLElement {
  private timer: number | undefined;

  connectedCallback(): void {
    const when = Date.parse(this.getAttribute("datetime") ?? "");
    if (Number.isNaN(when)) return;
    const form = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto", style: "short" });
    const show = (): void => {
      const gone = Math.max(0, (Date.now() - when) / 1000);
      const [unit, length] = units.find(([, seconds]) => gone >= seconds) ?? ["second", 1];
      this.textContent = form.format(-Math.floor(gone / length), unit);
    };
    show();
    this.timer = window.setInterval(show, 20_000);
  }

  disconnectedCallback(): void {
    window.clearInterval(this.timer);
  }
}

customElements.define("wall-clock", WallClock);
customElements.define("time-ago", TimeAgo);
