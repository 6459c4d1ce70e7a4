import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';

interface AskButtonProps {
  readonly label: string;
  readonly testId: string;
  readonly onYes: () => void;
  /** In place of the label, until asked. */
  readonly children?: ComponentChildren;
  readonly class?: string;
}

/** A button that asks once more before it acts; leaving it takes the question back. */
export function AskButton({ label, testId, onYes, children, class: look = 'text-button' }: AskButtonProps) {
  const asking = useSignal(false);
  return (
    <button
      class={`${look}${asking.value ? ' is-asking' : ''}`}
      type="button"
      aria-live="polite"
      aria-label={asking.value || children === undefined ? undefined : label}
      title={children === undefined ? undefined : label}
      data-testid={testId}
      onBlur={() => (asking.value = false)}
      onClick={() => {
        asking.value = !asking.value;
        if (!asking.value) onYes();
      }}
    >
      {asking.value ? `${label}?` : (children ?? label)}
    </button>
  );
}
