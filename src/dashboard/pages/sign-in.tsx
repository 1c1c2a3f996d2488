/** Signing in: exchanges a token for a cookie. */

import { useEffect, useRef, useState } from "preact/hooks";
import { AskError } from "../api/ask.ts";
import { signIn } from "../model/sign-in.ts";
import { Copy } from "../parts/copy.tsx";
import { Icon } from "../parts/icon.tsx";

const UNAUTHORIZED = 401;
/** Shows it whatever the data directory and the environment are. */
const COMMAND = "playhead token";

export function SignIn() {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState<string>();
  const [isWaiting, setWaiting] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    setWaiting(true);
    try {
      await signIn(token.trim());
    } catch (error) {
      setProblem(wordsOf(error));
      setWaiting(false);
      field.current?.focus();
    }
  }

  return (
    <main class="door">
      <form class="panel" onSubmit={submit}>
        <span class="brand-mark" aria-hidden="true">
          <Icon paths="M5 4v12M9 5l8 5-8 5z" />
        </span>
        <h1>Sign in to Playhead</h1>
        {/* For whatever keeps passwords: it wants to know whose this one is. */}
        <input type="text" name="username" autocomplete="username" value="admin" hidden readOnly />
        <Secret value={token} onInput={setToken} field={field} />
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" class="button primary" disabled={isWaiting}>
          {isWaiting ? "Signing in…" : "Sign in"}
        </button>
        <div class="door-hint note">
          <p>On the server, this shows the admin token:</p>
          <div class="snippet">
            <pre class="code">{COMMAND}</pre>
            <Copy text={COMMAND} label="the command" />
          </div>
          <p>
            In a clone, put <code>bun run</code> before it. The file <code>admin-token</code> in the data directory has
            it, too.
          </p>
          <p>A named token that an admin gave you signs you in too.</p>
        </div>
      </form>
    </main>
  );
}

interface SecretProps {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly field: { readonly current: HTMLInputElement | null };
}

/** Sixty-four digits are easier to check when they can be seen. */
function Secret({ value, onInput, field }: SecretProps) {
  const [isShown, setShown] = useState(false);
  return (
    <div class="field">
      <label for="token">Token</label>
      <div class="secret">
        <input
          id="token"
          ref={field}
          // The types take one or the other, not either.
          type={(isShown ? "text" : "password") as "password"}
          name="token"
          autocomplete="current-password"
          spellcheck={false}
          required
          value={value}
          onInput={({ currentTarget }) => onInput(currentTarget.value)}
        />
        <button type="button" class="button" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
          {isShown ? "Hide" : "Show"}
        </button>
      </div>
    </div>
  );
}

function wordsOf(error: unknown): string {
  if (!(error instanceof AskError)) return String(error);
  return error.status === UNAUTHORIZED ? "That token is not right." : error.message;
}
