import type { Connection } from './connection.js';
import type { Dressing } from './dressing.js';

/** What the kernel of the host lets a tap gather. */
const MOST_FRAMES = 64;

/** Frames of the guest that its tap gathers before the host takes them, in one go. */
export const coalesce: Dressing = {
  part: 'coalesce',
  volatile: true,

  wanted: (connection) => framesOf(connection) > 0,

  async apply(connection, { links }) {
    if (connection.target !== undefined) links.setRxFrames(connection.target, framesOf(connection));
  },

  async update(from, to, { links }) {
    if (to.target !== undefined && framesOf(from) !== framesOf(to)) links.setRxFrames(to.target, framesOf(to));
  },

  /** It goes with the tap. */
  remove: async () => undefined,

  async reconcile({ target, ...connection }, { links }) {
    const wanted = Math.min(framesOf(connection), MOST_FRAMES);
    const is = target === undefined ? undefined : links.rxFrames(target);
    if (target === undefined || is === undefined || is === wanted) return [];
    links.setRxFrames(target, wanted);
    return [`${target} gathered ${is} frames, and gathers ${wanted} again`];
  },
};

const framesOf = ({ net }: Pick<Connection, 'net'>): number => net.coalesce?.rx?.frames?.max ?? 0;
