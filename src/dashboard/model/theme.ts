/** Light or dark: the system's, until a choice is made. The browser keeps the choice. */

import { computed, effect, signal } from "@preact/signals";

export const THEMES = ["light", "dark", "system"] as const;
type Theme = (typeof THEMES)[number];

const KEY = "playhead-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const systemIsDark = signal(dark.matches);

export const theme = signal<Theme>("system");

/** The theme on screen. Charts can't use the stylesheet, and redraw when it changes. */
export const isDark = computed(() => (theme.value === "system" ? systemIsDark.value : theme.value === "dark"));

/** Applies the kept choice, and follows the system from now on. */
export function applyTheme(): void {
  const kept = localStorage.getItem(KEY);
  choose(THEMES.find((each) => each === kept) ?? "system");
  dark.addEventListener("change", () => {
    systemIsDark.value = dark.matches;
  });
  effect(() => {
    document.documentElement.dataset["theme"] = isDark.value ? "dark" : "light";
  });
}

export function choose(chosen: Theme): void {
  if (chosen === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, chosen);
  theme.value = chosen;
}
