import type { Radio } from '../state/radio';

/** The element that explains why nothing can be commanded here. */
export const LOCK_NOTE_ID = 'read-only';

interface Lock {
  readonly 'aria-disabled'?: true;
  readonly 'aria-describedby'?: string;
  readonly title?: string;
}

/**
 * Attributes of a control that commands; spread them last.
 *
 * Where commands are refused it looks disabled, says why, and can still be focused and pressed: that says why, too.
 */
export function lockOf(radio: Radio): Lock {
  const why = radio.presence.readOnly.value;
  return why === null ? {} : { 'aria-disabled': true, 'aria-describedby': LOCK_NOTE_ID, title: why };
}
