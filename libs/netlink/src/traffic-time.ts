/** The kernel's packet scheduler counts time in ticks of 64 ns (`PSCHED_SHIFT`), whatever the clock: tc(8)'s `tc_calc_xmittime`. */
const tickNs = 64;

/** How long `bytes` take at a rate, in ticks. */
export const transmissionTicks = (bytes: number, bytesPerSecond: number): number =>
  Math.min(Math.floor((bytes * (1e9 / tickNs)) / bytesPerSecond), 0xffff_ffff);

/** The other way round, to the byte. */
export const bytesInTicks = (ticks: number, bytesPerSecond: number): number => Math.round((ticks * tickNs * bytesPerSecond) / 1e9);
