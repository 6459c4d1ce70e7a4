import { createSession } from '../client';
import type { Radio } from '../state/radio';

/** In place of the music, when there is no session to this page (any more, or yet). */
export function Gone({ radio }: { radio: Radio }) {
  const { presence, sessionId } = radio;
  const where = presence.whereabouts.value;
  const session = presence.session.value;
  const model = radio.model.value;
  const name = session?.name ?? sessionId;
  const followed = model.followedName ?? session?.followingSession ?? 'its session';
  const isWaiting = where === 'waiting';
  const canBeMade = !isWaiting && sessionId !== 'master' && session?.type !== 'follower';

  const create = async (): Promise<void> => {
    // Somebody else may have been quicker: then it is there, which is what was wanted.
    await radio.command(() => createSession(sessionId));
    radio.reconnect();
  };

  return (
    <div class="empty" data-testid="gone" data-where={where}>
      <p class="eyebrow">
        <bdi>{name}</bdi>
      </p>
      <h1 class="title title-medium" aria-live="polite">
        {where === 'ended' && `This session has ended${model.ended ? ` (${model.ended})` : ''}.`}
        {where === 'missing' && 'There is no such session.'}
        {isWaiting && `Waiting for ${followed}`}
      </h1>
      <p class="empty-text">
        {where === 'ended' && 'Whoever listened here has been disconnected. If it is made again, this page goes on by itself.'}
        {where === 'missing' && 'It may have been deleted, or nobody has made it yet.'}
        {isWaiting && 'The session that this page follows is not there now. As soon as it is made again, the music goes on here by itself.'}
      </p>
      <p class="empty-ways">
        {canBeMade && (
          <button class="text-button is-main" type="button" data-testid="create-it" onClick={() => void create()}>
            {where === 'ended' ? 'Make it again' : 'Create it'}
          </button>
        )}
        <a class="text-button" href="/" data-testid="go-home">
          Home
        </a>
      </p>
    </div>
  );
}
