/** Back leads to where the page was scrolled, once its panels are as high again; a link to another page to its top. */

import { elapsedMs } from "./clock.ts";

const RESTORE_MS_MAX = 4000;

interface Kept {
  readonly visit: number;
}

/** How far each visited place was scrolled, by its number in the browser's history. */
const scrolled = new Map<number, number>();
let visit = 0;
let latest = 0;
let restoring: (() => void) | undefined;

/** Follows the address and the scroll position from now on. */
export function rememberScroll(): void {
  history.scrollRestoration = "manual";
  visit = begin();
  let path = pathOf();
  addEventListener("hashchange", () => {
    restoring?.();
    const known = (history.state as Kept | null)?.visit;
    visit = known ?? begin();
    if (known !== undefined) restore(scrolled.get(known) ?? 0);
    else if (pathOf() !== path) scrollTo(0, 0);
    path = pathOf();
  });
  addEventListener("scroll", () => restoring ?? scrolled.set(visit, scrollY), { passive: true });
}

function begin(): number {
  latest += 1;
  history.replaceState({ visit: latest } satisfies Kept, "");
  return latest;
}

function pathOf(): string {
  return location.hash.split("?")[0] ?? "";
}

/** Scrolls as soon as the page is high enough, unless the reader scrolls first. */
function restore(y: number): void {
  const sinceMs = elapsedMs();
  const attempt = () => {
    scrollTo(0, y);
    if (Math.abs(scrollY - y) <= 1 || elapsedMs() - sinceMs > RESTORE_MS_MAX) stop();
  };
  const grown = new ResizeObserver(attempt);
  const stop = () => {
    grown.disconnect();
    removeEventListener("wheel", stop);
    restoring = undefined;
    scrolled.set(visit, scrollY);
  };
  restoring = stop;
  addEventListener("wheel", stop, { passive: true });
  grown.observe(document.body);
}
