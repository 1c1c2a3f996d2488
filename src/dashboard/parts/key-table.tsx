/** Keys with their values, as the player sent them; documented keys say what they mean. */

import { PARAMETERS } from "../../protocol/parameters.ts";

interface KeyTableProps {
  readonly label: string;
  readonly values: Readonly<Record<string, unknown>>;
}

const MEANINGS: ReadonlyMap<string, string> = new Map(PARAMETERS.map(({ key, summary }) => [key, summary]));

export function KeyTable({ label, values }: KeyTableProps) {
  const keys = Object.keys(values);
  if (keys.length === 0) return null;
  return (
    <table class="key-table">
      <caption>
        {label} <span class="note">{keys.length}</span>
      </caption>
      <tbody>
        {keys.map((key) => (
          <tr key={key}>
            <th scope="row" title={MEANINGS.get(key) ?? "Not documented"}>
              {key}
            </th>
            <td>{textOf(values[key])}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function textOf(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
