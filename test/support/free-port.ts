/** A port that nobody listens on now: for what can't be told to take any. */

export function freePort(): number {
  const probe = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const { port = 0 } = probe;
  void probe.stop(true);
  return port;
}
