import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { ChatMessage } from '../../api';
import type { Desk } from '../../room/desk';
import { mayDo } from '../../room/model';
import type { Pending } from '../../room/outbox';
import { groupsOf, piecesOf, timeWords } from '../../room/text';
import type { Radio } from '../../state/radio';
import { AskButton } from './AskButton';
import { BinIcon } from './icons';

interface ChatProps {
  readonly radio: Radio;
  readonly desk: Desk;
  readonly open: boolean;
}

/** Nearer than this to the end counts as reading along. */
const END_PX = 48;

/** What was said, the latest at the end. It scrolls by itself only for who is at the end. */
export function Chat({ radio, desk, open }: ChatProps) {
  const list = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const unseen = useSignal(0);
  const model = radio.room.model.value;
  const messages = model.room?.messages ?? [];
  const pending = desk.outbox.pending.value;
  const you = model.room?.you.participantId ?? '';
  const groups = useComputed(() => groupsOf(radio.room.model.value.room?.messages ?? []));
  const latest = messages.at(-1);
  const ends = useRef({ firstId: 0, lastId: 0, height: 0 });

  const toEnd = (): void => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  };
  const onScroll = (): void => {
    const { scrollTop, scrollHeight, clientHeight } = list.current ?? { scrollTop: 0, scrollHeight: 0, clientHeight: 0 };
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < END_PX;
    if (isAtEnd.current) read();
    if (scrollTop < 2 * END_PX) void desk.askEarlier();
  };
  const read = (): void => {
    unseen.value = 0;
    if (open && !document.hidden) radio.room.see();
  };

  // What one was reading stays where it was, whatever comes before or after.
  useLayoutEffect(() => {
    const box = list.current;
    if (!box) return;
    const before = ends.current;
    const firstId = messages[0]?.id ?? 0;
    const isEarlier = firstId < before.firstId;
    if (isEarlier) box.scrollTop += box.scrollHeight - before.height;
    if (isAtEnd.current && !isEarlier) {
      toEnd();
      read();
    } else if (latest && latest.id > before.lastId && before.lastId > 0 && latest.participantId !== you) {
      unseen.value += messages.filter(({ id, participantId }) => id > before.lastId && participantId !== you).length;
    }
    ends.current = { firstId, lastId: latest?.id ?? 0, height: box.scrollHeight };
  }, [messages, pending.length, open]);

  // One's own message is worth seeing wherever one was.
  useLayoutEffect(() => {
    if (pending.length > 0) toEnd();
  }, [pending.length]);

  // A list too short to be scrolled asks for what came before by itself.
  useEffect(() => {
    const box = list.current;
    if (open && box && messages.length > 0 && box.scrollHeight <= box.clientHeight + END_PX) void desk.askEarlier();
  }, [open, messages.length, model.hasEarlier]);

  useEffect(() => {
    const onLook = (): void => {
      if (isAtEnd.current) read();
    };
    document.addEventListener('visibilitychange', onLook);
    const box = new ResizeObserver(() => {
      if (isAtEnd.current) toEnd();
    });
    if (list.current) box.observe(list.current);
    return () => {
      document.removeEventListener('visibilitychange', onLook);
      box.disconnect();
    };
  }, [open]);

  const now = new Date();
  return (
    <div class="chat">
      <div class="chat-list" ref={list} role="log" aria-label="Chat" aria-live={desk.isAskingEarlier.value ? 'off' : 'polite'} tabIndex={0} data-testid="chat" onScroll={onScroll}>
        {desk.isAskingEarlier.value && <p class="chat-note">Looking further back</p>}
        {messages.length === 0 && pending.length === 0 && <p class="chat-empty">Nothing has been said yet. Say hello, or say where the music should go.</p>}
        {groups.value.map((group) => (
          <section class={`said${group.participantId === you ? ' is-own' : ''}`} key={group.key}>
            <p class="said-head">
              <bdi class="said-name">{group.participantId === you ? 'You' : group.name}</bdi>
              <time dateTime={group.messages[0]?.sentAt}>{timeWords(group.messages[0]?.sentAt ?? '', now)}</time>
            </p>
            {group.messages.map((message) => (
              <Message key={message.id} message={message} desk={desk} mayErase={message.participantId === you || mayDo(model, 'moderate')} />
            ))}
          </section>
        ))}
        {pending.length > 0 && (
          <section class="said is-own">
            {pending.map((one) => (
              <Unsent key={one.messageId} one={one} desk={desk} />
            ))}
          </section>
        )}
      </div>
      {unseen.value > 0 && (
        <button class="chat-new" type="button" data-testid="chat-new" onClick={toEnd}>
          {unseen.value === 1 ? 'One new message' : `${unseen.value} new messages`}
        </button>
      )}
    </div>
  );
}

interface MessageProps {
  readonly message: ChatMessage;
  readonly desk: Desk;
  readonly mayErase: boolean;
}

function Message({ message, desk, mayErase }: MessageProps) {
  if (message.deleted) {
    return (
      <p class="message is-gone" data-testid="message" data-id={message.id}>
        removed
      </p>
    );
  }
  return (
    <div class="message" data-testid="message" data-id={message.id} title={new Date(message.sentAt).toLocaleString()}>
      <p class="message-text" dir="auto">
        <Text text={message.text} />
      </p>
      {mayErase && (
        <AskButton class="message-erase" label="Delete" testId="erase" onYes={() => void desk.erase(message)}>
          <BinIcon />
        </AskButton>
      )}
    </div>
  );
}

function Unsent({ one, desk }: { one: Pending; desk: Desk }) {
  const { messageId, state, trouble } = one;
  return (
    <div class={`message is-${state}`} data-testid="pending" data-state={state}>
      <p class="message-text" dir="auto">
        <Text text={one.text} />
      </p>
      {state === 'sending' && <p class="message-state">on its way</p>}
      {state === 'waiting' && <p class="message-state">{trouble} Trying again.</p>}
      {state === 'failed' && (
        <p class="message-state" role="alert">
          {trouble}{' '}
          <button class="plain-button" type="button" data-testid="try-again" onClick={() => desk.outbox.again(messageId)}>
            Try again
          </button>
          <button class="plain-button" type="button" data-testid="give-up" onClick={() => desk.outbox.forget(messageId)}>
            Drop it
          </button>
        </p>
      )}
    </div>
  );
}

/** Never markup: text, and links that are plainly the address they show. */
function Text({ text }: { text: string }) {
  return (
    <>
      {piecesOf(text).map(({ text: shown, href }, place) =>
        href === null ? (
          shown
        ) : (
          <a key={place} href={href} target="_blank" rel="noopener noreferrer nofollow" dir="ltr">
            {shown}
          </a>
        ),
      )}
    </>
  );
}
