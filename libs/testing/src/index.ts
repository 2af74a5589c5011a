/** What tests of several packages share. */
export { changed } from './changed.js';
export { startCollector, type CollectedSpan, type Collector } from './collector.js';
export { endWithTest } from './end-with-test.js';
export { eventually } from './eventually.js';
export { SriovPeer, type PeerFunction, type PeerLink } from './sriov-peer.js';
export { recordedLog, type RecordedLog } from './recorded-log.js';
export { startChild, startTestNats, type TestNats } from './test-nats.js';
export { TestAuthority } from './test-authority.js';
export { TestLibvirtd, type Spoken } from './test-libvirtd.js';
