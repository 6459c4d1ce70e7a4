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
      };
      /** What the page knows about the session. */
      readonly session: SessionModel;
    };
  }
}

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
  };
  window.drift = Object.freeze({
    player: Object.freeze(player),
    get session() {
      return radio.model.peek();
    },
  });
}
