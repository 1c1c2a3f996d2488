/** Now. */

export function NowPage() {
  return <p>Now</p>;
}
