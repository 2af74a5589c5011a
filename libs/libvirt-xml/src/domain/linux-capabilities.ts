/** Which of Linux's capabilities a container keeps. Read and kept only: virtual machines have no use for them. */
import { attr, child } from '../model/field.js';
import { element } from '../model/element.js';
import { oneOf, onOff } from '../model/scalar.js';

const capability = (xml: string) => child(element({ state: attr(onOff, { fallback: true }) }), { xml });

export const linuxCapabilities = element(
  {
    policy: attr(oneOf('default', 'allow', 'deny'), { fallback: 'default' }),
    auditControl: capability('audit_control'),
    auditWrite: capability('audit_write'),
    blockSuspend: capability('block_suspend'),
    chown: capability('chown'),
    dacOverride: capability('dac_override'),
    dacReadSearch: capability('dac_read_search'),
    fowner: capability('fowner'),
    fsetid: capability('fsetid'),
    ipcLock: capability('ipc_lock'),
    ipcOwner: capability('ipc_owner'),
    kill: capability('kill'),
    lease: capability('lease'),
    linuxImmutable: capability('linux_immutable'),
    macAdmin: capability('mac_admin'),
    macOverride: capability('mac_override'),
    mknod: capability('mknod'),
    netAdmin: capability('net_admin'),
    netBindService: capability('net_bind_service'),
    netBroadcast: capability('net_broadcast'),
    netRaw: capability('net_raw'),
    setgid: capability('setgid'),
    setfcap: capability('setfcap'),
    setpcap: capability('setpcap'),
    setuid: capability('setuid'),
    sysAdmin: capability('sys_admin'),
    sysBoot: capability('sys_boot'),
    sysChroot: capability('sys_chroot'),
    sysModule: capability('sys_module'),
    sysNice: capability('sys_nice'),
    sysPacct: capability('sys_pacct'),
    sysPtrace: capability('sys_ptrace'),
    sysRawio: capability('sys_rawio'),
    sysResource: capability('sys_resource'),
    sysTime: capability('sys_time'),
    sysTtyConfig: capability('sys_tty_config'),
    syslog: capability('syslog'),
    wakeAlarm: capability('wake_alarm'),
  },
  {
    unknownChild: (name) => `unexpected capability feature '${name}'`,
    refine: (value) => (value.policy === 'default' && Object.keys(value).length === 1 ? undefined : value),
  },
);
