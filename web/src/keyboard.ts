import type { Scope } from './scope';

export type Shortcuts = Readonly<Record<string, () => void>>;

/**
 * Single-key shortcuts for the whole page.
 *
 * They rest while somebody types, while a dialog is open, and with modifiers. Space on a button that was reached with
 * the keyboard presses that button; after a click it means play, as everywhere else on the page.
 */
export function bindKeyboard(scope: Scope, shortcuts: Shortcuts): void {
  let clicked: Element | null = null;
  let swallowKeyUp = false;

  scope.listen(document, 'pointerdown', (event) => {
    clicked = (event.target as Element).closest('button, a');
  });

  scope.listen(document, 'keydown', (event) => {
    const key = event as KeyboardEvent;
    const run = shortcuts[key.key.toLowerCase()];
    if (!run || key.repeat && key.key === ' ') return;
    if (key.ctrlKey || key.metaKey || key.altKey || isTyping(key.target) || document.querySelector('dialog[open]')) return;
    const focused = document.activeElement;
    const onControl = focused?.matches('button, a[href], summary') === true && focused !== clicked;
    if (key.key === ' ' && onControl) return;
    key.preventDefault();
    swallowKeyUp = key.key === ' ';
    run();
  });

  // Firefox presses a focused button on keyup.
  scope.listen(document, 'keyup', (event) => {
    if (swallowKeyUp && (event as KeyboardEvent).key === ' ') event.preventDefault();
    swallowKeyUp = false;
  });
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && target.type !== 'range';
}
