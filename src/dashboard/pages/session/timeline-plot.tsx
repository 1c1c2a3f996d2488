/** The drawing of a timeline: lanes of blocks, the playhead's line and a mark for each event, on one scale. */

import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import type { SessionDetail } from "../../api/answers.ts";
import { formatPlayhead } from "../../format/times.ts";
import { type Block, type BlockLane, type PlacedBlock, placeBlocks } from "./blocks.ts";
import type { Evidence } from "./course.ts";
import { countBars, errorPlaces, verdictPaths } from "./event-marks.ts";
import { playheadLine } from "./playhead-line.ts";
import { type TimeScale, ticksOf, xOf } from "./time-scale.ts";

/** What lies where from top to bottom, in pixels. */
export interface Layout {
  readonly lanes: readonly { readonly lane: BlockLane; readonly y: number }[];
  readonly playheadY: number;
  readonly eventsY: number;
  readonly height: number;
}

const AXIS_HEIGHT = 22;
export const PLAYHEAD_HEIGHT = 68;
export const EVENTS_HEIGHT = 20;
const GAP = 6;
const CHAR_PX = 6.4;
const NAME_CHARS_MIN = 3;

export function layoutOf(lanes: readonly BlockLane[]): Layout {
  let y = AXIS_HEIGHT + GAP;
  const placed = lanes.map((lane) => {
    const at = y;
    y += lane.height + GAP;
    return { lane, y: at };
  });
  const eventsY = y + PLAYHEAD_HEIGHT + GAP;
  return { lanes: placed, playheadY: y, eventsY, height: eventsY + EVENTS_HEIGHT };
}

interface PlotProps {
  readonly events: SessionDetail["events"];
  readonly layout: Layout;
  readonly scale: TimeScale;
  readonly zeroMs: number;
  /** The evidence of the chosen metric. */
  readonly marked: Evidence | undefined;
}

export function TimelinePlot({ events, layout, scale, zeroMs, marked }: PlotProps) {
  const { width } = scale;
  const key = `${scale.domain} ${width}`;
  // Redraws only when its contents change: choosing and pointing at events leave the drawing alone.
  return useMemo(() => {
    const bands = marked ? bandsOf(marked, scale) : [];
    const lanes = (
      <>
        {layout.lanes.map(({ lane, y }) => (
          <LaneView key={`${lane.id} ${lane.title}`} lane={lane} y={y} scale={scale} />
        ))}
        <Playhead events={events} y={layout.playheadY} scale={scale} />
        <EventMarks events={events} y={layout.eventsY} scale={scale} />
      </>
    );
    return (
      <svg class="plot" width={width} height={layout.height} aria-hidden="true">
        <Patterns />
        <Axis scale={scale} zeroMs={zeroMs} height={layout.height} />
        <g class={bands.length > 0 ? "dimmed" : ""}>{lanes}</g>
        {bands.length > 0 && <Bands bands={bands} height={layout.height} lanes={lanes} />}
        {marked && <EventLines at={marked.events} events={events} scale={scale} height={layout.height} />}
      </svg>
    );
  }, [events, layout, key, zeroMs, marked]);
}

function Axis({ scale, zeroMs, height }: Pick<PlotProps, "scale" | "zeroMs"> & { readonly height: number }) {
  return (
    <g class="axis">
      {ticksOf(scale, zeroMs).map(({ atMs, label }) => {
        const x = Math.round(xOf(scale, atMs)) + 0.5;
        return (
          <g key={atMs}>
            <line x1={x} x2={x} y1={AXIS_HEIGHT - 4} y2={height} />
            <text x={Math.min(x + 4, scale.width - label.length * CHAR_PX)} y={AXIS_HEIGHT - 8}>
              {label}
            </text>
          </g>
        );
      })}
    </g>
  );
}

const PATTERN_PX = 6;
/** Tones with a pattern as well, for readers who can't distinguish the colours. */
const PATTERNS: Readonly<Record<string, string>> = { stall: "pattern-stall", buffer: "pattern-buffer" };

function Patterns() {
  const size = { width: PATTERN_PX, height: PATTERN_PX, patternUnits: "userSpaceOnUse" } as const;
  return (
    <defs>
      <pattern id="pattern-stall" {...size} patternTransform="rotate(45)">
        <rect class="pattern-ink" width="2" height={PATTERN_PX} />
      </pattern>
      <pattern id="pattern-buffer" {...size}>
        <circle class="pattern-ink" cx="3" cy="3" r="1.2" />
      </pattern>
    </defs>
  );
}

interface LaneViewProps {
  readonly lane: BlockLane;
  readonly y: number;
  readonly scale: TimeScale;
}

