import type { Opening } from '../api';
import { oppositeLabel } from './words';

/** One end of an axis. */
export interface Pole {
  readonly direction: string;
  readonly label: string;
  /** Null: nothing lies there. */
  readonly opening: Opening | null;
}

/** A dimension of the music with its two directions: less of it to the left, more to the right. */
export interface Axis {
  readonly dimension: string;
  readonly less: Pole;
  readonly more: Pole;
}

/** Openings as axes, in the order of the better of both ends. */
export function axesOf(openings: readonly Opening[]): Axis[] {
  const byName = new Map(openings.map((opening) => [opening.direction, opening]));
  const axes: Axis[] = [];
  for (const opening of openings) {
    if (axes.some(({ less, more }) => [less.direction, more.direction].includes(opening.direction))) continue;
    const here = poleOf(opening);
    const other = byName.get(opening.opposite);
    const there = other ? poleOf(other) : closedPole(opening);
    const { dimension } = opening;
    axes.push(leadsUp(opening, other) ? { dimension, less: there, more: here } : { dimension, less: here, more: there });
  }
  return axes;
}

/**
 * `fresh` in an order in which what was shown stays where it was: hands remember places.
 *
 * The first `count` axes are the ones that matter; a held direction's axis is always among them, with both ends closed
 * if nothing lies there any more, so that it can be let go where it was pressed.
 */
export function arrange(shown: readonly Axis[], fresh: readonly Axis[], held: string | null, count: number): Axis[] {
  const wanted = fresh.slice(0, count);
  let others = fresh.slice(count);
  if (held !== null && !wanted.some((axis) => has(axis, held))) {
    const axis = others.find((other) => has(other, held)) ?? closed(shown.find((old) => has(old, held)));
    if (axis) {
      others = [...wanted.splice(count - 1), ...others].filter((other) => other !== axis);
      wanted.push(axis);
    }
  }
  const places: (Axis | undefined)[] = Array.from({ length: wanted.length }, () => undefined);
  const homeless: Axis[] = [];
  for (const axis of wanted) {
    const place = shown.findIndex((old) => has(old, axis.more.direction));
    if (place >= 0 && place < places.length) places[place] = axis;
    else homeless.push(axis);
  }
  const filled = places.map((axis) => axis ?? homeless.shift()).filter((axis) => axis !== undefined);
  return [...filled, ...others];
}

/** What the axis' key presses next: more, then less, then nothing; ends where nothing lies are left out. */
export function cycled({ less, more }: Axis, held: string | null): string | null {
  const order = [more, less].filter(({ opening, direction }) => opening !== null || direction === held);
  const at = order.findIndex(({ direction }) => direction === held);
  return order[at + 1]?.direction ?? null;
}

export function has({ less, more }: Axis, direction: string): boolean {
  return less.direction === direction || more.direction === direction;
}


/** A direction's name as words: "more-danceable" -> "More danceable". */
export function spoken(direction: string): string {
  return capital(direction.replaceAll('-', ' '));
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function poleOf(opening: Opening): Pole {
  return { direction: opening.direction, label: opening.label, opening: opening.candidates.length > 0 ? opening : null };
}

/** The other way, where nothing lies. */
function closedPole({ opposite, label }: Opening): Pole {
  return { direction: opposite, label: oppositeLabel(label) ?? spoken(opposite), opening: null };
}

/** The names do not tell which way is more; the tracks that lie there do. */
function leadsUp(opening: Opening, other: Opening | undefined): boolean {
  const change = opening.candidates[0]?.why.deltas[opening.dimension];
  if (change !== undefined && change !== 0) return change > 0;
  const back = other?.candidates[0]?.why.deltas[opening.dimension];
  if (back !== undefined && back !== 0) return back < 0;
  return opening.direction.endsWith('-up');
}

function closed(axis: Axis | undefined): Axis | undefined {
  return axis && { ...axis, less: { ...axis.less, opening: null }, more: { ...axis.more, opening: null } };
}
