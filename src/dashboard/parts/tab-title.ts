/** What the browser's tab is called. */

import { useEffect } from "preact/hooks";

/** From the particular to the general; the product comes last. */
export function useTabTitle(...words: readonly (string | undefined)[]): void {
  const title = [...words, "Playhead"].filter(Boolean).join(" · ");
  useEffect(() => {
    document.title = title;
  }, [title]);
}
