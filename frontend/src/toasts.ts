// Messages leave after ten seconds, the time in which Undo is offered; pointing at one keeps it.
const SHOWN_MS = 10_000;

export function startToasts(): void {
  const box = document.querySelector<HTMLElement>(".toasts");
  if (!box) return;
  const mind = (toast: Element): void => {
    let timer = window.setTimeout(() => toast.remove(), SHOWN_MS);
    toast.addEventListener("pointerenter", () => window.clearTimeout(timer));
    toast.addEventListener("pointerleave", () => (timer = window.setTimeout(() => toast.remove(), SHOWN_MS)));
  };
  box.querySelectorAll(".toast").forEach(mind);
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) if (node instanceof HTMLElement && node.matches(".toast")) mind(node);
    }
  }).observe(box, { childList: true });
}
