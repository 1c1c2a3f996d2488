/** Mistakes: what players get wrong, which players they are, and how to mend them. */

import { counted } from "../../base/counted.ts";
import { SECOND_MS } from "../../base/units.ts";
import { FLAGS, type FlagRule } from "../../protocol/flags.ts";
import { MENDINGS, RULES, type Rule } from "../../sessions/ledger.ts";
import type { DimensionName, Labels, LiveSnapshot, MetricColumn, ReportRow } from "../api/answers.ts";
import { formatCount } from "../format/numbers.ts";
import { useAnswer } from "../hooks/use-answer.ts";
import { useReport } from "../hooks/use-report.ts";
import { catalogue } from "../model/catalogue.ts";
import { clashOf } from "../model/clash.ts";
import { equals } from "../model/equals.ts";
import { flagRows, mistakenOnly } from "../model/mistake-rows.ts";
import { addressOf, change, place } from "../model/place.ts";
import { keptWith, scope } from "../model/scope.ts";
import { type BreakdownTab, Clash, TabbedBreakdown } from "../parts/breakdown.tsx";
import { Headed, type Headline } from "../parts/headlines.tsx";
import { NothingHere } from "../parts/nothing-here.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Answered, Panel } from "../parts/panel.tsx";
import { Words } from "../parts/words.tsx";

const HEADLINES: readonly Headline[] = [
  ["events", "Events"],
  ["ignoredEvents", "Ignored events"],
  ["flaggedEvents", "Flagged events"],
  ["mediaStarts", "Sessions"],
];
const PLAYERS = [
  { by: "media.playerName", label: "Player" },
  { by: "media.channel", label: "Channel" },
  { by: "media.sdkVersion", label: "Version" },
] as const satisfies readonly [BreakdownTab, ...BreakdownTab[]];
const LABELS: Labels = {
  "media.playerName": "Player",
  "media.channel": "Channel",
  "media.sdkVersion": "Version",
  ignoredEvents: "Ignored events",
  flaggedEvents: "Flagged events",
  events: "Events",
  mediaStarts: "Sessions",
};
/** The sessions and events of all mistakes, and of one. */
const OF_ALL: readonly MetricColumn[] = ["ignoredEvents", "flaggedEvents", "events", "mediaStarts"];
const OF_ONE: readonly MetricColumn[] = ["events", "mediaStarts"];
const SHOWN_MAX = 100;
const TYPES_TOO_MAX = 1000;
/** The mistake whose players are shown, as a filter in the address. */
const CHOSEN = "of";
const PLAYERS_ID = "whose-players";

export function MistakesPage() {
  const headlines = useReport({ metrics: HEADLINES.map(([column]) => column).join(","), compare: "previous" });
  return (
    <>
      <PageHead title="What players get wrong" isScoped />
      <Refusals />
      <Headed asked={headlines} metrics={HEADLINES} empty={<NoSessions />}>
        <Mistakes
          title="Events that count for nothing"
          note="By the rule that decided it."
          by="rule"
          adviceOf={(rule) => (Object.hasOwn(MENDINGS, rule) ? undefined : adviceOnRule(rule))}
          empty="Every event had its effect."
        />
        <Mistakes
          title="Events that were mended"
          note="The player can't mean what it says: they count as the rule mended them."
          by="rule"
          adviceOf={(rule) => (Object.hasOwn(MENDINGS, rule) ? adviceOnRule(rule) : undefined)}
          empty="No event had to be mended."
        />
        <Mistakes
          title="Events that are not as documented"
          note="By what validation noticed. The events were kept, and count."
          by="flag"
          adviceOf={adviceOnFlag}
          empty="Every event was as documented."
        />
        <Players />
      </Headed>
    </>
  );
}

const REFUSALS_LOOK_MS = 5 * SECOND_MS;

/** Requests that were refused left no session, so the lists below can't tell of them. */
function Refusals() {
  const { answer } = useAnswer<LiveSnapshot>("/admin/api/live/snapshot", REFUSALS_LOOK_MS);
  // A refused request may be of any report suite: a limited token gets no count.
  if (!answer || answer.rejectedPerMinute === null) return null;
  const inHour = answer.minutes.reduce((sum, { rejected }) => sum + (rejected ?? 0), 0);
  if (inHour === 0) return <p class="panel all-well">No request was refused in the last hour.</p>;
  return (
    <p class="panel refusals">
      <b class="bad">{counted(inHour, "request")} refused</b>
      {` in the last hour, ${formatCount(answer.rejectedPerMinute)} in the last minute: none was stored. `}
      <a href={addressOf(["tail"], { show: "rejected" })}>Watch them with their faults →</a>
    </p>
  );
}

