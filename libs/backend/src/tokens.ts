/** Injection token under which a backend's module provides its `Connector`. */
export const BACKEND = Symbol('BACKEND');
