/** What `nft list ruleset` prints, by table: `inet virtbus_virbr0` → its text. */
export function tablesIn(ruleset: string): ReadonlyMap<string, string> {
  const tables = new Map<string, string>();
  for (const text of ruleset.split(/^(?=table )/m)) {
    const [, name] = /^table (\S+ \S+) \{/.exec(text) ?? [];
    if (name !== undefined) tables.set(name, text.trimEnd());
  }
  return tables;
}
