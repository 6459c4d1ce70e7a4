import '../styles/home.css';
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { RoomSnapshot } from '../api';
import { pageUrl } from '../client';
import { Dialog } from '../components/Dialog';
import { Frame } from '../components/Frame';
import { JoinForm } from '../components/room/JoinForm';
import { SessionCard } from '../components/SessionCard';
import { CreateForm, FollowForm } from '../components/SessionForms';
import { hasJoined } from '../room/joining';
import { fetchRoom } from '../room/requests';
import { Scope } from '../scope';
import { Sessions } from '../state/sessions';

/** The way in: a link's or one's own words to join a session, and all that are live as a valley of small landscapes. */
export function HomePage() {
  const asked = useMemo(() => new URLSearchParams(location.search), []);
  const creating = useSignal<string | null>(asked.get('create'));
  const link = useMemo(takeLink, []);
  const returning = useReturning(link?.sessionId ?? null);
  const following = useSignal<string | null>(asked.get('follow'));
  const scope = useMemo(() => new Scope(), []);
  const sessions = useMemo(() => new Sessions(scope), [scope]);
  useEffect(() => () => scope.dispose(), [scope]);

  const close = (): void => {
    creating.value = following.value = null;
    // Reloading need not ask again.
    history.replaceState(null, '', '/');
  };
  const go = (sessionId: string): void => {
    location.assign(pageUrl(sessionId));
  };
  const list = sessions.list.value;
  const trouble = sessions.trouble.value;
  const leader = (list?.find(({ state }) => state === 'playing') ?? list?.[0])?.sessionId;
  return (
    <Frame
      title="Drift"
      stage="home-stage"
      status={trouble !== null ? <span class="connection connection-bad">{trouble}</span> : list && countText(list.length)}
      ground={<Ground onMade={go} />}
    >
      <section class={`home-join${link ? ' is-asked' : ''}`} aria-labelledby="join-title">
        <h1 class="home-title" id="join-title">
          {link ? (
            <>
              Join <bdi>{link.sessionId}</bdi>
            </>
          ) : (
            'What would you like to hear?'
          )}
        </h1>
        {link && (
          <p class="home-lead" data-testid="returning">
            {returning.value ? (
              <>
                Welcome back, <bdi>{returning.value.name}</bdi>. You are a {returning.value.role} here.
              </>
            ) : (
              'You have been invited. Others in the room see the name that you choose.'
            )}
          </p>
        )}
        <JoinForm
          key={returning.value?.participantId ?? ''}
          sessionId={null}
          {...(link ? { link } : {})}
          asksCode
          name={returning.value?.name ?? null}
          autofocus={link !== null}
          button={returning.value ? 'Go in' : 'Join'}
          onJoined={go}
        />
      </section>
      <h2 class="home-on-air">On air</h2>
      <ul class={`cards${trouble === null ? '' : ' is-stale'}`} aria-label="Sessions" aria-busy={list === null}>
        {list?.map((session) => (
          <SessionCard key={session.sessionId} session={session} leads={session.sessionId === leader} onFollow={() => (following.value = session.sessionId)} />
        ))}
        {list === null && [0, 1].map((place) => <li class="card card-unknown" key={place} aria-hidden="true" />)}
      </ul>
      {list?.length === 0 && <p class="empty-text">Nothing is on air. Start a session below.</p>}
      <Dialog title="Start a session?" testId="create-dialog" open={creating.value !== null} onClose={close}>
        {creating.value !== null && (
          <>
            <p class="dialog-lead">You were sent here by a link. Nothing is made before you say so.</p>
            <CreateForm name={creating.value} testId="create-asked" autofocus onMade={go} />
          </>
        )}
      </Dialog>
      <Dialog title="Follow a session" testId="follow-dialog" open={following.value !== null} onClose={close}>
        {following.value !== null && (
          <>
            <p class="dialog-lead">
              A follower plays what another session plays, and cannot steer it: a page for guests, a stream for a speaker.
            </p>
            <FollowForm target={following.value} sessions={list ?? []} onMade={go} />
          </>
        )}
      </Dialog>
    </Frame>
  );
}

/** Where one starts a session. */
function Ground({ onMade }: { onMade: (sessionId: string) => void }) {
  return (
    <section class="ground home-ground" aria-labelledby="new-session">
      <div class="home-new">
        <h2 class="home-new-title" id="new-session">
          Start one of your own
        </h2>
        <p class="home-new-text">
          A room, a mood, a party: its own music. <a href="/new" data-testid="to-new">With links for guests</a>
        </p>
      </div>
      <CreateForm name="" testId="create-form" autofocus={false} onMade={onMade} />
    </section>
  );
}

function countText(count: number): string {
  return count === 1 ? 'one session on air' : `${count} sessions on air`;
}

/** What a link asks to join. Its code leaves the address bar, and with it the history and the eyes of others. */
function takeLink(): { sessionId: string; code: string } | null {
  const asked = new URLSearchParams(location.search);
  const sessionId = asked.get('sessionId');
  if (sessionId === null) return null;
  const code = asked.get('code') ?? '';
  asked.delete('code');
  history.replaceState(null, '', `/?${asked}`);
  return { sessionId, code };
}

/** Who one is in the session of the link already; null: not known there. */
function useReturning(sessionId: string | null) {
  const you = useSignal<RoomSnapshot['you'] | null>(null);
  useEffect(() => {
    if (sessionId === null || !hasJoined(sessionId)) return;
    void fetchRoom(sessionId).then(
      (room) => (you.value = room.you),
      () => undefined,
    );
  }, [sessionId]);
  return you;
}
