/** The catalogue of operators: what a filter may ask of a value. */

export const OPERATORS = {
  "==": "Equals. `(not set)`, in JSON `null`, stands for no value.",
  "!=": "Differs, or has no value.",
  "=~": "Contains the text, in upper or lower case.",
  ">": "Is a greater number.",
  "<": "Is a smaller number.",
  in: 'Is one of the values: `in a,b`, or as JSON where a value has a comma: `in ["a,b"]`.',
} as const;
export type Operator = keyof typeof OPERATORS;
