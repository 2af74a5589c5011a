import * as constants from './constants.js';

const names = new Map<number, string>(
  Object.entries(constants).flatMap(([name, number]) =>
    name.startsWith('RTM_') && typeof number === 'number' ? [[number, name] as const] : [],
  ),
);

/** A request's symbol for error texts: `RTM_NEWLINK`. */
export const requestName = (type: number): string => names.get(type) ?? `netlink request ${type}`;
