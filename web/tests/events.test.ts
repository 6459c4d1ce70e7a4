import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectEvents, type LinkState } from '../src/live/events';
import { Scope } from '../src/scope';

class FakeSource extends EventTarget {
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  static opened: FakeSource[] = [];
  readyState = 1;

  constructor(readonly url: string) {
    super();
    FakeSource.opened.push(this);
  }

  close(): void {
    this.readyState = FakeSource.CLOSED;
  }

  hear(name: string): void {
    this.dispatchEvent(new MessageEvent(name, { data: '{}' }));
  }

  refuse(): void {
    this.readyState = FakeSource.CLOSED;
    this.dispatchEvent(new Event('error'));
  }
}

describe('connectEvents', () => {
  let page: EventTarget & { hidden?: boolean };
  let scope: Scope;
  let states: LinkState[];
  let refused: number;
  let retry: () => void;

  beforeEach(() => {
    vi.useFakeTimers();
    FakeSource.opened = [];
    page = new EventTarget();
    vi.stubGlobal('EventSource', FakeSource);
    vi.stubGlobal('document', page);
    vi.stubGlobal('window', new EventTarget());
    scope = new Scope();
    states = [];
    refused = 0;
    retry = connectEvents(scope, {
      url: '/events/x',
      onEvent: () => undefined,
      onState: (state) => states.push(state),
      onRefused: () => refused++,
    });
  });

  afterEach(() => {
    scope.dispose();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  const latest = (): FakeSource | undefined => FakeSource.opened.at(-1);

  it('keeps a connection that gives signs of life', () => {
    latest()?.hear('hello');
    for (let beat = 0; beat < 10; beat++) {
      vi.advanceTimersByTime(5000);
      latest()?.hear('heartbeat');
    }
    expect(FakeSource.opened).toHaveLength(1);
    expect(states).toEqual(['open']);
  });

  it('connects anew after a silence', () => {
    latest()?.hear('hello');
    vi.advanceTimersByTime(18_000);
    expect(FakeSource.opened).toHaveLength(2);
    expect(states).toEqual(['open', 'lost']);
  });

  it('notices at once that a laptop has slept, though timers stood still', () => {
    latest()?.hear('hello');
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(2500);
    expect(FakeSource.opened).toHaveLength(2);
  });

  it('does not trust a connection that looks open when somebody comes back to the page', () => {
    latest()?.hear('hello');
    page.dispatchEvent(new Event('visibilitychange'));
    expect(FakeSource.opened).toHaveLength(1);
    vi.setSystemTime(Date.now() + 8000);
    page.dispatchEvent(new Event('visibilitychange'));
    expect(FakeSource.opened).toHaveLength(2);
  });

  it('tells of a refusal, goes on trying, and tries at once when asked to', () => {
    latest()?.refuse();
    expect(refused).toBe(1);
    vi.advanceTimersByTime(500);
    expect(FakeSource.opened).toHaveLength(2);
    latest()?.refuse();
    retry();
    expect(FakeSource.opened).toHaveLength(3);
    vi.advanceTimersByTime(10_000);
    expect(FakeSource.opened).toHaveLength(3);
  });
});
