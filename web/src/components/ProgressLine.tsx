import { useEffect, useRef } from 'preact/hooks';
import { Scope } from '../scope';
import type { Radio } from '../state/radio';

/** The horizon itself: the part of the track that was heard, with the times at its ends. Written without re-rendering. */
export function ProgressLine({ radio }: { radio: Radio }) {
  const bar = useRef<HTMLDivElement>(null);
  const fill = useRef<HTMLDivElement>(null);
  const elapsed = useRef<HTMLSpanElement>(null);
  const remaining = useRef<HTMLSpanElement>(null);

  useEffect(() => {
    const scope = new Scope();
    radio.loop.add(scope, () => {
      const progress = radio.progress;
      if (!bar.current || !fill.current || !elapsed.current || !remaining.current) return;
      const transform = `scaleX(${(progress?.fraction ?? 0).toFixed(4)})`;
      if (fill.current.style.transform !== transform) fill.current.style.transform = transform;
      const elapsedText = progress ? clockText(progress.elapsedS) : '';
      if (elapsed.current.textContent === elapsedText) return;
      elapsed.current.textContent = elapsedText;
      const remainingText = progress ? clockText(Math.ceil(progress.remainingS)) : '';
      remaining.current.textContent = progress ? `−${remainingText}` : '';
      bar.current.ariaValueNow = String(Math.round(100 * (progress?.fraction ?? 0)));
      bar.current.ariaValueText = progress ? `${elapsedText} heard, ${remainingText} left` : null;
    });
    return () => scope.dispose();
  }, [radio]);

  return (
    <div class="progress">
      <div class="progress-bar" ref={bar} role="progressbar" aria-label="Track progress" aria-valuemin={0} aria-valuemax={100} data-testid="progress">
        <div class="progress-fill" ref={fill} />
      </div>
      <div class="progress-times">
        <span ref={elapsed} data-testid="elapsed" />
        <span ref={remaining} data-testid="remaining" />
      </div>
    </div>
  );
}

function clockText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(whole / 60);
  const rest = String(whole % 60).padStart(2, '0');
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`;
}
