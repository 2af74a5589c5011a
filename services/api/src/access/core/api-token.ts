/** An API token as its holder has it: `vbt_ID_SECRET`. The fleet keeps the id and a hash of the secret. */
export interface ApiToken {
  readonly id: string;
  readonly secret: string;
}

const TOKEN = /^vbt_(?<id>[0-9a-f]{16})_(?<secret>[A-Za-z0-9_-]{43})$/;

export const isTokenId = (text: string): boolean => /^[0-9a-f]{16}$/.test(text);

export const isApiToken = (text: string): boolean => text.startsWith('vbt_');

/** @returns undefined for what is none */
export function parseApiToken(text: string): ApiToken | undefined {
  const { id, secret } = TOKEN.exec(text)?.groups ?? {};
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

export const formatApiToken = ({ id, secret }: ApiToken): string => `vbt_${id}_${secret}`;
