/** Named tokens: which there are, a new one, and revoking one. */

import { useState } from "preact/hooks";
import type { TokenList, TokenView } from "../api/answers.ts";
import { AskError, send } from "../api/ask.ts";
import { formatTime } from "../format/times.ts";
import { useAnswer } from "../hooks/use-answer.ts";
import { access, rightsOf } from "../model/access.ts";
import { Code } from "../parts/code.tsx";
import { Copy } from "../parts/copy.tsx";
import { DataTable, type TableColumn } from "../parts/data-table.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Answered, Empty, Panel } from "../parts/panel.tsx";

const PATH = "/admin/api/tokens";

/** As wide as `30 Nov, 14:30`. */
const MOMENT = "minmax(8.5rem, 1fr)";

export function TokensPage() {
  const asked = useAnswer<TokenList>(access.value?.isAdmin ? PATH : undefined);
  if (!access.value) return <div class="waiting" role="status" aria-label="Loading" />;
  return (
    <>
      <PageHead title="Tokens" note="Each has a name, and can be limited and revoked without the others." />
      {access.value.isAdmin ? (
        <div class="rows">
          <NewToken onMade={asked.again} />
          <Panel title="Named tokens">
            <Answered
              asked={asked}
              isEmpty={({ tokens }) => tokens.length === 0}
              empty={<p>There is only the admin token.</p>}
            >
              {({ tokens }) => <TokenTable tokens={tokens} onRevoked={asked.again} />}
            </Answered>
          </Panel>
        </div>
      ) : (
        <Empty>
          <p>This browser is signed in with a token that may not do this. Sign in with the admin token.</p>
        </Empty>
      )}
    </>
  );
}

interface Made {
  readonly name: string;
  readonly token: string;
}

function NewToken({ onMade }: { readonly onMade: () => void }) {
  const [made, setMade] = useState<Made>();
  const [problem, setProblem] = useState<string>();

  async function create(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    try {
      const headers = { "Content-Type": "application/json" };
      const response = await send(PATH, { method: "POST", headers, body: JSON.stringify(askedIn(form)) });
      setMade((await response.json()) as Made);
      setProblem(undefined);
      form.reset();
      onMade();
    } catch (error) {
      setProblem(wordsOf(error));
    }
  }

  return (
    <Panel title="A new token">
      <form class="panel-body token-form" onSubmit={(event) => void create(event)}>
        <Field name="name" label="Name" required />
        <Field name="reportSuite" label="Only this report suite" />
        <Field name="channel" label="Only this channel" />
        <label class="token-switch">
          <input type="checkbox" name="readOnly" />
          <span>Read-only, without personal data</span>
        </label>
        <button type="submit" class="button primary">
          Create
        </button>
      </form>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {made && (
        <div class="panel-body token-made" role="status">
          <p>
            This is <strong>{made.name}</strong>. It is never shown again.
          </p>
          <Code label={`The token ${made.name}`}>{made.token}</Code>
          <Copy text={made.token} label="the token" />
        </div>
      )}
    </Panel>
  );
}

function Field({ name, label, required = false }: { name: string; label: string; required?: boolean }) {
  return (
    <label class="field">
      <span>{label}</span>
      <input type="text" name={name} required={required} maxLength={required ? 64 : 1024} autocomplete="off" />
    </label>
  );
}

/** An empty field limits nothing. */
function askedIn(form: HTMLFormElement): object {
  const fields = new FormData(form);
  const textOf = (name: string) => String(fields.get(name) ?? "").trim();
  return {
    name: textOf("name"),
    readOnly: fields.get("readOnly") !== null,
    reportSuite: textOf("reportSuite") || null,
    channel: textOf("channel") || null,
  };
}

function TokenTable({ tokens, onRevoked }: { readonly tokens: readonly TokenView[]; readonly onRevoked: () => void }) {
  const [problem, setProblem] = useState<string>();
  const revoke = (name: string) =>
    send(`${PATH}/${name}`, { method: "DELETE" }).then(
      () => {
        setProblem(undefined);
        onRevoked();
      },
      (error) => setProblem(wordsOf(error)),
    );
  const columns: readonly TableColumn<TokenView>[] = [
    { id: "name", title: "Name", cell: ({ name }) => <span class="mono">{name}</span> },
    { id: "rights", title: "May", width: "minmax(12rem, 2fr)", cell: (token) => rightsOf(token) ?? "everything" },
    { id: "created", title: "Created", width: MOMENT, cell: ({ createdAt }) => formatTime(createdAt, "minute") },
    {
      id: "used",
      title: "Last used",
      width: MOMENT,
      hint: "The hour of its last use.",
      cell: ({ usedAt }) => (usedAt === null ? "never" : formatTime(usedAt, "minute")),
    },
    { id: "revoke", title: "Revoke", cell: ({ name }) => <Revoke name={name} revoke={() => void revoke(name)} /> },
  ];
  return (
    <>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <DataTable label="Named tokens" columns={columns} rows={tokens} keyOf={({ name }) => name} rowHeight={46} />
    </>
  );
}

/** Asks once more, since what uses the token fails from then on. */
function Revoke({ name, revoke }: { readonly name: string; readonly revoke: () => void }) {
  const [isSure, setSure] = useState(false);
  return (
    <button
      type="button"
      class="button small"
      aria-label={isSure ? `Revoke ${name} for good` : `Revoke ${name}`}
      onClick={() => (isSure ? revoke() : setSure(true))}
      onBlur={() => setSure(false)}
    >
      {isSure ? "For good" : "Revoke"}
    </button>
  );
}

function wordsOf(error: unknown): string {
  return error instanceof AskError ? error.message : String(error);
}