function LaneView({ lane: { blocks, height, isNamed }, y, scale }: LaneViewProps) {
  const behind = blocks.filter(({ tone }) => tone === "break");
  const before = behind.length > 0 ? blocks.filter(({ tone }) => tone !== "break") : blocks;
  return (
    <g transform={`translate(0 ${y})`}>
      <rect class="lane" width={scale.width} height={height} rx="4" />
      {placeBlocks(behind, scale).map((block) => (
        <BlockView key={block.fromMs} block={block} y={0} height={height} isNamed={false} />
      ))}
      {placeBlocks(before, scale).map((block) => (
        <BlockView
          key={`${block.fromMs} ${block.tone}`}
          block={block}
          y={behind.length > 0 ? 3 : 0}
          height={behind.length > 0 ? height - 6 : height}
          isNamed={isNamed}
        />
      ))}
    </g>
  );
}

interface BlockViewProps {
  readonly block: PlacedBlock;
  readonly y: number;
  readonly height: number;
  readonly isNamed: boolean;
}

function BlockView({ block: { x, width, tone, name, title }, y, height, isNamed }: BlockViewProps) {
  const pattern = PATTERNS[tone];
  const room = Math.floor((width - 10) / CHAR_PX);
  const text = name.length > room ? `${name.slice(0, room - 1)}…` : name;
  return (
    <g class={`block tone-${tone}${isNamed ? " named" : ""}`} data-title={title}>
      <rect x={x} y={y} width={width} height={height} rx={Math.min(3, width / 2)} />
      {pattern !== undefined && width >= PATTERN_PX && (
        <rect x={x} y={y} width={width} height={height} style={{ fill: `url(#${pattern})` }} />
      )}
      {isNamed && room >= NAME_CHARS_MIN && (
        <text x={x + 6} y={y + height / 2}>
          {text}
        </text>
      )}
    </g>
  );
}

function Playhead({ events, y, scale }: Pick<PlotProps, "events" | "scale"> & { readonly y: number }) {
  const { played, jumped, playheadMin, playheadMax } = playheadLine(events, scale, PLAYHEAD_HEIGHT);
  return (
    <g class="playhead" transform={`translate(0 ${y})`}>
      <rect class="lane" width={scale.width} height={PLAYHEAD_HEIGHT} rx="4" />
      <path class="playhead-jumped" d={jumped} />
      <path class="playhead-played" d={played} />
      <text x="6" y="13">
        {formatPlayhead(playheadMax)}
      </text>
      {playheadMin > 0 && (
        <text x="6" y={PLAYHEAD_HEIGHT - 5}>
          {formatPlayhead(playheadMin)}
        </text>
      )}
    </g>
  );
}

function EventMarks({ events, y, scale }: Pick<PlotProps, "events" | "scale"> & { readonly y: number }) {
  return (
    <g transform={`translate(0 ${y})`}>
      <rect class="lane" width={scale.width} height={EVENTS_HEIGHT} rx="4" />
      <path class="event-counts" d={countBars(events, scale, EVENTS_HEIGHT)} />
      {verdictPaths(events, scale, EVENTS_HEIGHT).map(({ verdict, path }) => (
        <path key={verdict} class={`event-mark ${verdict}`} d={path} />
      ))}
      {errorPlaces(events, scale).map((x) => (
        <path key={x} class="event-error" data-title="Error" d={`M${x} 1l5 5-5 5-5-5z`} />
      ))}
    </g>
  );
}

interface BandsProps {
  readonly bands: readonly PlacedBlock[];
  readonly height: number;
  /** Drawn at full strength inside the bands. */
  readonly lanes: ComponentChildren;
}

/** The intervals that a metric was made of; the rest is dimmed. */
function Bands({ bands, height, lanes }: BandsProps) {
  return (
    <g class="marks">
      <clipPath id="marked-parts">
        {bands.map(({ x, width, fromMs }) => (
          <rect key={fromMs} x={x} y="0" width={width} height={height} />
        ))}
      </clipPath>
      <g clip-path="url(#marked-parts)">{lanes}</g>
      {bands.map(({ x, width, fromMs }) => (
        <rect key={fromMs} class="mark-edge" x={x} y={AXIS_HEIGHT} width={width} height="3" />
      ))}
    </g>
  );
}

interface EventLinesProps extends Pick<PlotProps, "events" | "scale"> {
  readonly at: readonly number[];
  readonly height: number;
}

/** The events that a metric was made of. */
function EventLines({ at, events, scale, height }: EventLinesProps) {
  const places = new Set(at.map((each) => Math.round(xOf(scale, events[each]?.ts ?? 0))));
  const path = [...places].filter((x) => x >= 0 && x <= scale.width).map((x) => `M${x} ${AXIS_HEIGHT}V${height}`);
  return <path class="mark-event" d={path.join("")} />;
}

/** Joins intervals that touch. */
function bandsOf({ intervals }: Evidence, scale: TimeScale): PlacedBlock[] {
  const bands: Block[] = [];
  for (const { fromMs, toMs } of intervals.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = bands.at(-1);
    if (last && last.toMs >= fromMs) bands[bands.length - 1] = { ...last, toMs: Math.max(last.toMs, toMs) };
    else bands.push({ fromMs, toMs, tone: "content", name: "", title: "" });
  }
  return placeBlocks(bands, scale);
}
