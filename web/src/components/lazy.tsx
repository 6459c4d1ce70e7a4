import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';

interface Failing {
  /** The code could not be fetched; showing the component again tries again. */
  readonly onFailure?: () => void;
}

type Lazy<P> = ComponentType<P & Failing> & {
  /** Fetches the code ahead of its use. */
  readonly preload: () => void;
};

/** A component whose code comes when it is shown for the first time; nothing is drawn until then. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): Lazy<P> {
  const loaded = signal<{ readonly Part: ComponentType<P> } | null>(null);
  let asked = false;
  const fetchIt = (onFailure?: () => void): void => {
    if (asked) return;
    asked = true;
    load().then(
      (Part) => (loaded.value = { Part }),
      () => {
        asked = false;
        onFailure?.();
      },
    );
  };
  function Shown({ onFailure, ...props }: P & Failing) {
    useEffect(() => fetchIt(onFailure), []);
    if (!loaded.value) return null;
    const { Part } = loaded.value;
    return <Part {...(props as unknown as P)} />;
  }
  return Object.assign(Shown, { preload: () => fetchIt() });
}

const IDLE_LIMIT_MS = 4000;

/** Runs `task` when the browser has nothing better to do. Returns a function that cancels it. */
export function whenIdle(task: () => void): () => void {
  // Safari has no such callback.
  if (!('requestIdleCallback' in globalThis)) {
    const timer = setTimeout(task, IDLE_LIMIT_MS / 2);
    return () => clearTimeout(timer);
  }
  const id = requestIdleCallback(task, { timeout: IDLE_LIMIT_MS });
  return () => cancelIdleCallback(id);
}
