import { bytes, chars, hyper, int, list, maybe, struct, text, uhyper, uint, uuid } from '../xdr/index.js';
import { typedParam } from './typed-param.js';

/** The values that several procedures share. Objects travel by value: of a handle it is the UUID that counts. */
export const domain = struct({ name: text, uuid, id: int });
export const vcpuInfo = struct({ number: uint, state: int, cpu_time: uhyper, cpu: int });
export const network = struct({ name: text, uuid });
export const storagePool = struct({ name: text, uuid });
export const storageVol = struct({ pool: text, name: text, key: text });
export const nodeDevice = struct({ name: text });
export const hostInterface = struct({ name: text, mac: text });
export const secret = struct({ uuid, usageType: int, usageID: text });
export const domainMemoryStat = struct({ tag: int, val: uhyper });
export const domainEventGraphicsAddress = struct({ family: int, node: text, service: text });
export const domainEventGraphicsIdentity = struct({ type: text, name: text });
/** A frame of a stream that has no bytes. The flags are none yet. */
export const streamHole = struct({ length: hyper, flags: uint });
export const nwfilter = struct({ name: text, uuid });
export const domainSnapshot = struct({ name: text, dom: domain });
export const nodeGetCpuStats = struct({ field: text, value: uhyper });
export const nodeGetMemoryStats = struct({ field: text, value: uhyper });
export const domainDiskError = struct({ disk: text, error: int });
export const domainGetSecurityLabelRet = struct({ label: chars(4097), enforcing: int });
export const domainEventLifecycleMsg = struct({ dom: domain, event: int, detail: int });
export const domainEventRebootMsg = struct({ dom: domain });
export const domainEventRtcChangeMsg = struct({ dom: domain, offset: hyper });
export const domainEventWatchdogMsg = struct({ dom: domain, action: int });
export const domainEventIoErrorMsg = struct({ dom: domain, srcPath: text, devAlias: text, action: int });
export const domainEventGraphicsMsg = struct({
  dom: domain,
  phase: int,
  local: domainEventGraphicsAddress,
  remote: domainEventGraphicsAddress,
  authScheme: text,
  subject: list(domainEventGraphicsIdentity, 20),
});
export const domainEventIoErrorReasonMsg = struct({ dom: domain, srcPath: text, devAlias: text, action: int, reason: text });
export const domainEventControlErrorMsg = struct({ dom: domain });
export const domainEventBlockJobMsg = struct({ dom: domain, path: text, type: int, status: int });
export const domainEventDiskChangeMsg = struct({
  dom: domain,
  oldSrcPath: maybe(text),
  newSrcPath: maybe(text),
  devAlias: text,
  reason: int,
});
export const domainEventTrayChangeMsg = struct({ dom: domain, devAlias: text, reason: int });
export const domainEventPmwakeupMsg = struct({ dom: domain });
export const domainEventPmsuspendMsg = struct({ dom: domain });
export const domainEventBalloonChangeMsg = struct({ dom: domain, actual: uhyper });
export const domainEventPmsuspendDiskMsg = struct({ dom: domain });
export const domainEventDeviceRemovedMsg = struct({ dom: domain, devAlias: text });
export const networkDhcpLease = struct({
  iface: text,
  expirytime: hyper,
  type: int,
  mac: maybe(text),
  iaid: maybe(text),
  ipaddr: text,
  prefix: uint,
  hostname: maybe(text),
  clientid: maybe(text),
});
export const domainStatsRecord = struct({ dom: domain, params: list(typedParam, 262_144) });
export const domainFsinfo = struct({ mountpoint: text, name: text, fstype: text, dev_aliases: list(text, 256) });
export const domainIothreadInfo = struct({ iothread_id: uint, cpumap: bytes(2048) });
export const domainIpAddr = struct({ type: int, addr: text, prefix: uint });
export const domainInterface = struct({ name: text, hwaddr: maybe(text), addrs: list(domainIpAddr, 2048) });
export const nwfilterBinding = struct({ portdev: text, filtername: text });
export const networkPort = struct({ net: network, uuid });
export const domainCheckpoint = struct({ name: text, dom: domain });
export const remoteError = struct({
  code: int,
  domain: int,
  message: maybe(text),
  level: int,
  dom: maybe(domain),
  str1: maybe(text),
  str2: maybe(text),
  str3: maybe(text),
  int1: int,
  int2: int,
  net: maybe(network),
});
