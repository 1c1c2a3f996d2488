/** A button that copies a text to the clipboard. */

import { useEffect, useState } from "preact/hooks";

interface CopyProps {
  readonly text: string;
  /** What is copied, for screen readers. */
  readonly label: string;
}

const TOLD_MS = 1500;

export function Copy({ text, label }: CopyProps) {
  const [state, setState] = useState<"ready" | "done" | "refused">("ready");
  useEffect(() => {
    if (state === "ready") return;
    const timer = setTimeout(() => setState("ready"), TOLD_MS);
    return () => clearTimeout(timer);
  }, [state]);
  // Over http, browsers allow the clipboard to localhost alone.
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState("done");
    } catch {
      setState("refused");
    }
  };
  return (
    <button type="button" class="button small" aria-label={`Copy ${label}`} onClick={() => void copy()}>
      <span aria-live="polite">{state === "ready" ? "Copy" : state === "done" ? "Copied" : "Not allowed"}</span>
    </button>
  );
}
