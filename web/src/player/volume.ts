/** The slider's position (0..1) as an amplitude: cubed, so that equal steps sound about equal. */
export function gainOf(volume: number, muted: boolean): number {
  return muted ? 0 : Math.min(1, Math.max(0, volume)) ** 3;
}

/** One step of the keyboard from `volume`, on the grid of 5 %. */
export function stepVolume(volume: number, direction: 1 | -1): number {
  return Math.min(1, Math.max(0, (Math.round(volume * 20) + direction) / 20));
}
