/** A small drawing of lines, in the colour of the text beside it. */

export function Icon({ paths }: { readonly paths: string }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={paths} />
    </svg>
  );
}
