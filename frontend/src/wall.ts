// The wall turns its tabs by itself and starts afresh once a day; nobody ever has to click.
class WallRotation extends HTMLElement {
  connectedCallback(): void {
    const seconds = Math.max(10, Number(this.getAttribute("seconds") ?? "30"));
    const next = this.getAttribute("next");
    if (next && new URLSearchParams(window.location.search).get("rotate") !== "off") {
      window.setTimeout(() => void this.turn(next), seconds * 1000);
    }
    window.setTimeout(() => window.location.reload(), 24 * 3600 * 1000);
  }

  private async turn(next: string): Promise<void> {
    try {
      // Only when the server answers: a wall that shows the last known state beats an error page.
      const answer = await fetch("/livez", { cache: "no-store" });
      if (answer.ok) window.location.replace(next);
      else throw new Error();
    } catch {
      window.setTimeout(() => void this.turn(next), 5000);
    }
  }
}

customElements.define("wall-rotation", WallRotation);
