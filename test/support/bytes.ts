/** What is in the bytes of files, whoever holds them open. */

/**
 * The files of a directory that hold a text somewhere among their bytes.
 *
 * Another process reads them: whoever closes a database's file drops every lock that their own process has on it.
 */
export function filesWith(directory: string, text: string): string[] {
  const found = Bun.spawnSync(["grep", "-rlaF", "-e", text, directory]);
  // 1 is for no match; anything above is for a search that failed.
  if (found.exitCode > 1) throw new Error(`grep ended with ${found.exitCode}: ${found.stderr}`);
  return found.stdout.toString().split("\n").filter(Boolean);
}
