export type { Answer, CallAnswer } from './answer.js';
export { type Call, HttpClient } from './http.client.js';
export type { HttpOptions, ObservedCall } from './http.options.js';
export { type ClientCredentials, TokenSource } from './oauth.js';
export { Outage, reasonOf, TooLong } from './outage.js';
