/** Abort reason of a run that its worker gives back unfinished, for another to go on with. */
export const HAND_BACK = Symbol('hand back');
