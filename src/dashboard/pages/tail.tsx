/** Tail. */

export function TailPage() {
  return <p>Tail</p>;
}
