// Ctrl-K: a few letters, and one is there. The list comes from the server, so it holds what the reader may see.
export function startPalette(): void {
  const dialog = document.querySelector<HTMLDialogElement>("#palette");
  const field = dialog?.querySelector("input");
  const list = dialog?.querySelector("ul");
  if (!dialog || !field || !list) return;
  let asking = new AbortController();
  let waiting = 0;

  const ask = async (): Promise<void> => {
    asking.abort();
    asking = new AbortController();
    const answer = await fetch(`/jump?q=${encodeURIComponent(field.value)}`, { headers: { "HX-Request": "true" }, signal: asking.signal }).catch(() => null);
    if (!answer?.ok) return;
    list.innerHTML = await answer.text();
    choose(list.querySelector<HTMLElement>("[role=option]"));
  };

  const choose = (option: HTMLElement | null): void => {
    list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) field.setAttribute("aria-activedescendant", option.id);
    else field.removeAttribute("aria-activedescendant");
  };

  const open = (): void => {
    if (dialog.open) return;
    dialog.showModal();
    field.select();
    void ask();
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
  document.addEventListener("click", (event) => {
    if (!(event.target as Element).closest("[data-palette]")) return;
    event.preventDefault();
    open();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  field.addEventListener("input", () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => void ask(), 80);
  });
  field.addEventListener("keydown", (event) => {
    const options = [...list.querySelectorAll<HTMLElement>("[role=option]")];
    const now = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") choose(options[Math.min(options.length - 1, now + 1)] ?? null);
    else if (event.key === "ArrowUp") choose(options[Math.max(0, now - 1)] ?? null);
    else if (event.key === "Enter") options[now]?.querySelector("a")?.click();
    else return;
    event.preventDefault();
  });
}
