import { attr, children } from '../model/field.js';
import { element, leaf, type FieldsValue } from '../model/element.js';
import { filled, text, uint, yesNo } from '../model/scalar.js';
import { fault, xmlError, type Place } from '../model/place.js';
import { ip } from '../formats/ip.js';
import { NETWORK, networkName } from './network-name.js';

const detail = (at: Place, words: string) => fault(at, 'XML_DETAIL', `${words} of network ${networkName(at)}`, NETWORK);

const forwarder = element(
  {
    domain: attr(filled),
    addr: attr(ip, {
      invalid: (given, at) => xmlError(at, `Invalid forwarder IP address '${given}' in network '${networkName(at)}'`, NETWORK),
    }),
  },
  {
    refine: (value, at) => {
      const empty = value.addr === undefined && value.domain === undefined;
      if (empty) throw xmlError(at, 'Invalid forwarder element, must contain at least one of addr or domain', NETWORK);
      return value;
    },
  },
);

const txtName = attr(text, { required: (at) => detail(at, 'missing required name attribute in DNS TXT record') });
const checkTxt = <T extends { readonly name: string }>(value: T, at: Place): T => {
  if (/[ ,]/.test(value.name)) throw detail(at, `prohibited character in DNS TXT record name '${value.name}'`);
  return value;
};

export const txt = element(
  {
    name: txtName,
    value: attr(text, { required: (at) => detail(at, 'missing required value attribute in DNS TXT record') }),
  },
  { refine: checkTxt },
);
/** What finds a record: its name. */
export const txtPattern = element({ name: txtName }, { refine: checkTxt });

const badHost = (at: Place, what: string) => fault(at, 'XML_DETAIL', `${what} in network '${networkName(at)}' DNS HOST record`, NETWORK);
const invalidIp = (given: string, at: Place) =>
  fault(at, 'XML_DETAIL', `Invalid IP address in network '${networkName(at)}' DNS HOST record: '${given}'`, NETWORK);

export const host = element(
  { ip: attr(ip, { required: (at) => badHost(at, 'Missing IP address'), invalid: invalidIp }), hostname: children(leaf(text)) },
  {
    refine: (value, at) => {
      if (value.hostname.length === 0) throw badHost(at, 'Missing hostname');
      return value;
    },
  },
);
/** What finds a record: its address, or any of its names. */
export const hostPattern = element(
  { ip: attr(ip, { invalid: invalidIp }), hostname: children(leaf(text)) },
  {
    refine: (value, at) => {
      if (value.ip === undefined && value.hostname.length === 0) throw badHost(at, 'Missing ip and hostname');
      return value;
    },
  },
);

const SERVICE_LENGTH_MAX = 255;
const MANY = 65_536;
const number = (name: string, range: { min: number; max: number }) =>
  attr(uint({ max: range.max }), {
    blank: [0],
    invalid: (given, at) => detail(at, `invalid service ${name} '${given}' in DNS SRV record`),
  });

const srvDetails = {
  domain: attr(filled),
  target: attr(filled),
  port: number('port', { min: 1, max: 65535 }),
  priority: number('priority', { min: 0, max: 65535 }),
  weight: number('weight', { min: 0, max: 65535 }),
};

export const srv = element(
  {
    service: attr(filled, { required: (at) => detail(at, 'missing required service attribute in DNS SRV record') }),
    protocol: attr(filled, { required: (at) => detail(at, 'missing required protocol attribute in DNS SRV record') }),
    ...srvDetails,
  },
  { refine: checkSrv },
);
/** What finds records: all that is given must be theirs. */
export const srvPattern = element({ service: attr(filled), protocol: attr(filled), ...srvDetails }, { refine: checkSrv });

interface Srv {
  readonly service?: string;
  readonly protocol?: string;
  readonly target?: string;
}

function checkSrv<T extends Srv>(value: T, at: Place): T {
  const { service = '', protocol = '', target } = value;
  if (service.length > SERVICE_LENGTH_MAX) throw detail(at, `service attribute exceeds ${SERVICE_LENGTH_MAX} characters in DNS SRV record`);
  if (!/^[A-Za-z0-9_+/*-]*$/.test(service)) throw detail(at, `invalid character in service attribute '${service}' in DNS SRV record`);
  if (!/^[A-Za-z0-9+/-]*$/.test(protocol)) throw detail(at, `invalid character in protocol attribute '${protocol}' in DNS SRV record`);
  const needing = ['port', 'priority', 'weight'].find((name) => at.element.attributes.has(name));
  if (needing && target === undefined)
    throw detail(at, `DNS SRV ${needing} attribute not permitted without target for service '${service}'`);
  if (at.element.attributes.get('port')?.trim() === '0') throw detail(at, "invalid service port '0' in DNS SRV record");
  return value;
}

const fields = {
  enable: attr(yesNo),
  forwardPlainNames: attr(yesNo),
  forwarder: children(forwarder),
  txt: children(txt, { most: MANY }),
  srv: children(srv, { most: MANY }),
  host: children(host, { most: MANY }),
};

export type NetworkDns = FieldsValue<typeof fields>;

/** The network's own name service. An element that says nothing is dropped. */
export const dns = element(fields, {
  refine: (value, at) => {
    const records = value.forwarder.length + value.txt.length + value.srv.length + value.host.length;
    if (value.enable === false && records > 0) throw xmlError(at, `Extra data in disabled network '${networkName(at)}'`, NETWORK);
    const empty = records === 0 && value.enable === undefined && value.forwardPlainNames === undefined;
    return empty ? undefined : value;
  },
});
