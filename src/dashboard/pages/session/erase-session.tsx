/** Erases the session of this page, once its reader has confirmed it. */

import { useId, useRef, useState } from "preact/hooks";
import { send } from "../../api/ask.ts";
import { addressOf } from "../../model/place.ts";
import { keptParams } from "../../model/scope.ts";

export function EraseSession({ sid }: { readonly sid: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const [isErasing, setErasing] = useState(false);
  const [problem, setProblem] = useState<string>();
  const erase = async () => {
    setErasing(true);
    setProblem(undefined);
    try {
      await send(`/admin/api/sessions/${sid}`, { method: "DELETE" });
      location.hash = addressOf(["sessions"], keptParams());
    } catch (error) {
      setProblem(`The session is not erased: ${(error as Error).message}`);
      setErasing(false);
    }
  };
  return (
    <>
      <button type="button" class="button small" onClick={() => dialog.current?.showModal()}>
        Erase…
      </button>
      <dialog ref={dialog} class="confirm panel" aria-labelledby={titleId}>
        <h2 id={titleId}>Erase this session?</h2>
        <p>It goes with all its events and numbers, from every report and file. It can't be undone.</p>
        {problem && (
          <p class="bad" role="alert">
            {problem}
          </p>
        )}
        <p class="confirm-choice">
          <button type="button" class="button" onClick={() => dialog.current?.close()}>
            Keep it
          </button>
          <button type="button" class="button danger" disabled={isErasing} onClick={() => void erase()}>
            {isErasing ? "Erasing…" : "Erase it"}
          </button>
        </p>
      </dialog>
    </>
  );
}
