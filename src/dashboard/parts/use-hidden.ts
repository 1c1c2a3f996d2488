/** Which lines of a chart the reader has taken away. */

import { useState } from "preact/hooks";

export function useHidden(): [ReadonlySet<string>, (label: string) => void] {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const toggle = (label: string) =>
    setHidden(
      (before) => new Set(before.has(label) ? [...before].filter((each) => each !== label) : [...before, label]),
    );
  return [hidden, toggle];
}
