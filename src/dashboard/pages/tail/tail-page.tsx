/** The live tail: every event and every refused request as it arrives, for integrating a player. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { counted } from "../../../base/counted.ts";
import { SECOND_MS } from "../../../base/units.ts";
import type { LiveSnapshot } from "../../api/answers.ts";
import { formatCompact, formatCount } from "../../format/numbers.ts";
import { useAnswer } from "../../hooks/use-answer.ts";
import { change, place } from "../../model/place.ts";
import { GROUPS, groupOf, groupsAsText, groupsIn, type TailEntry, type TailGroup } from "../../model/tail.ts";
import { FirstSteps } from "../../parts/first-steps.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Empty, Panel } from "../../parts/panel.tsx";
import { StreamLight } from "../../parts/stream-state.tsx";
import { isNewcomer, useProgress } from "../../parts/use-progress.ts";
import { TailDetail } from "./tail-detail.tsx";
import { TailList } from "./tail-list.tsx";
import { type Tail, useTail } from "./use-tail.ts";

export function TailPage() {
  const { params } = place.value;
  const sid = params.get("sid") ?? "";
  const player = params.get("player") ?? "";
  const shown = params.get("show");
  const groups = useMemo(() => groupsIn(shown), [shown]);
  const [isStopped, setStopped] = useState(false);
  const [isHeld, setHeld] = useState(false);
  const [chosen, setChosen] = useState<TailEntry>();
  const search = new URLSearchParams({ ...(sid && { sid }), ...(player && { player }) }).toString();
  const tail = useTail(search, isStopped || isHeld);
  const rows = useMemo(() => tail.items.filter((item) => groups.has(groupOf(item) as TailGroup)), [tail.items, groups]);
  useSpace(() => setStopped((before) => !before));
  return (
    <>
      <PageHead title="Live tail" note="As it arrives, kept while this page is open. Sessions have all of it.">
        <span class="tail-rate">
          <StreamLight state={tail.state} />
          {tail.perMinute > 0 && <span class="note">{formatCompact(tail.perMinute)}/min</span>}
        </span>
      </PageHead>
      <div class={chosen ? "tail with-detail" : "tail"}>
        <Panel
          title="Arrivals"
          count={`${formatCount(rows.length)} kept`}
          note={tail.skipped > 0 ? `${formatCount(tail.skipped)} skipped (too fast to show)` : undefined}
          actions={
            <>
              <PauseButton tail={tail} isStopped={isStopped} isHeld={isHeld} onChange={setStopped} />
              <button type="button" class="button" onClick={tail.clear}>
                Clear
              </button>
            </>
          }
        >
          <div class="tail-filters">
            <Chips groups={groups} tail={tail} />
            <Wanted key={`${sid} ${player}`} sid={sid} player={player} items={tail.items} />
          </div>
          {rows.length === 0 ? (
            <Quiet sid={sid} player={player} groups={groups} tail={tail} />
          ) : (
            <TailList rows={rows} chosen={chosen} onChoose={setChosen} onHold={setHeld} />
          )}
        </Panel>
        {chosen && <TailDetail item={chosen} close={() => setChosen(undefined)} />}
      </div>
    </>
  );
}

/** The space bar pauses, unless it is typed or presses a button. */
function useSpace(press: () => void): void {
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      const isElsewhere =
        event.target instanceof Element && event.target.closest("input, button, a, select, [tabindex]");
      if (event.key !== " " || isElsewhere) return;
      event.preventDefault();
      press();
    };
    addEventListener("keydown", hear);
    return () => removeEventListener("keydown", hear);
  }, []);
}

interface PauseButtonProps {
  readonly tail: Tail;
  readonly isStopped: boolean;
  readonly isHeld: boolean;
  readonly onChange: (isStopped: boolean) => void;
}

function PauseButton({ tail: { waiting }, isStopped, isHeld, onChange }: PauseButtonProps) {
  const news = waiting > 0 ? ` · ${formatCount(waiting)} new` : "";
  const words = isStopped ? `Resume${news}` : isHeld && waiting > 0 ? `Paused while pointed at${news}` : "Pause";
  return (
    <button type="button" class="button" title="Space" aria-pressed={isStopped} onClick={() => onChange(!isStopped)}>
      {words}
    </button>
  );
}

