/** The heading of a page, which tells that another one has opened. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { place } from "../model/place.ts";

/** The path that was last shown: only another one is announced, and not the first. */
let announced: string | undefined;

/** Gets the focus when another page opens, so that it is read aloud, and Tab begins there. */
export function Heading({ children }: { readonly children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const path = place.value.path.join("/");
  useEffect(() => {
    if (announced !== undefined && announced !== path) heading.current?.focus({ preventScroll: true });
    announced = path;
  }, [path]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}
