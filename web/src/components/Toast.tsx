import type { ReadonlySignal } from '@preact/signals';

export function Toast({ message }: { message: ReadonlySignal<string | null> }) {
  return (
    <div class="toast-place" role="status" aria-live="polite" data-testid="toast">
      {message.value !== null && <p class="toast">{message.value}</p>}
    </div>
  );
}
