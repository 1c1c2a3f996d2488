/** A long list of which only the rows in sight are drawn. */

import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  observeWindowOffset,
  observeWindowRect,
  type VirtualItem,
  Virtualizer,
  windowScroll,
} from "@tanstack/virtual-core";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";

interface VirtualListProps {
  /** How many rows there are. */
  readonly count: number;
  /** In pixels, the same for all. */
  readonly rowHeight: number;
  /** The list is as high as its rows, up to this, and scrolls by itself; without it the page scrolls. */
  readonly heightMax?: number | undefined;
  /** The row at an index. */
  readonly row: (at: number) => ComponentChildren;
  readonly keyOf?: ((at: number) => string | number) | undefined;
  /** `rowgroup` inside a table; the rows then have the role `row`. */
  readonly role: "list" | "rowgroup";
  readonly label?: string | undefined;
  /** Brought into sight when it changes. */
  readonly shown?: number | undefined;
  /** Whether new rows at the end come into sight, for as long as the end is in sight. */
  readonly isFollowing?: boolean | undefined;
  /** Called when the last row is about to come into sight. */
  readonly onEnd?: (() => void) | undefined;
}

const BEYOND_SIGHT = 12;
/** A list this near to its end counts as at its end. */
const END_PX = 40;

export function VirtualList(props: VirtualListProps) {
  const { count, rowHeight, heightMax, row, role, label, shown, isFollowing = false, onEnd } = props;
  const holder = useRef<HTMLDivElement>(null);
  const isOfPage = heightMax === undefined;
  const [virtualizer, marginPx] = useVirtualizer(props, holder, isOfPage);
  useEffect(() => {
    if (shown !== undefined && shown >= 0) virtualizer.scrollToIndex(shown, { align: "auto" });
  }, [shown, virtualizer]);
  useFollowing(holder, isFollowing, count);
  const items = virtualizer.getVirtualItems();
  const isEndDrawn = count > 0 && items.at(-1)?.index === count - 1;
  useEffect(() => {
    if (isEndDrawn) onEnd?.();
  }, [isEndDrawn, count]);
  const total = count * rowHeight;
  const scrolls = !isOfPage && total > heightMax;
  return (
    <div
      class={isOfPage ? "virtual of-page" : "virtual"}
      ref={holder}
      role={role}
      aria-label={label}
      // What scrolls must be reachable by keyboard.
      tabIndex={scrolls ? 0 : undefined}
      style={{ height: `${isOfPage ? total : Math.min(total, heightMax)}px` }}
    >
      <div class="virtual-space" role="presentation" style={{ height: `${total}px` }}>
        {items.map(({ index, key, start }: VirtualItem) => (
          <div
            class="virtual-row"
            role="presentation"
            key={key}
            style={{ height: `${rowHeight}px`, transform: `translateY(${start - marginPx}px)` }}
          >
            {row(index)}
          </div>
        ))}
      </div>
    </div>
  );
}

function useFollowing(holder: Holder, isFollowing: boolean, count: number): void {
  const isAtEnd = useRef(true);
  useEffect(() => {
    const list = holder.current;
    if (!list || !isFollowing) return;
    const look = () => {
      isAtEnd.current = list.scrollHeight - list.scrollTop - list.clientHeight < END_PX;
    };
    list.addEventListener("scroll", look, { passive: true });
    return () => list.removeEventListener("scroll", look);
  }, [holder, isFollowing]);
  useLayoutEffect(() => {
    const list = holder.current;
    if (list && isFollowing && isAtEnd.current) list.scrollTop = list.scrollHeight;
  }, [holder, isFollowing, count]);
}

type Holder = { readonly current: HTMLDivElement | null };

/** @returns it, and how far down the page the list begins where the page scrolls */
function useVirtualizer({ count, rowHeight, keyOf }: VirtualListProps, holder: Holder, isOfPage: boolean) {
  const [, redraw] = useReducer((turn: number, _: undefined) => turn + 1, 0);
  const marginPx = useMargin(holder, isOfPage);
  const common = {
    count,
    estimateSize: () => rowHeight,
    overscan: BEYOND_SIGHT,
    onChange: () => redraw(undefined),
    ...(keyOf && { getItemKey: keyOf }),
  };
  const ofPage = {
    ...common,
    getScrollElement: () => window,
    scrollMargin: marginPx,
    scrollToFn: windowScroll,
    observeElementRect: observeWindowRect,
    observeElementOffset: observeWindowOffset,
    initialOffset: () => scrollY,
  };
  const ofElement = {
    ...common,
    getScrollElement: () => holder.current,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
  };
  const [virtualizer] = useState(() =>
    isOfPage
      ? new Virtualizer<Window, HTMLDivElement>(ofPage)
      : new Virtualizer<HTMLDivElement, HTMLDivElement>(ofElement),
  );
  if (isOfPage) (virtualizer as Virtualizer<Window, HTMLDivElement>).setOptions(ofPage);
  else (virtualizer as Virtualizer<HTMLDivElement, HTMLDivElement>).setOptions(ofElement);
  useEffect(() => virtualizer._didMount(), [virtualizer]);
  useEffect(() => virtualizer._willUpdate());
  return [virtualizer, marginPx] as const;
}

/** Where the list begins on the page: what is above it may grow. */
function useMargin(holder: Holder, isOfPage: boolean): number {
  const [px, setPx] = useState(0);
  useLayoutEffect(() => {
    if (!isOfPage) return;
    const measure = () => setPx(Math.round((holder.current?.getBoundingClientRect().top ?? 0) + scrollY));
    measure();
    const resized = new ResizeObserver(measure);
    // The page itself keeps its height where all of it fits into the window.
    for (const part of holder.current?.closest("main")?.children ?? []) resized.observe(part);
    return () => resized.disconnect();
  }, [holder, isOfPage]);
  return px;
}
