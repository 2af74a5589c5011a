/** What libvirt refuses while it reads a network: combinations of elements and forward modes. */
import { fault, unsupported, xmlError, type Place } from '../model/place.js';
import { isMulticast } from '../formats/mac.js';
import { networkOf, parseIp } from '../formats/ip.js';
import { effectivePrefix } from './ip-prefix.js';
import { NETWORK } from './network-name.js';
import type { NetworkDef } from './network.js';

type Mode = NonNullable<NetworkDef['forward']>['mode'];

/** Whether the host's own bridge carries the network; no forward element means isolated. */
export const isLayer3 = (mode: Mode | undefined): boolean => mode === undefined || ['none', 'nat', 'route', 'open'].includes(mode);

export function checkNetwork(value: NetworkDef, at: Place): void {
  const rules = [checkName, checkForwardMode, checkBridge, checkMtu, checkRoutes];
  for (const rule of rules) rule(value, at);
}

type Rule = (value: NetworkDef, at: Place) => void;

export const modeOf = ({ forward }: NetworkDef): Mode => forward?.mode ?? 'none';

const checkName: Rule = ({ name, mac }, at) => {
  if (/[/\n]/.test(name)) throw xmlDetail(at, `name ${name} cannot contain '${name.includes('/') ? '/' : String.raw`\n`}'`);
  if (mac && isMulticast(mac.address))
    throw xmlError(at, `Invalid multicast bridge mac address '${mac.address}' in network '${name}'`, NETWORK);
};

const checkForwardMode: Rule = (value, at) => {
  const { forward, ip, name, bridge } = value;
  const mode = modeOf(value);
  const devices = forward?.interface.length ?? 0;
  if (['nat', 'route', 'open'].includes(mode) && ip.length === 0) {
    throw xmlError(at, `${mode} forwarding requested, but no IP address provided for network '${name}'`, NETWORK);
  }
  if ((mode === 'nat' || mode === 'route') && devices > 1) {
    throw xmlError(at, `multiple forwarding interfaces specified for network '${name}', only one is supported`, NETWORK);
  }
  if (mode === 'open' && devices > 0) throw xmlError(at, `forward dev not allowed for network '${name}' with forward mode='open'`, NETWORK);
  if (mode === 'bridge' && bridge?.name !== undefined && (devices > 0 || forward?.pf)) {
    throw xmlError(
      at,
      `A network with forward mode='${mode}' can specify a bridge name or a forward dev, but not both (network '${name}')`,
      NETWORK,
    );
  }
};

const checkBridge: Rule = (value, at) => {
  const { name, bridge } = value;
  const mode = modeOf(value);
  if (!bridge || isLayer3(mode)) return;
  const layer3Only = 'only allowed in open, route, nat, and isolated mode, not in';
  if (bridge.stp !== undefined || (bridge.delay ?? 0) > 0)
    throw xmlError(at, `bridge delay/stp options ${layer3Only} ${mode} (network '${name}')`, NETWORK);
  if (bridge.zone !== undefined) throw xmlError(at, `bridge zone ${layer3Only} ${mode} (network '${name}')`, NETWORK);
  if (mode === 'bridge') return;
  if (bridge.name !== undefined) throw xmlError(at, `bridge name not allowed in ${mode} mode (network '${name}')`, NETWORK);
  if (bridge.macTableManager) throw xmlError(at, `bridge macTableManager setting not allowed in ${mode} mode (network '${name}')`, NETWORK);
};

const checkMtu: Rule = (value, at) => {
  const mode = modeOf(value);
  if (!value.mtu || isLayer3(mode)) return;
  throw xmlError(at, `mtu size only allowed in open, route, nat, and isolated mode, not in ${mode} (network '${value.name}')`, NETWORK);
};

const checkRoutes: Rule = ({ route, ip, name }, at) => {
  for (const { gateway } of route) {
    const address = parseIp(gateway);
    const reachable = ip.some((one) => {
      const own = parseIp(one.address);
      const prefix = effectivePrefix(one);
      return own && address && own.family === address.family && networkOf(own, prefix).bits === networkOf(address, prefix).bits;
    });
    if (!reachable) throw unsupported(at, `unreachable static route gateway '${gateway}' specified for network '${name}'`, NETWORK);
  }
};

const xmlDetail = (at: Place, words: string) => fault(at, 'XML_DETAIL', words, 5);
