/** Installs packages that tests need, on a Debian with leave to do so. */

/** @returns whether packages may be installed here at all */
export function mayInstall(): boolean {
  return Bun.which("apt-get") !== null && process.getuid?.() === 0;
}

/** Installs packages without starting their services. @throws Error with the output of the command that failed */
export function install(...packages: readonly string[]): void {
  run("apt-get", "update", "-qq");
  run("apt-get", "install", "-y", "-qq", "--no-install-recommends", ...packages);
}

function run(...command: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(command, {
    stdout: "ignore",
    stderr: "pipe",
    // Debian starts no services in runlevel 1.
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
  });
  if (exitCode === 0) return;
  throw new Error(`${command.join(" ")} ended with ${exitCode}: ${stderr.toString().slice(-2000)}`);
}
