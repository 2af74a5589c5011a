import { attr, child } from '../model/field.js';
import { element } from '../model/element.js';
import { uint } from '../model/scalar.js';
import { fault, unsupported, type Place } from '../model/place.js';
import { isElement } from '../syntax/xml-node.js';

/** Rates in kilobytes a second, `burst` in kilobytes; 0 says nothing. */
const rate = (name: string) =>
  attr(uint({ max: Number.MAX_SAFE_INTEGER }), {
    blank: [0],
    invalid: (given, at) => unsupported(at, `could not convert bandwidth ${name} value '${given}'`, 0),
  });

function checkRates(at: Place, floorAllowed: boolean): void {
  const given = at.element.attributes;
  if (given.has('floor') && !floorAllowed) throw unsupported(at, "'floor' attribute allowed only in <inbound> element", 0);
  if (!given.has('average') && !given.has('floor')) {
    throw fault(at, 'XML_DETAIL', `Missing mandatory average${floorAllowed ? ' or floor attributes' : ' attribute'}`, 0);
  }
  if (!given.has('average') && (given.has('peak') || given.has('burst'))) {
    throw unsupported(at, "'peak' and 'burst' require 'average' attribute", 0);
  }
}

const outbound = element(
  { average: rate('average'), peak: rate('peak'), burst: rate('burst') },
  {
    refine: (value, at) => {
      checkRates(at, false);
      return value.average === undefined ? undefined : value;
    },
  },
);

const inbound = element(
  { average: rate('average'), peak: rate('peak'), floor: rate('floor'), burst: rate('burst') },
  {
    refine: (value, at) => {
      checkRates(at, true);
      return value.average === undefined && value.floor === undefined ? undefined : value;
    },
  },
);

export interface BandwidthRules {
  /** Whether a floor may be asked for here. */
  readonly floor: boolean;
  /** Whether this is the allocation of a port, which carries its traffic class. */
  readonly classId: boolean;
}

/** Limits of a connection's traffic; `inbound` is towards the guest. */
export const bandwidth = ({ floor, classId }: BandwidthRules) =>
  element(
    { ...(classId ? { classID: attr(uint(), { blank: [0] }) } : {}), inbound: child(inbound), outbound: child(outbound) },
    {
      paired: true,
      refine: (value, at) => {
        if (!classId && at.element.attributes.has('classID')) throw fault(at, 'XML_DETAIL', 'classID is not allowed here', 0);
        checkSingle(at);
        if (!floor && value.inbound?.floor !== undefined) throw unsupported(at, 'floor attribute is not supported for this config', 0);
        return at.element.children.some(isElement) ? value : undefined;
      },
    },
  );

function checkSingle(at: Place): void {
  for (const name of ['inbound', 'outbound']) {
    const count = at.element.children.filter((found) => isElement(found) && found.name === name).length;
    if (count > 1) throw fault(at, 'XML_DETAIL', `Only one child <${name}> element allowed`, 0);
  }
}
