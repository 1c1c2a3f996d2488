/** Ads. */

export function AdsPage() {
  return <p>Ads</p>;
}
