import { useEffect, useRef } from 'preact/hooks';
import { Scope } from '../scope';
import type { Radio } from '../state/radio';
import { lockOf } from './lock';

const STEP_S = 10;
const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -STEP_S, ArrowDown: -STEP_S, ArrowRight: STEP_S, ArrowUp: STEP_S };

/**
 * The horizon itself: the part of the track that was heard, with the times at its ends. Written without re-rendering.
 * A press on it goes there, for everybody.
 */
export function ProgressLine({ radio }: { radio: Radio }) {
  const bar = useRef<HTMLDivElement>(null);
  const fill = useRef<HTMLDivElement>(null);
  const mark = useRef<HTMLSpanElement>(null);
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

  const showMark = (event: PointerEvent): void => {
    const { progress } = radio;
    if (!mark.current || !progress) return;
    const fraction = fractionAt(event);
    mark.current.style.left = `${(100 * fraction).toFixed(2)}%`;
    mark.current.textContent = clockText(fraction * (progress.elapsedS + progress.remainingS));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const { progress } = radio;
    const step = event.key === 'Home' ? -Infinity : STEPS[event.key];
    if (step === undefined || !progress || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const wantedS = Math.max(0, progress.elapsedS + step);
    void radio.seek(Math.min(1, wantedS / (progress.elapsedS + progress.remainingS)));
  };

  return (
    <div class="progress">
      <div
        class="progress-bar"
        ref={bar}
        role="slider"
        tabIndex={0}
        aria-label="Position in the track"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={0}
        data-testid="progress"
        onPointerMove={showMark}
        onClick={(event) => void radio.seek(fractionAt(event))}
        onKeyDown={onKeyDown}
        {...lockOf(radio)}
      >
        <div class="progress-fill" ref={fill} />
        <span class="progress-mark" ref={mark} aria-hidden="true" />
      </div>
      <div class="progress-times">
        <span ref={elapsed} data-testid="elapsed" />
        <span ref={remaining} data-testid="remaining" />
      </div>
    </div>
  );
}

function fractionAt(event: MouseEvent): number {
  const { left, width } = (event.currentTarget as Element).getBoundingClientRect();
  return Math.min(1, Math.max(0, (event.clientX - left) / width));
}

function clockText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(whole / 60);
  const rest = String(whole % 60).padStart(2, '0');
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`;
}
