/** The door: a token is given for a cookie. */

import { useState } from "preact/hooks";
import { AskError } from "../api/ask.ts";
import { signIn } from "../api/sign-in.ts";

export function SignIn() {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState<string>();
  const [isWaiting, setWaiting] = useState(false);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    setWaiting(true);
    try {
      await signIn(token.trim());
    } catch (error) {
      setProblem(
        error instanceof AskError && error.status !== 401 ? error.message : "That is no token of this server.",
      );
      setWaiting(false);
    }
  }

  return (
    <main class="door">
      <form class="panel" onSubmit={submit}>
        <h1>Playhead</h1>
        <p class="note">Sign in with the admin token: PLAYHEAD_ADMIN_TOKEN, or the file in the data directory.</p>
        <pre class="code">playhead token</pre>
        {/* For whatever keeps passwords: it wants to know whose this one is. */}
        <input type="text" name="username" autocomplete="username" value="admin" hidden readOnly />
        <label class="field">
          <span>Admin token, or a named one</span>
          <input
            type="password"
            name="token"
            autocomplete="current-password"
            required
            value={token}
            onInput={({ currentTarget }) => setToken(currentTarget.value)}
          />
        </label>
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" class="button primary" disabled={isWaiting}>
          Sign in
        </button>
      </form>
    </main>
  );
}
