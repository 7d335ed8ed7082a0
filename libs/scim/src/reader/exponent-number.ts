/**
 * A number that was written with an exponent, which `JSON.parse` does not tell: a decimal may have
 * one (RFC 7643 §2.3.3), an integer may not (§2.3.4), so the attribute has to decide. It is neither
 * object nor array nor plain number to whoever does not ask for it.
 */
export class ExponentNumber extends Number {}
