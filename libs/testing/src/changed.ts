/** A payload like another one but for some fields: `changed(domainRecords.example, { uuid })`. */
export const changed = <T extends object>(example: T, fields: Partial<T>): T => Object.assign({}, example, fields);
