import { useEffect, useState } from 'preact/hooks';
import { deleteSession, pageUrl, rename, reset, setPaused } from '../client';
import { mayDo } from '../room/model';
import type { Radio } from '../state/radio';
import { Dialog } from './Dialog';
import { PauseIcon, PlayIcon } from './icons';

interface SessionDialogProps {
  readonly radio: Radio;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** What concerns everybody in the session: its name, pausing it, starting over, ending it. */
export function SessionDialog({ radio, open, onClose }: SessionDialogProps) {
  const session = radio.presence.session.value;
  if (!session) return null;
  const lock = radio.presence.readOnly.value;
  const room = radio.room.model.value;
  // Where codes are wanted, ending a session is its hosts' business.
  const mayEnd = session.type === 'named' && (room.access !== 'codes' || mayDo(room, 'moderate'));
  return (
    <Dialog title={session.name} testId="session-dialog" open={open} onClose={onClose}>
      {lock === null ? (
        <>
          <p class="dialog-lead">What you change here, you change for everybody who listens.</p>
          <Pausing radio={radio} />
          <Renaming radio={radio} name={session.name} open={open} />
          <Act
            what="Start over"
            does="Forget the journey so far and begin a new one."
            testId="reset"
            onAct={() => void radio.command(() => reset(radio.sessionId)).then(onClose)}
          />
          {mayEnd && (
            <Act
              what="Delete"
              does="End the session, disconnect everybody and forget its journey."
              testId="delete"
              onAct={() => void radio.command(() => deleteSession(radio.sessionId)).then(onClose)}
            />
          )}
        </>
      ) : (
        <p class="dialog-lead">
          {lock} {session.followingSession !== null && <a href={pageUrl(session.followingSession)}>Go there</a>}
        </p>
      )}
      <p class="session-guests">
        For guests who should listen only: <a href={`/?follow=${encodeURIComponent(session.followingSession ?? session.id)}`}>make a read-only page</a>.
      </p>
    </Dialog>
  );
}

function Pausing({ radio }: { radio: Radio }) {
  const isPaused = radio.model.value.state === 'paused';
  return (
    <div class="act">
      <p class="act-text">
        {isPaused ? 'The session is paused: everybody hears silence.' : 'Pause the music for everybody; it goes on where it stopped.'}
      </p>
      <button
        class="text-button"
        type="button"
        data-testid="pause"
        onClick={() => void radio.command(() => setPaused(radio.sessionId, !isPaused))}
      >
        {isPaused ? <PlayIcon /> : <PauseIcon />}
        {isPaused ? 'Go on' : 'Pause'}
      </button>
    </div>
  );
}

function Renaming({ radio, name, open }: { radio: Radio; name: string; open: boolean }) {
  const [text, setText] = useState(name);
  useEffect(() => setText(name), [name, open]);
  const wanted = text.trim();
  return (
    <form
      class="act"
      onSubmit={(event) => {
        event.preventDefault();
        if (wanted !== '' && wanted !== name) void radio.command(() => rename(radio.sessionId, wanted));
      }}
    >
      <label class="act-text">
        <span class="unseen">Name</span>
        <input
          class="field"
          type="text"
          maxLength={64}
          autocomplete="off"
          spellcheck={false}
          data-testid="rename-field"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <button class="text-button" type="submit" disabled={wanted === '' || wanted === name} data-testid="rename">
        Rename
      </button>
    </form>
  );
}

interface ActProps {
  readonly what: string;
  readonly does: string;
  readonly testId: string;
  readonly onAct: () => void;
}

/** A button that asks once more. */
function Act({ what, does, testId, onAct }: ActProps) {
  const [asking, setAsking] = useState(false);
  return (
    <div class="act" onBlur={(event) => event.currentTarget.contains(event.relatedTarget as Node | null) || setAsking(false)}>
      <p class="act-text">{does}</p>
      <button
        class={`text-button${asking ? ' is-asking' : ''}`}
        type="button"
        data-testid={testId}
        aria-live="polite"
        onClick={() => {
          setAsking(!asking);
          if (asking) onAct();
        }}
      >
        {asking ? `${what}: sure?` : what}
      </button>
    </div>
  );
}
