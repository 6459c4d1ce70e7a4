import { describe, expect, it, vi } from 'vitest';
import { Scope } from '../src/scope';

describe('Scope', () => {
  it('disposes what it owns once, newest first, children included', () => {
    const log: string[] = [];
    const scope = new Scope();
    scope.own(() => log.push('first'));
    scope.child().own(() => log.push('child'));
    scope.own(() => log.push('last'));
    scope.dispose();
    scope.dispose();
    expect(log).toEqual(['last', 'child', 'first']);
  });

  it('lets go of a child that was disposed early', () => {
    const log: string[] = [];
    const scope = new Scope();
    const child = scope.child();
    child.own(() => log.push('child'));
    child.dispose();
    scope.dispose();
    expect(log).toEqual(['child']);
  });

  it('disposes at once what comes too late', () => {
    const scope = new Scope();
    scope.dispose();
    const late = vi.fn();
    scope.own(late);
    expect(late).toHaveBeenCalledOnce();
  });

  it('clears its timers', () => {
    vi.useFakeTimers();
    const run = vi.fn();
    const scope = new Scope();
    scope.timeout(run, 100);
    scope.timeout(run, 200);
    vi.advanceTimersByTime(150);
    scope.dispose();
    vi.advanceTimersByTime(150);
    expect(run).toHaveBeenCalledOnce();
    vi.useRealTimers();
  });
});
