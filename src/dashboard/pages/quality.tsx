/** Quality. */

export function QualityPage() {
  return <p>Quality</p>;
}
