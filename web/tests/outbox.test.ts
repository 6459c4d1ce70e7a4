import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChatMessage } from '../src/api';
import { ApiError } from '../src/client';
import { randomId } from '../src/room/ids';
import { Outbox } from '../src/room/outbox';
import { Scope } from '../src/scope';

const UNREACHABLE = new ApiError('unreachable', 'The server cannot be reached.', 0);

describe('Outbox', () => {
  const send = vi.fn<(text: string, messageId: string) => Promise<ChatMessage>>();
  const onSent = vi.fn();
  let scope: Scope;
  let outbox: Outbox;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('window', new EventTarget());
    send.mockReset();
    onSent.mockReset();
    scope = new Scope();
    outbox = new Outbox(scope, { send, onSent });
  });

  afterEach(() => {
    scope.dispose();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  const sent = (text: string) => Promise.resolve({ text } as ChatMessage);
  const states = () => outbox.pending.value.map(({ text, state }) => `${text} ${state}`);

  it('sends in the order of writing, one at a time', async () => {
    const answers: (() => void)[] = [];
    send.mockImplementation((text) => new Promise((resolve) => answers.push(() => resolve({ text } as ChatMessage))));
    outbox.add('one');
    outbox.add('two');
    expect(send).toHaveBeenCalledTimes(1);
    expect(states()).toEqual(['one sending', 'two sending']);
    answers[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(send.mock.calls.map(([text]) => text)).toEqual(['one', 'two']);
    answers[1]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(states()).toEqual([]);
    expect(onSent).toHaveBeenCalledTimes(2);
  });

  it('tries again with the same id while the server cannot be reached', async () => {
    send.mockRejectedValueOnce(UNREACHABLE).mockRejectedValueOnce(new ApiError('x', 'broken', 502)).mockImplementation(sent);
    outbox.add('one');
    await vi.advanceTimersByTimeAsync(0);
    expect(states()).toEqual(['one waiting']);
    await vi.advanceTimersByTimeAsync(3000);
    expect(states()).toEqual([]);
    expect(new Set(send.mock.calls.map(([, messageId]) => messageId)).size).toBe(1);
    expect(send).toHaveBeenCalledTimes(3);
  });

  it('gives up after a while, and tries again when somebody wants it', async () => {
    send.mockRejectedValue(UNREACHABLE);
    outbox.add('one');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(states()).toEqual(['one failed']);
    const [, messageId] = send.mock.calls[0] ?? [];
    send.mockImplementation(sent);
    outbox.again(messageId ?? '');
    await vi.advanceTimersByTimeAsync(0);
    expect(states()).toEqual([]);
    expect(send.mock.lastCall?.[1]).toBe(messageId);
  });

  it('does not wait out a wait when the connection is back', async () => {
    send.mockRejectedValueOnce(UNREACHABLE).mockImplementation(sent);
    outbox.add('one');
    await vi.advanceTimersByTimeAsync(0);
    outbox.retryNow();
    await vi.advanceTimersByTimeAsync(0);
    expect(states()).toEqual([]);
  });

  it('waits as long as the server wishes, whatever comes back', async () => {
    send.mockRejectedValueOnce(new ApiError('too-many', 'You are writing too fast.', 429, null, 3)).mockImplementation(sent);
    outbox.add('one');
    await vi.advanceTimersByTimeAsync(0);
    outbox.retryNow();
    await vi.advanceTimersByTimeAsync(2900);
    expect(send).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(states()).toEqual([]);
  });

  it('takes a refusal for an answer, and goes on with the next', async () => {
    send.mockRejectedValueOnce(new ApiError('muted', 'A host has muted you in this room.', 403)).mockImplementation(sent);
    outbox.add('one');
    outbox.add('two');
    await vi.advanceTimersByTimeAsync(0);
    expect(outbox.pending.value).toMatchObject([{ text: 'one', state: 'failed', trouble: 'A host has muted you in this room.' }]);
    expect(onSent).toHaveBeenCalledTimes(1);
  });

  it('is content when an event was quicker than the answer', async () => {
    send.mockRejectedValueOnce(UNREACHABLE);
    outbox.add('one');
    await vi.advanceTimersByTimeAsync(0);
    outbox.forget(outbox.pending.value[0]?.messageId ?? '');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(send).toHaveBeenCalledTimes(1);
  });

  it('stops with its page', async () => {
    send.mockRejectedValue(UNREACHABLE);
    outbox.add('one');
    await vi.advanceTimersByTimeAsync(0);
    scope.dispose();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(send).toHaveBeenCalledTimes(1);
  });
});

describe('randomId', () => {
  it('needs no secure origin', () => {
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
    const [one, other] = [randomId(), randomId()];
    expect(one).toMatch(/^[0-9a-f]{32}$/);
    expect(one).not.toBe(other);
    vi.unstubAllGlobals();
  });
});
