/** Which of a body's examples the page shows: there is room for one. */

import type { DocumentedContent } from "../openapi/form.ts";

/** The first example of a body; undefined where it has none. */
export function firstExample({ example, examples = {} }: DocumentedContent): unknown {
  return example ?? Object.values(examples)[0]?.value;
}
