import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { bindKeyboard } from '../keyboard';
import { Scope } from '../scope';
import { toggleTheme } from '../state/theme';
import { Scenery } from './Scenery';
import { ThemeButton } from './ThemeButton';
import { HomeLink } from './TopBar';

interface FrameProps {
  /** Of the document. */
  readonly title: string;
  /** The class of the stage. */
  readonly stage: string;
  /** In the middle of the top bar. */
  readonly status?: ComponentChildren;
  /** Below the landscape. */
  readonly ground?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** The frame of a page that is not a session's: a top bar, a stage under the sky, the landscape, and its ground. */
export function Frame({ title, stage, status, ground, children }: FrameProps) {
  useEffect(() => {
    document.title = title;
    const scope = new Scope();
    bindKeyboard(scope, { t: toggleTheme });
    return () => scope.dispose();
  }, [title]);
  return (
    <div class="page">
      <div class="sky">
        <header class="topbar">
          <div class="brand">
            <HomeLink />
          </div>
          <p class="presence" role="status" data-testid="page-status">
            {status}
          </p>
          <div class="tools">
            <ThemeButton />
          </div>
        </header>
        <main class={`stage ${stage}`}>{children}</main>
        <Scenery />
      </div>
      {ground}
    </div>
  );
}
