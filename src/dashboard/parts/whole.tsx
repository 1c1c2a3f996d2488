/** One whole in parts: a bar of them, and what each is. */

import { formatCount, formatShare } from "../format/numbers.ts";
import type { PlotLine } from "./plot.ts";

interface WholeProps {
  readonly label: string;
  readonly parts: readonly { readonly label: string; readonly count: number; readonly tone: PlotLine["tone"] }[];
}

export function Whole({ label, parts }: WholeProps) {
  const all = parts.reduce((sum, { count }) => sum + count, 0);
  return (
    <div class="whole">
      <div class="whole-bar" aria-hidden="true">
        {parts.map((part) => (
          <span key={part.label} class={`line-swatch ${part.tone}`} style={{ flexGrow: String(part.count) }} />
        ))}
      </div>
      <table aria-label={label}>
        <tbody>
          {parts.map((part) => (
            <tr key={part.label}>
              <th scope="row">
                <i class={`line-swatch ${part.tone}`} aria-hidden="true" /> {part.label}
              </th>
              <td>{formatCount(part.count)}</td>
              <td>{formatShare(all === 0 ? null : part.count / all)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
