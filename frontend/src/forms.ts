// Forms inside live parts are shared between viewers, so the page adds its own token when they are sent.
export function startForms(): void {
  const token = document.querySelector<HTMLMetaElement>("meta[name=csrf-token]")?.content ?? "";

  document.addEventListener("htmx:config:request", (event) => {
    const { ctx } = (event as CustomEvent<{ ctx: { request: { headers: Record<string, string> } } }>).detail;
    ctx.request.headers["X-CSRFToken"] = token;
  });

  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target as HTMLFormElement;
      if (form.method === "post" && !form.querySelector("[name=csrfmiddlewaretoken]")) {
        const field = document.createElement("input");
        field.type = "hidden";
        field.name = "csrfmiddlewaretoken";
        field.value = token;
        form.append(field);
      }
      // Only what cannot be taken back asks; everything else offers Undo.
      const question = form.dataset["confirm"];
      if (question && !window.confirm(question)) event.preventDefault();
    },
    true,
  );

  document.addEventListener("change", (event) => {
    const field = event.target as HTMLElement;
    if (field.matches("[data-submits]")) field.closest("form")?.requestSubmit();
    if (field instanceof HTMLInputElement && field.dataset["chooses"]) {
      const boxes = document.querySelectorAll<HTMLInputElement>(`input[type=checkbox][name="${field.dataset["chooses"]}"]`);
      boxes.forEach((box) => (box.checked = field.checked));
    }
  });

  document.addEventListener("click", (event) => {
    const target = event.target as HTMLElement;
    const opener = target.closest<HTMLElement>("[data-opens]");
    if (opener) document.querySelector<HTMLDialogElement>(`#${opener.dataset["opens"]}`)?.showModal();
    const copier = target.closest<HTMLElement>("[data-copies]");
    if (copier) void navigator.clipboard.writeText(document.querySelector(`#${copier.dataset["copies"]}`)?.textContent ?? "");
  });
}
