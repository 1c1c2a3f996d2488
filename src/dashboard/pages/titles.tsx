/** Titles. */

export function TitlesPage() {
  return <p>Titles</p>;
}
