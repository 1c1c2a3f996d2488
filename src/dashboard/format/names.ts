/** Names of metrics for people: `contentTimeSpent:p95` is "Content time spent, p95". */

/** The words of an id, the first with a capital. */
export function titleOf(column: string): string {
  const [id = "", aggregation] = column.split(":");
  const words = id.replace(/([a-z])([A-Z0-9])/g, "$1 $2").toLowerCase();
  const title = words.charAt(0).toUpperCase() + words.slice(1);
  return aggregation ? `${title}, ${aggregation}` : title;
}
