/** JSON with the keys of every object sorted: two values are equal exactly when their texts are. */

export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each) => (isObject(each) ? sorted(each) : each));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sorted(value: object): object {
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