function Chips({ groups, tail }: { readonly groups: ReadonlySet<TailGroup>; readonly tail: Tail }) {
  const toggle = (group: TailGroup) => {
    const next = new Set(groups);
    if (!next.delete(group)) next.add(group);
    // The last one stays: a tail of nothing says nothing.
    if (next.size > 0) change({ show: groupsAsText(next) }, { replace: true });
  };
  return (
    <fieldset class="tail-chips">
      <legend class="unseen">What is shown</legend>
      {(Object.keys(GROUPS) as TailGroup[]).map((group) => {
        const rate = tail.perMinuteOf.get(group) ?? 0;
        return (
          <button
            key={group}
            type="button"
            class={`tail-chip ${group}${rate > 0 ? " busy" : ""}`}
            aria-pressed={groups.has(group)}
            onClick={() => toggle(group)}
          >
            {GROUPS[group]} {rate > 0 && <b>{formatCompact(rate)}/min</b>}
          </button>
        );
      })}
    </fieldset>
  );
}

interface WantedProps {
  readonly sid: string;
  readonly player: string;
  readonly items: readonly TailEntry[];
}

/** Chooses the session and the player; the server sends no others. */
function Wanted({ sid, player, items }: WantedProps) {
  const players = useMemo(() => playersIn(items), [items]);
  return (
    <form
      class="scope-line"
      aria-label="Whose events"
      onSubmit={(event) => {
        event.preventDefault();
        const said = new FormData(event.currentTarget);
        change({ sid: String(said.get("sid")).trim(), player: String(said.get("player")).trim() });
      }}
    >
      <input
        name="player"
        list="tail-players"
        aria-label="Only this player"
        placeholder="Player"
        defaultValue={player}
      />
      <datalist id="tail-players">
        {players.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <input name="sid" aria-label="Only this session" placeholder="Session id" defaultValue={sid} />
      <button type="submit" class="button">
        Filter
      </button>
      {(sid !== "" || player !== "") && <ClearFilter />}
    </form>
  );
}

function ClearFilter() {
  return (
    <button type="button" class="button quiet" onClick={() => change({ sid: undefined, player: undefined })}>
      Clear filter
    </button>
  );
}

const PLAYERS_MAX = 20;

function playersIn(items: readonly TailEntry[]): string[] {
  const names = new Set<string>();
  for (const { said } of items) {
    if (said.playerName) names.add(said.playerName);
    if (names.size === PLAYERS_MAX) break;
  }
  return [...names].toSorted();
}

/** A link from the number of refused requests may lead to an empty list. */
const SEND_AGAIN = "Older ones are not kept: send yours again, and what is wrong with it shows here.";
const RATE_EVERY_MS = 5 * SECOND_MS;

interface QuietProps extends Omit<WantedProps, "items"> {
  readonly groups: ReadonlySet<TailGroup>;
  readonly tail: Tail;
}

/** Why there is no row: the first steps are for a server that has seen none. */
function Quiet({ sid, player, groups, tail }: QuietProps) {
  const progress = useProgress();
  const wanted = [player && `player ${player}`, sid && `session ${sid.slice(0, 10)}…`].filter(Boolean).join(", ");
  const snapshot = useAnswer<LiveSnapshot>(wanted ? "/admin/api/live/snapshot" : undefined, RATE_EVERY_MS).answer;
  const others = tail.items.length;
  const perMinute = others === 0 ? (snapshot?.eventsPerMinute ?? 0) : 0;
  if (wanted === "" && others === 0 && progress && isNewcomer(progress)) {
    return (
      <Empty>
        <FirstSteps progress={progress} />
      </Empty>
    );
  }
  const isOfRefusals = groups.size === 1 && groups.has("rejected");
  const kinds = [...groups].map((group) => GROUPS[group].toLowerCase()).join(", ");
  return (
    <Empty>
      <p>
        {isOfRefusals
          ? `No request${wanted && ` from ${wanted}`} was refused in the last ten minutes. ${SEND_AGAIN}`
          : `Waiting for ${kinds}${wanted && ` from ${wanted}`}.`}
        {perMinute > 0 && ` None of ${counted(perMinute, "event")} a minute matches.`}
        {others > 0 && ` ${formatCount(others)} of other kinds are hidden.`}
      </p>
      {wanted && <ClearFilter />}
      {others > 0 && (
        <button
          type="button"
          class="button"
          onClick={() => change({ show: Object.keys(GROUPS).join() }, { replace: true })}
        >
          Show everything
        </button>
      )}
    </Empty>
  );
}
