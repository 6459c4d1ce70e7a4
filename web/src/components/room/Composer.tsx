import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { LONGEST_MESSAGE, type Desk } from '../../room/desk';
import { SendIcon } from './icons';

interface ComposerProps {
  readonly desk: Desk;
  /** Seconds between two messages of one's own; 0: as one likes. */
  readonly slowS: number;
}

/** How much is left is shown from here on. */
const NEARLY = 200;

/** Where one writes: Enter sends, Shift and Enter begins a new line. */
export function Composer({ desk, slowS }: ComposerProps) {
  const text = useSignal('');
  const waitS = useSlowMode(desk, slowS);
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => grow(field.current), [text.value]);
  const silence = desk.silence.value;
  const left = LONGEST_MESSAGE - Array.from(text.value.trim()).length;
  const canSend = silence === null && text.value.trim() !== '' && left >= 0 && waitS === 0;
  const send = (): void => {
    if (!canSend) return;
    desk.write(text.value);
    text.value = '';
  };
  if (silence !== null) {
    return (
      <p class="composer-silent" role="status" data-testid="silence">
        {silence}
      </p>
    );
  }
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div class="composer-box">
        <textarea
          ref={field}
          class="composer-field"
          rows={1}
          dir="auto"
          aria-label="Message"
          aria-describedby="composer-note"
          placeholder="Say something"
          enterkeyhint="send"
          data-focus
          data-testid="say-field"
          value={text.value}
          onInput={({ currentTarget }) => (text.value = currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        <button class="composer-send" type="submit" aria-label="Send" title="Send (Enter)" aria-disabled={!canSend} data-testid="say">
          <SendIcon />
        </button>
      </div>
      <p class="composer-note" id="composer-note" data-testid="composer-note">
        {left <= NEARLY && <span class={left < 0 ? 'is-too-long' : ''} data-testid="left">{left < 0 ? `${-left} characters too many` : `${left} characters left`}</span>}
        {slowS > 0 && <span>{waitS > 0 ? `Slow mode: you can write again in ${waitS} s` : `Slow mode: one message every ${slowS} s`}</span>}
      </p>
    </form>
  );
}

/** As high as its text, also where styles cannot say so. */
function grow(field: HTMLTextAreaElement | null): void {
  if (!field || CSS.supports('field-sizing', 'content')) return;
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight}px`;
}

/** Whole seconds until slow mode lets one write again. */
function useSlowMode(desk: Desk, slowS: number): number {
  const waitS = useSignal(0);
  const nextAtMs = desk.nextAtMs.value;
  useEffect(() => {
    const count = (): void => {
      waitS.value = slowS === 0 ? 0 : Math.max(0, Math.ceil((nextAtMs - performance.now()) / 1000));
      if (waitS.value === 0) clearInterval(timer);
    };
    const timer = setInterval(count, 250);
    count();
    return () => clearInterval(timer);
  }, [nextAtMs, slowS]);
  return waitS.value;
}
