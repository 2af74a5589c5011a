import { attr, children } from '../model/field.js';
import { element } from '../model/element.js';
import { text } from '../model/scalar.js';

export const isParameterName = (name: string): boolean => /^[A-Za-z0-9_]+$/.test(name);
/** What can stand for a variable in a rule. */
export const isParameterValue = (value: string): boolean => /^[A-Za-z0-9_.:]+$/.test(value);

const parameter = element(
  { name: attr(text, { fallback: '' }), value: attr(text, { fallback: '' }) },
  // libvirt does not keep what could not be a variable or its value.
  { refine: (given) => (isParameterName(given.name) && isParameterValue(given.value) ? given : undefined) },
);

/** Values of variables. A name that comes several times has a list of values. */
export const parameters = children(parameter, { order: (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) });
