/** Searches the bytes of files, even while a server holds them open. */

/**
 * Finds the files of a directory that hold a text among their bytes.
 *
 * Another process reads them: a process that closes a database's file drops every lock that it holds on it.
 */
export function filesWith(directory: string, text: string): string[] {
  const found = Bun.spawnSync(["grep", "-rlaF", "-e", text, directory]);
  // Exit code 1 means no match; a higher one means that the search failed.
  if (found.exitCode > 1) throw new Error(`grep ended with ${found.exitCode}: ${found.stderr}`);
  return found.stdout.toString().split("\n").filter(Boolean);
}
