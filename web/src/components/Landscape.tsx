import { useEffect, useRef } from 'preact/hooks';
import { Scope } from '../scope';
import type { Radio } from '../state/radio';

/** Sun and ridges. Pure scenery: what it tells is said in words by the progress line. */
export function Landscape({ radio }: { radio: Radio }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const sun = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const [ridges, disc] = [canvas.current, sun.current];
    if (!ridges || !disc) return;
    const scope = new Scope();
    void import('../visualizer/horizon').then(({ Horizon }) => {
      if (scope.isDisposed()) return;
      new Horizon(scope, radio.loop, ridges, {
        sun: disc,
        analyser: () => radio.analyser,
        heading: () => radio.steering.heading.peek(),
        active: () => radio.wanted.peek(),
        fraction: () => radio.progress?.fraction ?? null,
      });
    });
    return () => scope.dispose();
  }, [radio]);
  return (
    <div class="landscape" aria-hidden="true">
      <div class="sun" ref={sun} />
      <canvas class="ridges" ref={canvas} data-testid="spectrum" />
    </div>
  );
}
