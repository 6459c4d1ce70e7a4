/** Shown while there is nothing to play and nothing on its way. */
export function EmptyLibrary() {
  return (
    <div class="empty" data-testid="empty">
      <p class="eyebrow">A clear sky</p>
      <h1 class="title title-medium">No music yet</h1>
      <p class="empty-text">Start Drift with a folder of music, and the radio begins by itself.</p>
      <pre class="command">
        <code>make run LIBRARY=~/Music</code>
      </pre>
    </div>
  );
}
