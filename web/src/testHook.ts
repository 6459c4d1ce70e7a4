import type { SessionModel } from './state/model';
import type { Radio } from './state/radio';

declare global {
  interface Window {
    /** Read-only, for end-to-end tests. */
    drift: {
      readonly player: {
        /** stopped | connecting | buffering | playing | waiting */
        readonly state: string;
        /** Timeline sample being heard, or null. */
        readonly heardSample: number | null;
        /** RMS of the sound before the volume, 0..1. */
        readonly energy: () => number;
        /** What the volume makes of an amplitude of 1; null until the first play. */
        readonly gain: () => number | null;
      };
      /** The LiveKit room's sound, while the page is in it. */
      readonly room: RoomProbe | null;
      /** What the page knows about the session. */
      readonly session: SessionModel;
    };
  }
}

/** What can be measured of the LiveKit room. */
export interface RoomProbe {
  /** connecting | in | lost */
  readonly state: string;
  /** The mix' inbound statistics; null while there is none. */
  readonly stats: () => Promise<RTCInboundRtpStreamStats | null>;
  /** RMS of left, right and their difference; null while the player has the music. */
  readonly channels: () => { readonly left: number; readonly right: number; readonly difference: number } | null;
  /** What ducking leaves of the mix: 1 is all of it. */
  readonly duckedTo: () => number | null;
  /** Has the plain audio element sound instead of Web Audio: only then do browsers count its energy. */
  readonly playPlainly: () => void;
  /** Tries to publish a microphone, whatever this client thinks of its rights. Resolves to the refusal, or to "". */
  readonly publish: () => Promise<string>;
}

/** Set by whatever is in the LiveKit room. */
export const probe: { room: RoomProbe | null } = { room: null };

/** Puts `window.drift` in place. */
export function exposeForTests(radio: Radio): void {
  const player = {
    get state() {
      return radio.player.status.kind;
    },
    get heardSample() {
      return radio.player.heardSample();
    },
    energy: () => radio.player.energy(),
    gain: () => radio.player.graph?.gain ?? null,
  };
  window.drift = Object.freeze({
    player: Object.freeze(player),
    get room() {
      return probe.room;
    },
    get session() {
      return radio.model.peek();
    },
  });
}
