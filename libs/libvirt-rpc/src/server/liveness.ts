/** Milliseconds. */
export interface LivenessLimits {
  /** Silence after which the peer is pinged. */
  readonly pingAfter: number;
  /** Pings in a row that may stay unanswered. */
  readonly pings: number;
  /** How long one frame may take from its first byte to its last. */
  readonly frame: number;
  /** How long a peer may take to authenticate. */
  readonly authentication: number;
}

export const usualLiveness: LivenessLimits = { pingAfter: 5_000, pings: 5, frame: 60_000, authentication: 60_000 };

export type LivenessVerdict = 'well' | 'ping' | 'silent' | 'slow' | 'unauthenticated';

/** Whether a peer still deserves its connection. Told the time; every frame counts as life, as libvirt has it. */
export class Liveness {
  private heardAt: number;
  private frameSince: number | undefined;
  private unanswered = 0;
  /** Only peers that asked for it answer pings. */
  pinged = false;
  authenticated = false;

  constructor(
    private readonly limits: LivenessLimits,
    private readonly beganAt: number,
  ) {
    this.heardAt = beganAt;
  }

  /** @param partial whether the bytes end within a frame */
  heard(now: number, frames: number, partial: boolean): void {
    if (frames > 0) {
      this.heardAt = now;
      this.unanswered = 0;
      this.frameSince = undefined;
    }
    if (partial) this.frameSince ??= now;
  }

  verdict(now: number): LivenessVerdict {
    const { limits } = this;
    if (this.frameSince !== undefined && now - this.frameSince > limits.frame) return 'slow';
    if (!this.authenticated && now - this.beganAt > limits.authentication) return 'unauthenticated';
    if (!this.pinged || now - this.heardAt < limits.pingAfter * (this.unanswered + 1)) return 'well';
    if (this.unanswered >= limits.pings) return 'silent';
    this.unanswered += 1;
    return 'ping';
  }
}
