/** Controllers: their numbers, their order, and those that nobody wrote down. */
import type { ControllerDef } from '../devices/controller.js';

export type ControllerType = ControllerDef['type'];
type List = readonly ControllerDef[];

export const findController = (list: List, type: ControllerType, index: number): ControllerDef | undefined =>
  list.find((controller) => controller.type === type && controller.index === index);

/** Adds a controller at the end unless there is one of that type and number. */
export function ensureController(list: List, added: ControllerDef & { readonly index: number }): List {
  return findController(list, added.type, added.index) ? list : [...list, added];
}

const usb2 = ['ich9-ehci1', 'ich9-uhci1', 'ich9-uhci2', 'ich9-uhci3'];

/** Gives a number to each controller that has none: the lowest free one of its type; parts of one USB 2 controller share theirs. */
export function numberControllers(list: List): List {
  const numbers = new Numbers(list);
  const usb2Numbers = new Usb2Numbers(list);
  return list.map((controller, position) => {
    if (controller.index !== undefined) return controller;
    const index = usb2Numbers.lacking(controller) ?? numbers.free(controller.type);
    const numbered = { ...controller, index };
    numbers.take(numbered);
    usb2Numbers.add(numbered, position);
    return numbered;
  });
}

/** Numbers in use, by type. They are only ever added, so that the search for a free one goes on where it ended. */
class Numbers {
  readonly #taken = new Map<ControllerType, { readonly used: Set<number>; next: number }>();

  constructor(list: List) {
    for (const controller of list) this.take(controller);
  }

  take({ type, index }: ControllerDef): void {
    if (index !== undefined) this.#of(type).used.add(index);
  }

  free(type: ControllerType): number {
    const own = this.#of(type);
    while (own.used.has(own.next)) own.next += 1;
    return own.next;
  }

  #of(type: ControllerType): { readonly used: Set<number>; next: number } {
    const own = this.#taken.get(type) ?? { used: new Set<number>(), next: 0 };
    this.#taken.set(type, own);
    return own;
  }
}

const usb2Model = (controller: ControllerDef): string | undefined =>
  controller.type === 'usb' && usb2.includes(controller.model ?? '') ? controller.model : undefined;

interface Part {
  readonly index: number;
  readonly position: number;
}

function earlier(a: Part | undefined, b: Part | undefined): Part | undefined {
  if (!a || !b) return a ?? b;
  return a.position < b.position ? a : b;
}

/** USB 2 controllers that lack a part, in the order of the document. What is no longer lacking never is again. */
class Usb2Numbers {
  readonly #models = new Map<number, Set<string>>();
  /** Parts that came with a number, and those that got one; each in order. */
  readonly #given: Part[] = [];
  readonly #made: Part[] = [];
  readonly #cursors = new Map<string, { given: number; made: number }>();

  constructor(list: List) {
    for (const [position, controller] of list.entries()) this.#note(controller, position, this.#given);
  }

  add(controller: ControllerDef, position: number): void {
    this.#note(controller, position, this.#made);
  }

  /** The number of the first controller that lacks this part of it. */
  lacking(controller: ControllerDef): number | undefined {
    const model = usb2Model(controller);
    if (model === undefined || model === 'ich9-ehci1') return undefined;
    const cursor = this.#cursors.get(model) ?? { given: 0, made: 0 };
    this.#cursors.set(model, cursor);
    while (this.#has(model, this.#given[cursor.given])) cursor.given += 1;
    while (this.#has(model, this.#made[cursor.made])) cursor.made += 1;
    return earlier(this.#given[cursor.given], this.#made[cursor.made])?.index;
  }

  #has(model: string, part: Part | undefined): boolean {
    return part !== undefined && this.#models.get(part.index)?.has(model) === true;
  }

  #note(controller: ControllerDef, position: number, parts: Part[]): void {
    const [model, index] = [usb2Model(controller), controller.index];
    if (model === undefined || index === undefined) return;
    parts.push({ index, position });
    this.#models.set(index, (this.#models.get(index) ?? new Set()).add(model));
  }
}
