// Single keys, for those who want them (WCAG 2.1.4: they can be turned off in the account).
const PLACES: Record<string, string> = { f: "/", p: "/portfolio", a: "/alerts", s: "/submissions", i: "/imports", w: "/wall" };

export function startKeys(): void {
  if (document.body.dataset["keys"] !== "on") return;
  let before = "";
  document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input,textarea,select,[contenteditable],dialog[open]")) return;
    const key = event.key;
    if (before === "g") {
      before = "";
      const place = PLACES[key];
      if (place) window.location.assign(place);
      return;
    }
    before = key;
    if (key === "?") document.querySelector<HTMLDialogElement>("#keys-help")?.showModal();
    else if (key === "/") {
      const search = document.querySelector<HTMLInputElement>("input[type=search]");
      if (!search) return;
      search.focus();
      event.preventDefault();
    } else if (key === "j" || key === "k") move(key === "j" ? 1 : -1);
    else if (key === "a") press("[data-key=acknowledge]");
    else if (key === "e") press("[data-key=escalate]");
    else if (key === "s") press("[data-key=snooze]");
    else if (key === "r") press("[data-key=resolve]");
    else if (key === "u") press("[data-key=undo]");
    else if (key === "x") choose();
  });
}

function move(step: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row] a[href]")].filter((row) => row.offsetParent !== null);
  const firsts = rows.filter((row) => row.closest("[data-row]")?.querySelector("a[href]") === row);
  if (!firsts.length) return;
  const now = firsts.findIndex((row) => row === document.activeElement || row.closest("[aria-current=true]"));
  const next = firsts[Math.min(firsts.length - 1, Math.max(0, now + step))];
  if (document.querySelector(".inbox") && next instanceof HTMLAnchorElement) window.location.assign(next.href);
  else next?.focus();
}

/** Marks the alert at hand, or unmarks it, for a step together with others. */
function choose(): void {
  const row = document.activeElement?.closest("[data-row]") ?? document.querySelector("[data-row][aria-current=true]");
  row?.querySelector<HTMLInputElement>(".pick input")?.click();
}

function press(selector: string): void {
  const row = document.activeElement?.closest("[data-row]");
  const control = (row ?? document).querySelector<HTMLElement>(selector);
  if (control instanceof HTMLInputElement || control instanceof HTMLSelectElement || control instanceof HTMLTextAreaElement) control.focus();
  else control?.click();
}