function NoSessions() {
  return (
    <NothingHere title="No session was played">
      <p>What players get wrong shows in their events. A session is here as soon as it has started.</p>
    </NothingHere>
  );
}

/** Whose players they are: of all mistakes, or of the one that was chosen. */
function Players() {
  const chosen = place.value.params.get(CHOSEN);
  return (
    <div id={PLAYERS_ID}>
      <TabbedBreakdown
        title="Whose players"
        note={chosen === null ? "Of all mistakes." : `Of ${chosen}.`}
        name="players"
        tabs={PLAYERS}
        metrics={chosen === null ? OF_ALL : OF_ONE}
        labels={LABELS}
        filters={chosen === null ? [] : [chosen, ...mistakenOnly(chosen.replace(/^flag==/, ""))]}
        isBrief
      />
    </div>
  );
}

/** What a mistake means, and how it is mended; undefined where nothing is wrong. */
interface Advice {
  readonly meaning: string;
  readonly mending: string;
}

interface MistakesProps {
  readonly title: string;
  readonly note: string;
  readonly by: DimensionName & ("rule" | "flag");
  readonly adviceOf: (name: string) => Advice | undefined;
  readonly empty: string;
}

function Mistakes(props: MistakesProps) {
  const { title, note, by } = props;
  const clash = clashOf(by, scope.value.filters, catalogue.value?.dimensions ?? []);
  if (clash === undefined) return <List {...props} />;
  return (
    <Panel title={title} note={note}>
      <Clash filter={clash} />
    </Panel>
  );
}

function List({ title, note, by, adviceOf, empty }: MistakesProps) {
  const asked = useReport({
    metrics: "mediaStarts,events",
    dimension: by === "flag" ? "flag,media.contentType" : by,
    sort: "-mediaStarts",
    limit: String(by === "flag" ? TYPES_TOO_MAX : SHOWN_MAX),
  });
  const listed = (rows: readonly ReportRow[]) => (by === "flag" ? flagRows(rows).slice(0, SHOWN_MAX) : rows);
  const isMistake = (row: ReportRow) => adviceOf(String(row[by])) !== undefined;
  // If all is well, a line is enough.
  if (asked.answer && !listed(asked.answer.rows).some(isMistake)) return <p class="panel all-well">{empty}</p>;
  return (
    <Panel title={title} note={note}>
      <Answered asked={asked}>
        {({ rows }) => (
          <ul class="mistakes">
            {listed(rows)
              .filter(isMistake)
              .map((row) => (
                <Mistake key={row[by]} by={by} row={row} advice={adviceOf(String(row[by])) as Advice} />
              ))}
          </ul>
        )}
      </Answered>
    </Panel>
  );
}

interface MistakeProps extends Pick<MistakesProps, "by"> {
  readonly row: ReportRow;
  readonly advice: Advice;
}

function Mistake({ by, row, advice }: MistakeProps) {
  const name = String(row[by]);
  const filter = equals(by, name) ?? "";
  const isChosen = place.value.params.get(CHOSEN) === filter;
  return (
    <li class={isChosen ? "mistake chosen" : "mistake"}>
      <div>
        <h3>
          <code>{name}</code>
        </h3>
        <p>
          <Words text={advice.meaning} />
        </p>
        <p>
          <strong>To mend it:</strong> <Words text={advice.mending} />
        </p>
      </div>
      <p class="mistake-ways">
        <b>
          {counted(Number(row.events), "event")} in {counted(Number(row.mediaStarts), "session")}
        </b>
        <a href={addressOf(["sessions"], keptWith([filter, ...mistakenOnly(name)]))}>
          Its sessions <span aria-hidden="true">→</span>
          <span class="unseen">: {name}</span>
        </a>
        <button
          type="button"
          class="link"
          aria-pressed={isChosen}
          onClick={() => {
            change({ [CHOSEN]: isChosen ? undefined : filter }, { replace: true });
            if (!isChosen) document.getElementById(PLAYERS_ID)?.scrollIntoView({ block: "nearest" });
          }}
        >
          Whose players<span class="unseen">: {name}</span>
        </button>
      </p>
    </li>
  );
}

function adviceOnRule(name: string): Advice | undefined {
  if (!Object.hasOwn(RULES, name)) return undefined;
  const { summary, advice } = RULES[name as Rule];
  return advice === null ? undefined : { meaning: summary, mending: advice };
}

/** @param name a flag, with its key after a colon */
function adviceOnFlag(name: string): Advice | undefined {
  const [rule = ""] = name.split(":");
  if (!Object.hasOwn(FLAGS, rule)) return undefined;
  const { meaning, advice } = FLAGS[rule as FlagRule];
  return { meaning, mending: advice };
}
