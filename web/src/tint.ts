import { nearestTurn, type Palette } from './palette';

/** Gives an element (the page, a card) a palette: the stylesheet turns it into every colour, and takes its time to get there. */
export function tint({ style }: HTMLElement, { hueA, hueB, chroma }: Palette): void {
  const turn = (name: string, hue: number): void => {
    style.setProperty(name, nearestTurn(hue, Number(style.getPropertyValue(name) || hue)).toFixed(1));
  };
  turn('--hue-a', hueA);
  turn('--hue-b', hueB);
  style.setProperty('--tint', chroma.toFixed(3));
}
