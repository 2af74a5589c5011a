import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';
import { definitionOf } from '../domain-xml.js';
import { invalidOperation, refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import { isRelayed } from '../screens/shown-screens.js';

/** virDomainOpenGraphicsFlags. A screen that has a password asks for it all the same: only the client's user may know it. */
const SKIP_AUTH = 1;

const noScreen = (words: string): RemoteError => new RemoteError(errorCode.internal, errorDomain.qemu, `internal error: ${words}`);

/** A guest's screen on a socket that is handed to the client: it need not be able to dial one. */
export const domainGraphics: RemoteHandlers = {
  domain_open_graphics_fd: async ({ dom, idx, flags }, { known, gateway }, call) => {
    refuseOtherFlags(flags, SKIP_AUTH, 'domain_open_graphics_fd');
    const domain = await known.domain(dom);
    if (!domain.active) throw invalidOperation('domain is not running', errorDomain.domain);
    const screen = definitionOf(domain, false).devices.graphics[idx];
    if (!screen) throw noScreen(`No graphics backend with index ${idx}`);
    const { uuid } = domain.record;
    if (!isRelayed(screen, uuid)) throw noScreen(`Only VNC screens that the fleet shows can be opened, not graphics backend ${idx}`);
    call.passDescriptors(await gateway.openScreen(uuid));
    return {};
  },
};
