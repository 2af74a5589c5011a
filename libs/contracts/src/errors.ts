/**
 * Every error that crosses the bus. The code is the contract; the words may change.
 *
 * `libvirt` is the number that a libvirt client is shown, and `domain` the libvirt module that reports it (5 XML, 10 QEMU,
 * 19 network, 20 domain). `fault` says whose move it is: the caller's request is wrong, capacity is short, a host
 * misbehaved, or virtbus has a bug. `retry` says whether sending the same command again may help.
 */
export type Fault = 'caller' | 'capacity' | 'host' | 'us';

export interface ErrorRow {
  readonly fault: Fault;
  readonly libvirt: number;
  readonly domain: number;
  readonly status: number;
  readonly retry: boolean;
  readonly doc: string;
}

/** Numbers are libvirt's error, libvirt's module, and the HTTP status. */
const row = (fault: Fault, [libvirt, domain, status]: readonly [number, number, number], doc: string): ErrorRow => ({
  fault,
  libvirt,
  domain,
  status,
  retry: fault === 'capacity' || fault === 'host',
  doc,
});

export const errors = {
  payload_invalid: row('caller', [8, 0, 400], 'A field of the message is missing or wrong; the message names it.'),
  payload_too_large: row('caller', [8, 0, 413], 'The message, or the XML in it, is over its size limit.'),
  deadline_passed: row('caller', [68, 0, 408], 'The command was not begun before its deadline, so it will never be.'),
  xml_error: row('caller', [27, 20, 400], 'The XML is malformed, or a required part is missing or has a bad value.'),
  xml_detail: row('caller', [35, 20, 400], 'A detail of the XML (DNS, bandwidth, names) has a bad value.'),
  missing_name: row('caller', [21, 20, 400], 'The definition has no name.'),
  invalid_argument: row('caller', [8, 20, 400], 'A value is outside what is accepted.'),
  config_unsupported: row('caller', [67, 20, 422], 'The configuration asks for what cannot be done here; the message names the element.'),
  no_domain: row('caller', [42, 10, 404], 'No domain has that name or UUID.'),
  no_network: row('caller', [43, 19, 404], 'No network has that name or UUID.'),
  no_device: row('caller', [99, 20, 404], 'The domain has no such device, or the message does not say which of several.'),
  no_host: row('caller', [38, 0, 404], 'No host has that id.'),
  operation_invalid: row('caller', [55, 10, 409], 'The object is in a state that forbids the operation.'),
  operation_failed: row('caller', [9, 10, 409], 'The operation could not be done; the message says why.'),
  operation_unsupported: row('caller', [84, 10, 422], 'The operation is not available for this object.'),
  no_domain_metadata: row('caller', [80, 10, 404], 'The domain has no such title, description or metadata.'),
  mac_in_use: row('caller', [55, 19, 409], 'Another interface on the network already has the MAC address.'),
  pool_exhausted: row('capacity', [1, 19, 503], 'The network lends devices of the host, and none that it may lend is there or free.'),
  no_nwfilter: row('caller', [62, 33, 404], 'No network filter has that name or UUID.'),
  no_nwfilter_binding: row('caller', [101, 33, 404], 'No link of that name has a network filter.'),
  no_secret: row('caller', [66, 30, 404], 'No secret has that UUID or usage, or it has no value.'),
  no_pool: row('caller', [49, 18, 404], 'No storage pool has that name or UUID.'),
  no_volume: row('caller', [50, 18, 404], 'The storage pool has no volume of that name.'),
  volume_exists: row('caller', [90, 18, 409], 'The storage pool has a volume of that name already.'),
  network_port_exists: row('caller', [106, 19, 409], 'The network has a port of that UUID already.'),
  no_network_port: row('caller', [107, 19, 404], 'No network port has that UUID.'),
  no_operation: row(
    'caller',
    [8, 0, 404],
    'No command with that id is known: it was never sent, or its outcome is older than the stream keeps.',
  ),
  no_token: row('caller', [8, 0, 404], 'No API token has that id.'),
  no_resource: row('caller', [8, 0, 404], 'The gateway has nothing at that address.'),
  method_unsupported: row('caller', [8, 0, 405], 'The resource does not know the method.'),
  media_type_unsupported: row('caller', [8, 0, 415], 'The body is neither JSON nor XML, or the answer is wanted as neither.'),
  revision_conflict: row('caller', [55, 0, 412], 'The object has changed since the revision that the caller named.'),
  unauthenticated: row('caller', [45, 0, 401], 'No credential came with the call, or it is not, or no longer, valid.'),
  rate_limited: row('capacity', [9, 0, 429], 'The credential has made too many calls; it may go on in a moment.'),
  forbidden: row('caller', [29, 0, 403], 'The credential does not allow the operation.'),
  unschedulable: row('capacity', [9, 10, 503], 'No host can hold the domain now; the message gives each reason with its number of hosts.'),
  stale_epoch: row('host', [55, 10, 409], 'The order belongs to an older placement of the domain.'),
  host_unreachable: row('host', [38, 10, 503], 'The host that holds the domain does not answer.'),
  service_unreachable: row('host', [38, 0, 503], 'A service of the control plane does not answer.'),
  qemu_failed: row('host', [1, 10, 500], 'QEMU ended or refused; the message holds its last words.'),
  agent_unresponsive: row('host', [86, 10, 504], 'The agent in the guest does not answer, or is not there.'),
  system_error: row('host', [38, 10, 500], 'A system call on the host failed.'),
  network_in_use: row('host', [1, 19, 409], "The host already routes the network's subnet elsewhere, or the bridge name is taken."),
  bridge_full: row('capacity', [38, 10, 503], 'The bridge on the host has as many ports as the kernel allows.'),
  internal: row('us', [1, 0, 500], 'A fault of virtbus. Its log has the whole story.'),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errors;

export const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(errors, text);
