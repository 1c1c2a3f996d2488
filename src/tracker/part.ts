/** Parts of the tracker that are loaded only when they are asked for. */

/** Imports a part by its name: from the server as a script, from its own files in the package. */
export type ImportPart = (server: string, name: string) => Promise<unknown>;

/** Imports a part and uses it. @returns undefined where either fails */
export type UsePart = <Part, Result>(
  name: string,
  use: (part: Part) => Result | PromiseLike<Result>,
) => Promise<Result | undefined>;

export const fromServer: ImportPart = (server, name) => import(`${server}/tracker/${name}.mjs`);

/** Names that only a developer's own machine has. */
export const LOCAL = /^(localhost|127\.|\[::1)/;
