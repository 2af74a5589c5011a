/** `<ip>` of an interface, on the guest's or the host's side. */
import { attr } from '../model/field.js';
import { element } from '../model/element.js';
import { oneOf, uint } from '../model/scalar.js';
import { xmlError } from '../model/place.js';
import { ip, parseIp } from '../formats/ip.js';
import { staticRoute } from './route.js';

export const interfaceAddress = element(
  {
    address: attr(ip, {
      required: (at) => xmlError(at, "Missing required attribute 'address' in element 'ip'", 5),
      invalid: (given, at) => xmlError(at, `Invalid address '${given}' in <ip>`),
    }),
    family: attr(oneOf('ipv4', 'ipv6'), { invalid: (given, at) => xmlError(at, `Invalid family '${given}' in <ip>`) }),
    prefix: attr(uint(), { invalid: (given, at) => xmlError(at, `Invalid prefix value '${given}'`), blank: [0] }),
    peer: attr(ip, { invalid: (given, at) => xmlError(at, `Invalid peer '${given}' in <ip>`) }),
  },
  {
    refine: (value, at) => {
      const family = value.family ?? 'ipv4';
      const other = [value.address, value.peer].find((one) => one !== undefined && parseIp(one)?.family !== family);
      if (other !== undefined) throw xmlError(at, `Invalid address '${other}' in <ip>`);
      if ((value.prefix ?? 0) > (family === 'ipv6' ? 128 : 32)) throw xmlError(at, `Invalid prefix value '${value.prefix}'`);
      return { ...value, family };
    },
  },
);

export const interfaceRoute = staticRoute(() => 'Domain interface');
