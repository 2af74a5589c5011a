import { attr, child, children } from '../model/field.js';
import { element, leaf } from '../model/element.js';
import { filled, yesNo } from '../model/scalar.js';
import { xmlError } from '../model/place.js';

/** How one file or socket of a device is labelled. */
export const deviceSeclabel = element(
  { model: attr(filled), labelskip: attr(yesNo, { live: true, blank: [false] }), relabel: attr(yesNo), label: child(leaf(filled)) },
  {
    refine: (value, at) => {
      const contradicts = value.label !== undefined && value.relabel === false;
      if (contradicts) throw xmlError(at, `Cannot specify a label if relabelling is turned off. model=${value.model ?? ''}`);
      return value.labelskip ? value : { relabel: true, ...value };
    },
  },
);

export const deviceSeclabels = children(deviceSeclabel);
