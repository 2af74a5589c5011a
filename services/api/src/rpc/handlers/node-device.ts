import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';
import type { nodeDevice as simulated } from '../private-fleet/fixture-table.js';
import { listed } from '../handles.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

type NodeDevice = typeof simulated;

/** The hosts' devices: the fleet as one hypervisor has none to give away, a private fleet has the machine itself. */
const devicesOf = ({ gateway }: Session): readonly NodeDevice[] => (gateway.simulated ? [gateway.simulated.nodeDevice] : []);

function found(session: Session, name: string): NodeDevice {
  const one = devicesOf(session).find((each) => each.name === name);
  if (one) return one;
  const words = `Node device not found: no node device with matching name '${name}'`;
  throw new RemoteError(errorCode.noNodeDevice, errorDomain.nodeDevice, words);
}

/** What is so of every device there is: the machine itself, which nobody starts. */
function ofDevice<T>(session: Session, name: string, answer: T): T {
  found(session, name);
  return answer;
}

const handle = ({ name }: NodeDevice) => ({ name });
const ofCapability = (session: Session, capability: string | undefined): readonly NodeDevice[] =>
  devicesOf(session).filter((each) => capability === undefined || each.capability === capability);

/** virConnectListAllNodeDevices: a bit for each kind, none for all; what runs and what is kept are higher bits. */
const SYSTEM = 1;
const KINDS = 0x0fff_ffff;

export const nodeDevice: RemoteHandlers = {
  node_num_of_devices: ({ cap }, session) => ({ num: ofCapability(session, cap).length }),
  node_list_devices: ({ cap }, session) => ({ names: ofCapability(session, cap).map(({ name }) => name) }),
  connect_list_all_node_devices: ({ need_results, flags }, session) => {
    const { list, ret } = listed((flags & KINDS) === 0 || (flags & SYSTEM) !== 0 ? devicesOf(session) : [], need_results);
    return { devices: list.map((each) => handle(each)), ret };
  },
  node_device_lookup_by_name: ({ name }, session) => ({ dev: handle(found(session, name)) }),
  node_device_get_xml_desc: ({ name }, session) => ({ xml: found(session, name).xml }),
  node_device_get_parent: ({ name }, session) => ofDevice(session, name, { parentName: undefined }),
  node_device_is_active: ({ name }, session) => ofDevice(session, name, { active: 1 }),
  node_device_is_persistent: ({ name }, session) => ofDevice(session, name, { persistent: 1 }),
  node_device_num_of_caps: ({ name }, session) => ofDevice(session, name, { num: 1 }),
  node_device_list_caps: ({ name }, session) => ({ names: [found(session, name).capability] }),
};
