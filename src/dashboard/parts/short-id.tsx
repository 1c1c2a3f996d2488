/** An id of many digits by its ends: whole on hover, and when it is copied. */

import { Copy } from "./copy.tsx";

interface ShortIdProps {
  readonly id: string;
  /** What it is, for screen readers. */
  readonly label: string;
}

const CHARS_MAX = 16;

/** `01a22906…1dfad` */
function shortened(id: string): string {
  return id.length <= CHARS_MAX ? id : `${id.slice(0, 8)}…${id.slice(-5)}`;
}

export function ShortId({ id, label }: ShortIdProps) {
  return (
    <span class="short-id">
      <code title={id}>{shortened(id)}</code>
      <Copy text={id} label={label} />
    </span>
  );
}
