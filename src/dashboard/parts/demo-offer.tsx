/** Offers a month of made-up viewers: in a directory and on a port of their own, so that no real data mixes with it. */

import { useState } from "preact/hooks";
import { SECOND_MS } from "../../base/units.ts";
import type { DemoMonth } from "../api/answers.ts";
import { AskError, send } from "../api/ask.ts";
import { formatCount } from "../format/numbers.ts";
import { useAnswer } from "../hooks/use-answer.ts";
import { access } from "../model/access.ts";
import { isOwnMachine } from "../model/own-machine.ts";

const PATH = "/admin/api/demo";
const LOOK_MS = SECOND_MS / 2;

export function DemoOffer() {
  if (!access.value?.isAdmin) return null;
  // The demo listens to its own machine alone.
  const isHere = location.protocol === "http:" && isOwnMachine();
  return (
    <div class="demo-offer">
      <p>Or look at it full first, with a month of made-up viewers beside this server and apart from its data:</p>
      {isHere ? <DemoButton /> : <code>playhead demo</code>}
    </div>
  );
}

function DemoButton() {
  const [isAsked, setAsked] = useState(false);
  const [problem, setProblem] = useState<string>();
  const { answer } = useAnswer<DemoMonth>(isAsked ? PATH : undefined, LOOK_MS);
  const begin = async () => {
    try {
      const demo = (await (await send(PATH, { method: "POST" })).json()) as DemoMonth;
      setAsked(demo.state !== "none");
      setProblem(demo.problem ?? undefined);
    } catch (error) {
      setProblem(error instanceof AskError ? error.message : String(error));
    }
  };
  return (
    <>
      <Begun demo={answer} isAsked={isAsked} begin={() => void begin()} />
      {(problem ?? answer?.problem) && (
        <p class="problem" role="alert">
          {problem ?? answer?.problem}
        </p>
      )}
    </>
  );
}

interface BegunProps {
  readonly demo: DemoMonth | undefined;
  readonly isAsked: boolean;
  readonly begin: () => void;
}

function Begun({ demo, isAsked, begin }: BegunProps) {
  if (demo?.port) {
    return (
      <a
        class="button primary"
        href={`http://${location.hostname}:${demo.port}/admin`}
        target="_blank"
        rel="noreferrer"
      >
        Open the demo
      </a>
    );
  }
  if (demo === undefined || demo.state !== "filling") {
    return (
      <button type="button" class="button" disabled={isAsked && demo === undefined} onClick={begin}>
        Make a demo month
      </button>
    );
  }
  return (
    <p role="status">
      <progress max={demo.total} value={demo.done} aria-label="Making the demo month" /> {formatCount(demo.done)}
      {` of ${formatCount(demo.total)} sessions`}
    </p>
  );
}
