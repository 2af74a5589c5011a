import { coalesce } from './coalesce.js';
import type { Dressing } from './dressing.js';

/** What is laid on links, in the order in which it is applied; removed the other way round. */
export const dressings: readonly Dressing[] = [coalesce];
