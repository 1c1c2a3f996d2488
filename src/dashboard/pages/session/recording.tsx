/** A recorded session, pasted or dropped: the page that it would have. The server stores none of it. */

import { useState } from "preact/hooks";
import type { SessionDetail } from "../../api/answers.ts";
import { send } from "../../api/ask.ts";
import { addressOf } from "../../model/place.ts";
import { PageHead } from "../../parts/page-head.tsx";
import { Panel, Problem } from "../../parts/panel.tsx";
import { SessionView } from "./session-page.tsx";

interface FoldedRecording {
  /** Tells one from the next. */
  readonly number: number;
  readonly detail: SessionDetail | undefined;
  readonly problem: string | undefined;
}

export function RecordingPage() {
  const [text, setText] = useState("");
  const [folded, setFolded] = useState<FoldedRecording>({ number: 0, detail: undefined, problem: undefined });
  const fold = async (recording: string) => {
    const answer = await ask(recording);
    setFolded(({ number }) => ({ number: number + 1, ...answer }));
  };
  const take = async (files: FileList | null | undefined) => {
    const file = files?.[0];
    if (!file) return;
    const recording = await file.text();
    setText(recording);
    await fold(recording);
  };
  return (
    <>
      <nav class="crumbs" aria-label="Where this is">
        <a href={addressOf(["sessions"])}>Sessions</a>
      </nav>
      <PageHead
        title="Fold a recording"
        note={
          "The page of a session that was recorded elsewhere: an array of what was posted, or its lines of the " +
          "export of events. The server stores none of it."
        }
      />
      <Panel
        title="Recording"
        actions={
          <>
            <input type="file" aria-label="A file" onChange={({ currentTarget }) => void take(currentTarget.files)} />
            <button type="button" class="button" onClick={() => void fold(text)}>
              Fold
            </button>
          </>
        }
      >
        <textarea
          class="recording"
          aria-label="The recording as JSON"
          placeholder="Paste a session as JSON here, sessionStart first, or drop its file."
          rows={6}
          spellcheck={false}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
          onDragOver={(event) => event.preventDefault()}
          onDrop={(event) => {
            event.preventDefault();
            void take(event.dataTransfer?.files);
          }}
        />
        {folded.problem !== undefined && <Problem message={folded.problem} again={() => void fold(text)} />}
      </Panel>
      {folded.detail && <SessionView key={folded.number} first={folded.detail} stream={undefined} isStored={false} />}
    </>
  );
}

async function ask(body: string): Promise<Omit<FoldedRecording, "number">> {
  try {
    const response = await send("/admin/api/fold", { method: "POST", body });
    return { detail: (await response.json()) as SessionDetail, problem: undefined };
  } catch (error) {
    return { detail: undefined, problem: error instanceof Error ? error.message : String(error) };
  }
}
