/** Parts of the tracker that are loaded only when they are asked for. */

/** Loads one and uses it. @returns undefined where either fails */
export function withPart<Part, Result>(
  server: string,
  name: string,
  use: (part: Part) => Result | PromiseLike<Result>,
): Promise<Result | undefined> {
  return import(`${server}/tracker/${name}.mjs`).then(use).catch(() => undefined);
}
