import '../styles/home.css';
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { pageUrl } from '../client';
import { Dialog } from '../components/Dialog';
import { SessionCard } from '../components/SessionCard';
import { CreateForm, FollowForm } from '../components/SessionForms';
import { ThemeButton } from '../components/ThemeButton';
import { HomeLink } from '../components/TopBar';
import { FrameLoop } from '../frameLoop';
import { bindKeyboard } from '../keyboard';
import { Scope } from '../scope';
import { Sessions } from '../state/sessions';
import { toggleTheme } from '../state/theme';
import { Horizon } from '../visualizer/horizon';

/** All live sessions: a valley of small landscapes. The sun stands where it stands at this time of the day. */
export function HomePage() {
  const asked = useMemo(() => new URLSearchParams(location.search), []);
  const creating = useSignal<string | null>(asked.get('create'));
  const following = useSignal<string | null>(asked.get('follow'));
  const scope = useMemo(() => new Scope(), []);
  const sessions = useMemo(() => new Sessions(scope), [scope]);
  useEffect(() => {
    document.title = 'Drift';
    bindKeyboard(scope, { t: toggleTheme });
    return () => scope.dispose();
  }, [scope]);

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
    <div class="page">
      <div class="sky">
        <header class="topbar">
          <div class="brand">
            <HomeLink />
          </div>
          <p class="presence" role="status" data-testid="sessions-state">
            {trouble !== null ? <span class="connection connection-bad">{trouble}</span> : list && countText(list.length)}
          </p>
          <div class="tools">
            <ThemeButton />
          </div>
        </header>
        <main class="stage home-stage">
          <h1 class="home-title">What would you like to hear?</h1>
          <ul class={`cards${trouble === null ? '' : ' is-stale'}`} aria-label="Sessions" aria-busy={list === null}>
            {list?.map((session) => (
              <SessionCard key={session.sessionId} session={session} leads={session.sessionId === leader} onFollow={() => (following.value = session.sessionId)} />
            ))}
            {list === null && [0, 1].map((place) => <li class="card card-unknown" key={place} aria-hidden="true" />)}
          </ul>
          {list?.length === 0 && <p class="empty-text">Nothing is on air. Start a session below.</p>}
        </main>
        <Scenery />
      </div>
      <section class="ground home-ground" aria-labelledby="new-session">
        <div class="home-new">
          <h2 class="home-new-title" id="new-session">
            Start one of your own
          </h2>
          <p class="home-new-text">A room, a mood, a party: its own music, steered by whoever opens it.</p>
        </div>
        <CreateForm name="" testId="create-form" autofocus={false} onMade={go} />
      </section>
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
    </div>
  );
}

function Scenery() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const sun = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!canvas.current || !sun.current) return;
    const scope = new Scope();
    new Horizon(scope, new FrameLoop(scope, () => false), canvas.current, {
      sun: sun.current,
      analyser: () => null,
      heading: () => 0,
      active: () => false,
      fraction: partOfDay,
    });
    return () => scope.dispose();
  }, []);
  return (
    <div class="landscape" aria-hidden="true">
      <div class="sun" ref={sun} />
      <canvas class="ridges" ref={canvas} />
    </div>
  );
}

function partOfDay(): number {
  const now = new Date();
  return (now.getHours() * 60 + now.getMinutes()) / 1440;
}

function countText(count: number): string {
  return count === 1 ? 'one session on air' : `${count} sessions on air`;
}
