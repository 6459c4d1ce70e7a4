import { useSignal } from '@preact/signals';
import type { SessionView } from '../api';
import { ApiError, createSession, followSession, messageOf, pageUrl } from '../client';

/** Leaves for the page of a session. */
export type Go = (sessionId: string) => void;

interface Refusal {
  readonly message: string;
  /** The live session that has the name already. */
  readonly sessionId: string | null;
}

interface CreateFormProps {
  readonly name: string;
  readonly testId: string;
  readonly autofocus: boolean;
  readonly onMade: Go;
}

/** A name, and a session is made of it. If one of that name is live, it is offered instead. */
export function CreateForm({ name, testId, autofocus, onMade }: CreateFormProps) {
  const wanted = useSignal(name);
  const { busy, refusal, run } = useMaking(onMade);
  return (
    <form
      class="make"
      data-testid={testId}
      onSubmit={(event) => {
        event.preventDefault();
        void run(() => createSession(wanted.value.trim()));
      }}
    >
      <input
        class="field"
        type="text"
        aria-label="Name of the new session"
        placeholder="kitchen"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        enterkeyhint="go"
        autofocus={autofocus}
        data-testid="create-name"
        value={wanted.value}
        onInput={(event) => {
          wanted.value = event.currentTarget.value;
          refusal.value = null;
        }}
      />
      <button class="text-button is-main" type="submit" aria-disabled={busy.value} data-testid="create">
        Create
      </button>
      <Refused refusal={refusal.value} />
    </form>
  );
}

interface FollowFormProps {
  /** The session to follow; one that is not live may be typed by whoever linked here. */
  readonly target: string;
  readonly sessions: readonly SessionView[];
  readonly onMade: Go;
}

/** Which session to follow, and what the follower is called. */
export function FollowForm({ target, sessions, onMade }: FollowFormProps) {
  const chosen = useSignal(target);
  const called = useSignal('');
  const { busy, refusal, run } = useMaking(onMade);
  const targets = sessions.filter(({ type }) => type !== 'follower').map(({ sessionId, name }) => ({ sessionId, name }));
  if (!targets.some(({ sessionId }) => sessionId === target)) targets.unshift({ sessionId: target, name: target });
  return (
    <form
      class="make make-follower"
      data-testid="follow-form"
      onSubmit={(event) => {
        event.preventDefault();
        void run(() => followSession(chosen.value, called.value.trim()));
      }}
    >
      <label class="make-label">
        Follow
        <select class="field" data-testid="follow-target" value={chosen.value} onChange={(event) => (chosen.value = event.currentTarget.value)}>
          {targets.map(({ sessionId, name }) => (
            <option key={sessionId} value={sessionId}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label class="make-label">
        Name of the new page
        <input
          class="field"
          type="text"
          placeholder="chosen for you"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          data-testid="follower-name"
          value={called.value}
          onInput={(event) => {
            called.value = event.currentTarget.value;
            refusal.value = null;
          }}
        />
      </label>
      <button class="text-button is-main" type="submit" autofocus aria-disabled={busy.value} data-testid="follow-go">
        Follow
      </button>
      <Refused refusal={refusal.value} />
    </form>
  );
}

function useMaking(onMade: Go) {
  const busy = useSignal(false);
  const refusal = useSignal<Refusal | null>(null);
  const run = async (make: () => Promise<SessionView>): Promise<void> => {
    if (busy.peek()) return;
    busy.value = true;
    refusal.value = null;
    try {
      onMade((await make()).sessionId);
    } catch (error) {
      const sessionId = error instanceof ApiError && error.status === 409 ? error.sessionId : null;
      refusal.value = { message: messageOf(error), sessionId };
    }
    busy.value = false;
  };
  return { busy, refusal, run };
}

function Refused({ refusal }: { refusal: Refusal | null }) {
  return (
    <p class="make-refused" role="alert" data-testid="refusal">
      {refusal?.message}
      {refusal?.sessionId != null && (
        <a href={pageUrl(refusal.sessionId)} data-testid="open-instead">
          Open it
        </a>
      )}
    </p>
  );
}
