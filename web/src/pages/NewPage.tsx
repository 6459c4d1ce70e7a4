import '../styles/home.css';
import '../styles/new.css';
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { pageUrl } from '../client';
import { Frame } from '../components/Frame';
import { AskButton } from '../components/room/AskButton';
import { JoinForm } from '../components/room/JoinForm';
import { Links, type InviteLink } from '../components/room/Links';
import { LONGEST_NAME, rememberedName } from '../room/joining';
import { Makings, namesOf, type Making } from '../room/making';

/** Makes a session with links for guests; with `?names=` several at once, one for each room of a party. */
export function NewPage() {
  const names = useMemo(() => namesOf(location.search), []);
  const makings = useMemo(() => new Makings(names.length > 0 ? names : ['']), [names]);
  const all = makings.all.value;
  const isDone = all.every(({ state }) => state === 'made' || state === 'taken');
  useEffect(() => {
    // A reload shows what was made, as far as this tab knows its codes.
    const made = all.filter(({ sessionId }) => sessionId !== '').map(({ sessionId }) => sessionId);
    if (isDone) history.replaceState(null, '', `/new?names=${made.map(encodeURIComponent).join(',')}`);
  }, [isDone]);
  return (
    <Frame title="New session · Drift" stage="new-stage">
      <div class="new-head">
        <h1 class="home-title">{titleOf(all, isDone)}</h1>
        {isDone && all.some(({ codes }) => codes) && (
          <button class="text-button" type="button" data-testid="print" onClick={() => window.print()}>
            Print QR cards
          </button>
        )}
      </div>
      {isDone && all.some(({ codes }) => codes) && (
        <p class="new-lead">Keep these links: the codes in them are shown in this tab only. A host can make new ones in the room.</p>
      )}
      {!isDone && <MakeForm makings={makings} />}
      <div class={`made-all${all.length === 1 ? ' is-one' : ''}`}>
        {all.map((one, place) => (one.state === 'made' || one.state === 'taken') && <Made key={place} one={one} place={place} makings={makings} />)}
      </div>
    </Frame>
  );
}

function titleOf(all: readonly Making[], isDone: boolean): string {
  if (all.length > 1) return isDone ? `${all.length} rooms for the party` : `A party in ${all.length} rooms`;
  return isDone ? 'Your session is on air' : 'A session of your own';
}

function MakeForm({ makings }: { makings: Makings }) {
  const all = makings.all.value;
  const busy = useSignal(false);
  const called = useSignal(rememberedName());
  const make = async (): Promise<void> => {
    if (busy.peek() || called.peek().trim() === '') return;
    busy.value = true;
    await makings.make(called.peek());
    busy.value = false;
  };
  const isParty = all.length > 1;
  return (
    <form
      class="join new-form"
      data-testid="new-form"
      onSubmit={(event) => {
        event.preventDefault();
        void make();
      }}
    >
      {all.map((one, place) =>
        one.state === 'made' || one.state === 'taken' ? null : (
          <label class="join-field" key={place}>
            <span class="join-label">{isParty ? `Room ${place + 1}` : 'Name of the session'}</span>
            <input class="field" type="text" autocomplete="off" autocapitalize="off" spellcheck={false} maxLength={64} placeholder="chosen for you" data-testid="new-name" value={one.name} onInput={({ currentTarget }) => makings.rename(place, currentTarget.value)} />
            <span class="new-trouble" role="alert" data-testid="new-trouble">
              {one.trouble}
            </span>
          </label>
        ),
      )}
      <label class="join-field">
        <span class="join-label">Your name</span>
        <input class="field" required type="text" dir="auto" autocomplete="nickname" spellcheck={false} maxLength={LONGEST_NAME} enterkeyhint="go" placeholder="as others see you" autofocus data-testid="new-host" value={called.value} onInput={({ currentTarget }) => (called.value = currentTarget.value)} />
      </label>
      <button class="text-button is-main join-go" type="submit" aria-disabled={busy.value} data-testid="new-go">
        {busy.value ? 'Making' : isParty ? 'Make the rooms' : 'Make it'}
      </button>
      <p class="new-lead">You become its host: you steer, talk, and decide who else may.</p>
    </form>
  );
}

interface MadeProps {
  readonly one: Making;
  readonly place: number;
  readonly makings: Makings;
}

/** A room: what it is called, and the ways into it. */
function Made({ one, place, makings }: MadeProps) {
  const { sessionId, codes, state, access, isHost, trouble } = one;
  const plain: InviteLink = { role: 'collaborator', url: new URL(`/?${new URLSearchParams({ sessionId })}`, location.href).href };
  return (
    <section class="made" data-testid="made" data-session={sessionId} data-state={state} aria-label={sessionId}>
      <header class="made-head">
        <h2 class="made-name">
          <bdi>{sessionId}</bdi>
        </h2>
        <a class="text-button is-main" href={pageUrl(sessionId)} data-testid="open-session">
          Open session
        </a>
      </header>
      {codes && <Links links={(['collaborator', 'viewer', 'host'] as const).map((role) => ({ role, url: codes.links[role] }))} />}
      {!codes && access === 'open' && (
        <>
          <p class="new-lead">It was there already. Whoever opens this link joins as a collaborator.</p>
          <Links links={[plain]} />
        </>
      )}
      {!codes && access === 'codes' && !isHost && (
        <>
          <p class="new-lead">It was there already, and its links are not known in this tab. With the host’s code you can make new ones.</p>
          <JoinForm sessionId={sessionId} asksCode autofocus={false} button="Join" onJoined={(_, room) => makings.joined(place, room)} />
        </>
      )}
      {!codes && isHost && (
        <p class="made-renew">
          You are its host. New links make all old ones stop working.
          <AskButton label="Make new links" testId="renew" onYes={() => void makings.renew(place)} />
        </p>
      )}
      {trouble !== null && (
        <p class="new-trouble" role="alert">
          {trouble}
        </p>
      )}
    </section>
  );
}
