/** A button that opens a box over the page: Escape, or a press elsewhere, closes it and gives the focus back. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface PopoverProps {
  readonly label: string;
  /** What the button shows. */
  readonly button: ComponentChildren;
  readonly class?: string;
  readonly isOpen: boolean;
  readonly onOpen: (isOpen: boolean) => void;
  readonly children: ComponentChildren;
}

export function Popover({ label, button, class: name = "", isOpen, onOpen, children }: PopoverProps) {
  const holder = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const close = () => {
    onOpen(false);
    opener.current?.focus();
  };
  useEffect(() => {
    if (!isOpen) return;
    holder.current?.querySelector<HTMLElement>("[data-first]")?.focus();
    const leave = ({ target }: Event) => {
      // What was pressed may have left the page already.
      if (target instanceof Node && target.isConnected && !holder.current?.contains(target)) onOpen(false);
    };
    addEventListener("pointerdown", leave);
    return () => removeEventListener("pointerdown", leave);
  }, [isOpen]);
  return (
    // Escape counts wherever the focus is within.
    // biome-ignore lint/a11y/noStaticElementInteractions: the button and what it opens are what is operated
    <div
      class={`popover ${name}`}
      ref={holder}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !isOpen) return;
        event.stopPropagation();
        close();
      }}
    >
      <button
        type="button"
        class="button popover-button"
        ref={opener}
        aria-expanded={isOpen}
        aria-haspopup="dialog"
        onClick={() => (isOpen ? close() : onOpen(true))}
      >
        {button}
      </button>
      {isOpen && (
        <div class="popover-box" role="dialog" aria-label={label}>
          {children}
        </div>
      )}
    </div>
  );
}
