// Light, dark or as the system wishes. A wall chooses by its address, a person by their account.
const ORDER = ["system", "light", "dark"] as const;

export function startTheme(): void {
  const root = document.documentElement;
  document.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLElement>("[data-theme-switch]");
    if (!button) return;
    const now = ORDER.indexOf((root.dataset["theme"] ?? "system") as (typeof ORDER)[number]);
    const next = ORDER[(now + 1) % ORDER.length] ?? "system";
    root.dataset["theme"] = next;
    const token = document.querySelector<HTMLMetaElement>("meta[name=csrf-token]")?.content ?? "";
    void fetch("/account/theme", {
      method: "POST",
      headers: { "X-CSRFToken": token, "Content-Type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ theme: next }),
    });
  });
}
