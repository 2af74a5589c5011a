type Fields = Readonly<Record<string, unknown>>;

export const fieldsOf = (value: object): Fields => ({ ...value });

/** Asks for page after page of a list, and answers with the whole. What is no list has one page. */
export async function allPages(question: object, ask: (question: object) => Promise<object>): Promise<object> {
  const first = fieldsOf(await ask(question));
  const { next: begin, ...whole } = first;
  let [rest, after]: [Fields, unknown] = [whole, begin];
  while (typeof after === 'string') {
    const { next, ...page } = fieldsOf(await ask({ ...question, after }));
    rest = joined(rest, page);
    after = next;
  }
  return rest;
}

/** Lists of the same name become one. */
export const joined = (a: Fields, b: Fields): Fields =>
  Object.fromEntries(
    Object.entries(a).map(([name, value]) => {
      const more = b[name];
      return [name, Array.isArray(value) && Array.isArray(more) ? [...(value as unknown[]), ...(more as unknown[])] : value];
    }),
  );
