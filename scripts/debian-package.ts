/** Installs packages that tests need, where this is a Debian with leave to do so. */

/** @returns whether they may be installed here at all */
export function mayInstall(): boolean {
  return Bun.which("apt-get") !== null && process.getuid?.() === 0;
}

/** Installs packages without starting what is in them. @throws Error with the words of whatever failed */
export function install(...packages: readonly string[]): void {
  run("apt-get", "update", "-qq");
  run("apt-get", "install", "-y", "-qq", "--no-install-recommends", ...packages);
}

function run(...command: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(command, {
    stdout: "ignore",
    stderr: "pipe",
    // Services are not started in runlevel 1.
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
  });
  if (exitCode === 0) return;
  throw new Error(`${command.join(" ")} ended with ${exitCode}: ${stderr.toString().slice(-2000)}`);
}
