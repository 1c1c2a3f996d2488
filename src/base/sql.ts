/** Quoting for SQL, where a name or a text can't be bound. */

/** An identifier. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text. */
export function textSql(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
