import '../../styles/join.css';
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { RoomSnapshot } from '../../api';
import { Joining, LONGEST_NAME, rememberedName, type JoinRefusal } from '../../room/joining';
import { Scope } from '../../scope';

export interface JoinFormProps {
  /** Null: it is asked for. */
  readonly sessionId: string | null;
  /** What a link has filled in. */
  readonly link?: { readonly sessionId: string; readonly code: string };
  /** Whether a code is asked for. */
  readonly asksCode: boolean;
  /** Known from an earlier visit; else the name that was used last. */
  readonly name?: string | null;
  readonly autofocus: boolean;
  readonly button: string;
  readonly onJoined: (sessionId: string, room: RoomSnapshot) => void;
}

/** A session, a code and a name. What cannot be is said in words, next to what could help. */
export function JoinForm({ sessionId, link, asksCode, name = null, autofocus, button, onJoined }: JoinFormProps) {
  const scope = useMemo(() => new Scope(), []);
  const joining = useMemo(() => new Joining(scope), [scope]);
  useEffect(() => () => scope.dispose(), [scope]);
  const session = useSignal(link?.sessionId ?? '');
  const code = useSignal(link?.code ?? '');
  const typedName = useSignal<string | null>(null);
  const shownName = typedName.value ?? name ?? rememberedName();
  const form = useRef<HTMLFormElement>(null);
  const refusal = joining.refusal.value;
  const waitS = joining.waitS.value;

  useEffect(() => {
    if (!autofocus) return;
    const fields = [...(form.current?.querySelectorAll<HTMLElement>('input, button') ?? [])];
    (fields.find((field) => field instanceof HTMLInputElement && field.value === '' && field.required) ?? fields.at(-1))?.focus();
  }, []);

  const join = async (): Promise<void> => {
    const wanted = sessionId ?? session.value.trim();
    const room = await joining.join(wanted, code.value, shownName);
    if (room) onJoined(wanted, room);
  };
  const typed = (change: () => void): void => {
    change();
    joining.forget();
  };
  return (
    <form
      class="join"
      ref={form}
      data-testid="join-form"
      onSubmit={(event) => {
        event.preventDefault();
        void join();
      }}
    >
      {sessionId === null && (
        <Field label="Session">
          <input class="field" required type="text" autocomplete="off" autocapitalize="off" spellcheck={false} maxLength={200} placeholder="kitchen" data-testid="join-session" value={session.value} onInput={({ currentTarget }) => typed(() => (session.value = currentTarget.value))} />
        </Field>
      )}
      {asksCode && (
        <Field label="Code">
          <input class="field" type="text" autocomplete="off" autocapitalize="off" spellcheck={false} maxLength={200} placeholder="from the link" data-testid="join-code" value={code.value} onInput={({ currentTarget }) => typed(() => (code.value = currentTarget.value))} />
        </Field>
      )}
      <Field label="Your name">
        <input class="field" required type="text" dir="auto" autocomplete="nickname" spellcheck={false} maxLength={LONGEST_NAME} enterkeyhint="go" placeholder="as others see you" data-testid="join-name" value={shownName} onInput={({ currentTarget }) => typed(() => (typedName.value = currentTarget.value))} />
      </Field>
      <button class="text-button is-main join-go" type="submit" aria-disabled={joining.busy.value || waitS > 0} data-testid="join">
        {joining.busy.value ? 'Joining' : button}
      </button>
      <p class="join-refused" role="alert" data-testid="join-refused" data-kind={refusal?.kind}>
        {refusal && <Refused refusal={refusal} waitS={waitS} sessionId={sessionId ?? session.value.trim()} />}
      </p>
    </form>
  );
}

function Refused({ refusal, waitS, sessionId }: { refusal: JoinRefusal; waitS: number; sessionId: string }) {
  return (
    <>
      {refusal.message}
      {/* Read out once, not every second. */}
      {waitS > 0 && <span aria-live="off">{` You can try again in ${waitS} s.`}</span>}
      {refusal.kind === 'missing' && (
        <>
          {' '}
          <a href={`/new?names=${encodeURIComponent(sessionId)}`} data-testid="make-it">
            Make it
          </a>
        </>
      )}
    </>
  );
}

function Field({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <label class="join-field">
      <span class="join-label">{label}</span>
      {children}
    </label>
  );
}
