/** How strictly events are taken: `standard` keeps and flags what it can, `strict` answers as the schemas do. */

export const VALIDATION_MODES = ["standard", "strict"] as const;
export type ValidationMode = (typeof VALIDATION_MODES)[number];
