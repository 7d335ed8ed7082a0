/** Injection token under which a backend's module provides its `Backend`. */
export const BACKEND = Symbol('BACKEND');
