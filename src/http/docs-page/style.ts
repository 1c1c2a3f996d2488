/** The page's style, embedded: a compiled binary has no folder to read. */

import entries from "./entries.css" with { type: "text" };
import frame from "./frame.css" with { type: "text" };

/** The frame comes first: what stands in it may overrule it. */
export const STYLE: string = frame + entries;
