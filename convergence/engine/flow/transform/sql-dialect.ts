/** How the SQL of a warehouse writes what a template puts into it. */
export interface SqlDialect {
  /** A name of a table or column, quoted. */
  quoteName(name: string): string;
  /** A text as a literal, quoted. */
  quoteText(text: string): string;
}
