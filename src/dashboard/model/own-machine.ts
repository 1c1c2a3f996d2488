/** Whether browser and server are on one machine. */

const NAMES: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

export function isOwnMachine(): boolean {
  return NAMES.has(location.hostname);
}
