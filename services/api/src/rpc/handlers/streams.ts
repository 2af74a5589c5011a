import type { Call, ServerStream } from '@virtbus/libvirt-rpc';
import { invalidOperation, refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Line, Session } from '../session.js';
import type { DomainHandle } from '../handles.js';

const FORCE = 1;
const SAFE = 2;

/** Bytes go as they come, both ways; whichever end closes takes the other with it. */
function join(stream: ServerStream, line: Line): void {
  const close = () => void line.close();
  stream.listen({ onData: (bytes) => line.send(bytes), onFinish: () => line.close(), onAbort: close });
  line.onBytes((bytes) => void stream.send(bytes));
  void line.ended.then(() => stream.endOfData());
}

async function open(
  args: { readonly dom: DomainHandle; readonly device: string | undefined; readonly flags: number },
  session: Session,
  call: Call,
) {
  const { hostId, active, record } = await session.known.domain(args.dom);
  if (!active || hostId === undefined) throw invalidOperation('domain is not running');
  const device = args.device === undefined ? {} : { device: args.device };
  // libvirt's "safe" asks that nobody else has it, which is so unless it is forced.
  const line = await session.gateway.openLine({ hostId, uuid: record.uuid, force: (args.flags & FORCE) !== 0, ...device });
  join(call.openStream(), line);
  return {};
}

/** Procedures that open a stream. */
export const streams: RemoteHandlers = {
  domain_open_console: ({ dom, dev_name, flags }, session, call) => {
    refuseOtherFlags(flags, FORCE | SAFE, 'domain_open_console');
    return open({ dom, device: dev_name, flags }, session, call);
  },
};
