import { useEffect, useRef } from 'preact/hooks';
import { FrameLoop } from '../frameLoop';
import { Scope } from '../scope';
import { Horizon } from '../visualizer/horizon';

/** The landscape of pages without music: the sun stands where it stands at this time of the day. */
export function Scenery() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const sun = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!canvas.current || !sun.current) return;
    const scope = new Scope();
    new Horizon(scope, new FrameLoop(scope, () => false), canvas.current, {
      sun: sun.current,
      analyser: () => null,
      heading: () => 0,
      active: () => false,
      fraction: partOfDay,
    });
    return () => scope.dispose();
  }, []);
  return (
    <div class="landscape" aria-hidden="true">
      <div class="sun" ref={sun} />
      <canvas class="ridges" ref={canvas} />
    </div>
  );
}

function partOfDay(): number {
  const now = new Date();
  return (now.getHours() * 60 + now.getMinutes()) / 1440;
}
